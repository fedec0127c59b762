// What is kept of what has ended: the last operations, and per operation the last levels, failed ones longest; of the levels
// of all ended operations only so many, the oldest operations giving theirs up first.

import type { EndedParts, Entry } from "./entry.js";

export class Retention {
  /** A ring of at most `limit`; `#next` is where the oldest is, or will be. */
  readonly #finished: Entry[] = [];
  #next = 0;
  readonly #limit: number;
  readonly #levelLimit: number;
  /** Levels kept of ended operations: how many at their end, oldest first, and the sum. */
  #levels = 0;
  readonly #levelsOf = new Map<Entry, number>();
  /** What the limits made us let go of since the start: whole operations, and levels, which live on as counts. */
  readonly forgotten: { operations: number; levels: number } = { operations: 0, levels: 0 };
  /** Told of every operation that leaves. Set by the state, which forgets its id, and by the publisher. */
  onRemoved: (operation: Entry) => void = () => {};

  constructor(limit: number, levelLimit: number) {
    this.#limit = limit;
    this.#levelLimit = levelLimit;
  }

  /** Newest first. */
  *finished(): IterableIterator<Entry> {
    const { length } = this.#finished;
    for (let age = 1; age <= length; age++) yield this.#finished[(this.#next - age + length) % length]!;
  }

  add(operation: Entry): void {
    if (this.#limit === 0) return this.#forget(operation);
    const oldest = this.#finished[this.#next];
    this.#finished[this.#next] = operation;
    this.#next = (this.#next + 1) % this.#limit;
    if (oldest !== undefined) this.#forget(oldest);
    this.#keepLevels(operation);
  }

  clear(): void {
    this.#next = 0;
    this.#levels = 0;
    this.#levelsOf.clear();
    for (const operation of this.#finished.splice(0)) this.onRemoved(operation);
  }

  #forget(operation: Entry): void {
    this.forgotten.operations++;
    this.#forgetLevels(operation);
    this.onRemoved(operation);
  }

  #keepLevels(operation: Entry): void {
    const levels = operation.extra?.levelsById?.size ?? 0;
    if (levels === 0) return;
    this.#levels += levels;
    this.#levelsOf.set(operation, levels);
    for (const oldest of this.#levelsOf.keys()) {
      // One that has just ended may have levels that are still to be closed: they go with the next end.
      if (this.#levels <= this.#levelLimit || oldest.extra!.openLevels > 0) return;
      this.#forgetLevels(oldest);
      this.#foldAll(oldest);
    }
  }

  #forgetLevels(operation: Entry): void {
    this.#levels -= this.#levelsOf.get(operation) ?? 0;
    this.#levelsOf.delete(operation);
  }

  /** The levels below an ended operation become counts. */
  #foldAll(operation: Entry): void {
    const { family, levelsById } = operation.extra!;
    this.forgotten.levels += levelsById!.size;
    levelsById!.clear();
    for (const part of family?.kept ?? []) if (!part.isOperation) family!.fold(part);
    if (operation.outcome !== undefined) operation.outcome.snapshot = undefined;
  }

  /** A level or nested operation ended: folds the oldest ended ones of the operation around it until `limit` are kept. */
  partEnded(part: Entry, limit: number): void {
    const operation = part.parent!.operation;
    const { more } = operation;
    more.endedParts ??= { calm: new Set(), failed: new Set() };
    const ended = more.endedParts;
    (part.status === "failed" ? ended.failed : ended.calm).add(part);
    while (ended.calm.size + ended.failed.size > limit) {
      const oldest = (ended.calm.size > 0 ? ended.calm : ended.failed).values().next().value!;
      this.forgotten.levels += this.#fold(oldest, ended);
    }
    // The last of the levels that the end of the operation closed: nothing more is to be folded.
    if (operation.outcome !== undefined && more.openLevels === 0 && !part.isOperation) more.endedParts = undefined;
  }

  /** Folds a part, and with a level the ended ones below it; those of a nested operation are its own. Returns how many. */
  #fold(part: Entry, ended: EndedParts): number {
    let folded = 1;
    ended.calm.delete(part);
    ended.failed.delete(part);
    for (const below of (!part.isOperation && part.extra?.family?.kept) || []) {
      // Open ones are about to be closed with it.
      if (below.outcome !== undefined) folded += this.#fold(below, ended);
    }
    part.parent!.extra!.family?.fold(part);
    for (let above = part.parent; above !== undefined; above = above.parent) {
      if (above.outcome !== undefined) above.outcome.snapshot = undefined;
    }
    if (!part.isOperation) part.operation.extra!.levelsById!.delete(part.id);
    return folded;
  }
}
