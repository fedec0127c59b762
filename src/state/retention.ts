// What is kept of what has ended: the last operations, and per operation the last levels, failed ones longest.

import type { EndedParts, Entry } from "./entry.js";

export class Retention {
  /** A ring of at most `limit`; `#next` is where the oldest is, or will be. */
  readonly #finished: Entry[] = [];
  #next = 0;
  readonly #limit: number;
  /** Told of every operation that leaves. Set by the state, which forgets its id, and by the publisher. */
  onRemoved: (operation: Entry) => void = () => {};

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Newest first. */
  *finished(): IterableIterator<Entry> {
    const { length } = this.#finished;
    for (let age = 1; age <= length; age++) yield this.#finished[(this.#next - age + length) % length]!;
  }

  add(operation: Entry): void {
    if (this.#limit === 0) return this.onRemoved(operation);
    const oldest = this.#finished[this.#next];
    this.#finished[this.#next] = operation;
    this.#next = (this.#next + 1) % this.#limit;
    if (oldest !== undefined) this.onRemoved(oldest);
  }

  clear(): void {
    this.#next = 0;
    for (const operation of this.#finished.splice(0)) this.onRemoved(operation);
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
      this.#fold(oldest, ended);
    }
    // The last of the levels that the end of the operation closed: nothing more is to be folded.
    if (operation.outcome !== undefined && more.openLevels === 0 && !part.isOperation) more.endedParts = undefined;
  }

  /** Folds a part, and with a level the ended ones below it; those of a nested operation are its own. */
  #fold(part: Entry, ended: EndedParts): void {
    ended.calm.delete(part);
    ended.failed.delete(part);
    for (const below of (!part.isOperation && part.extra?.family?.kept) || []) {
      // Open ones are about to be closed with it.
      if (below.outcome !== undefined) this.#fold(below, ended);
    }
    part.parent!.extra!.family?.fold(part);
    for (let above = part.parent; above !== undefined; above = above.parent) {
      if (above.outcome !== undefined) above.outcome.snapshot = undefined;
    }
    if (!part.isOperation) part.operation.extra!.levelsById!.delete(part.id);
  }
}
