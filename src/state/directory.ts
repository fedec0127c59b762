// Operations by id: running ones, and ended ones that are kept.
//
// An index entry costs more than all the rest of a start, and most operations are never asked for by id. So new ones only
// queue up, and are put into the index when somebody asks, or when too many of them are still there.

import type { Entry } from "./entry.js";

/** Operations waiting to be indexed. */
const WAITING = 2_048;
/** Forgotten ones that may still be held here. */
const GONE = 128;
/** Still there at that look, more than this: they are here to stay, and are indexed. Above the usual length of the history. */
const STAYING = 1_536;

export class Directory {
  readonly #byId = new Map<string, Entry>();
  /** Not indexed yet, and possibly gone by now; at most WAITING. */
  #waiting: Entry[] = [];
  /** Operations forgotten since the last compaction. */
  #gone = 0;

  /** Operations held that are not in the index. */
  get waiting(): number {
    return this.#waiting.length;
  }

  add(operation: Entry): void {
    this.#waiting.push(operation);
    if (this.#waiting.length < WAITING) return;
    this.#compact();
    if (this.#waiting.length > STAYING) this.#index();
  }

  get(id: string): Entry | undefined {
    this.#index();
    return this.#byId.get(id);
  }

  /** An ended operation is forgotten; a later one of the same id stays. */
  remove(operation: Entry): void {
    operation.outcome!.forgotten = true;
    if (++this.#gone >= GONE) this.#compact();
    if (this.#byId.size > 0 && this.#byId.get(operation.id) === operation) this.#byId.delete(operation.id);
  }

  #compact(): void {
    this.#gone = 0;
    this.#waiting = this.#waiting.filter(isThere);
  }

  #index(): void {
    if (this.#waiting.length === 0) return;
    for (const operation of this.#waiting) if (isThere(operation)) this.#byId.set(operation.id, operation);
    this.#waiting = [];
  }
}

function isThere({ outcome }: Entry): boolean {
  return outcome?.forgotten !== true;
}
