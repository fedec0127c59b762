// What is kept of what has ended: the last operations, and per operation the last levels, failed ones longest.

import type { Entry } from "./entry.js";

/** Ended parts of one operation in the order they ended, ready to be folded. */
interface EndedLevels {
  readonly calm: Set<Entry>;
  readonly failed: Set<Entry>;
}

export class Retention {
  /** Oldest first; at most `limit`. */
  readonly #finished = new Map<string, Entry>();
  readonly #limit: number;
  /** By operation, while it runs; the entry goes with the operation. */
  readonly #levels = new WeakMap<Entry, EndedLevels>();
  /** Told of every operation that leaves. Set by the publisher. */
  onRemoved: (operation: Entry) => void = () => {};

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(id: string): Entry | undefined {
    return this.#finished.get(id);
  }

  get size(): number {
    return this.#finished.size;
  }

  /** Newest first. */
  finished(): Entry[] {
    return [...this.#finished.values()].reverse();
  }

  add(operation: Entry): void {
    this.#levels.delete(operation);
    this.#finished.delete(operation.id);
    this.#finished.set(operation.id, operation);
    while (this.#finished.size > this.#limit) this.#remove(this.#finished.values().next().value!);
  }

  clear(): void {
    for (const operation of [...this.#finished.values()]) this.#remove(operation);
  }

  /** A level or nested operation ended: folds the oldest ended ones of the operation around it until `limit` are kept. */
  partEnded(level: Entry, limit: number): void {
    const { operation } = level.parent!;
    let ended = this.#levels.get(operation);
    if (ended === undefined) this.#levels.set(operation, (ended = { calm: new Set(), failed: new Set() }));
    (level.status === "failed" ? ended.failed : ended.calm).add(level);
    while (ended.calm.size + ended.failed.size > limit) {
      const oldest = (ended.calm.size > 0 ? ended.calm : ended.failed).values().next().value!;
      this.#fold(oldest, ended);
    }
  }

  /** Folds a level, and with it the ended ones below it. */
  #fold(level: Entry, ended: EndedLevels): void {
    ended.calm.delete(level);
    ended.failed.delete(level);
    for (const part of level.extra?.family?.kept ?? []) this.#fold(part, ended);
    level.parent!.extra!.family?.fold(level);
    if (!level.isOperation) level.operation.extra!.levelsById!.delete(level.id);
  }

  #remove(operation: Entry): void {
    this.#finished.delete(operation.id);
    this.onRemoved(operation);
  }
}
