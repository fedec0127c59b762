// What happened since a reader last read: the latest of each operation, and how many states it will not see. Bounded by the
// number of operations, however slow the reader is.

import type { Change, Snapshot } from "./model.js";

export class Unread {
  /** Ids the reader was told of, or will be, and not told that they are gone. */
  readonly #known: Set<string>;
  /** Emptied by every `take`. */
  #changed: Map<string, Snapshot> = new Map();
  #removed: Set<string> = new Set();
  #missed = 0;

  /** `known`: what the reader has seen before. */
  constructor(known: readonly Snapshot[]) {
    this.#known = new Set(known.map(({ id }) => id));
  }

  get empty(): boolean {
    return this.#changed.size === 0 && this.#removed.size === 0;
  }

  /** One that does not pass the reader's filter, or no longer does, is gone for this reader. */
  note(snapshot: Snapshot, passes = true): void {
    const { id } = snapshot;
    if (!passes) return this.gone(id);
    if (this.#changed.has(id)) this.#missed++;
    this.#changed.set(id, snapshot);
    this.#removed.delete(id);
    this.#known.add(id);
  }

  gone(id: string): void {
    if (!this.#known.delete(id)) return;
    if (this.#changed.delete(id)) this.#missed++;
    this.#removed.add(id);
  }

  /** States that were left out before they came here. */
  skip(states: number): void {
    this.#missed += states;
  }

  /** Everything in `operations`, and nothing else, is what there is now. */
  replace(operations: readonly Snapshot[]): void {
    const now = new Set(operations.map(({ id }) => id));
    for (const id of this.#known) if (!now.has(id)) this.gone(id);
    for (const snapshot of operations) this.note(snapshot);
  }

  /** The reader reads. */
  take(): Change & { kind: "update" } {
    const [changed, removed, missed] = [[...this.#changed.values()], [...this.#removed], this.#missed];
    this.#changed = new Map();
    this.#removed = new Set();
    this.#missed = 0;
    return { kind: "update", changed, removed, missed };
  }
}
