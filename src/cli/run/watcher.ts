// Looks at what passes of one stream: all of it while it is little, else the end of each chunk, so that a program that writes
// gigabytes is not slowed down by being looked at. Fed by relay.ts.

import { type Clock, systemClock } from "../../clock.js";
import type { Phases } from "./phases.js";
import { Recognizer } from "./recognizer.js";

/** Bytes looked at completely, per period. */
const FULL_BYTES = 65_536;
const PERIOD_MILLIS = 100;
/** Of a chunk that comes when those are used up. */
const TAIL_BYTES = 1_024;

export class Watcher implements Disposable {
  readonly #recognizer: Recognizer;
  readonly #phases: Phases;
  readonly #stop: () => void;
  #left = FULL_BYTES;
  /** Something came since the last period. */
  #stirred = false;

  constructor(phases: Phases, clock: Clock = systemClock) {
    this.#phases = phases;
    this.#recognizer = new Recognizer((sample) => phases.found(sample));
    this.#stop = clock.every(PERIOD_MILLIS, () => this.#period());
  }

  see(chunk: Uint8Array): void {
    if (this.#recognizer.isData) return;
    this.#stirred = true;
    this.#left -= chunk.length;
    if (this.#left >= 0 || chunk.length <= TAIL_BYTES) return this.#recognizer.write(chunk);
    this.#recognizer.skipped();
    this.#recognizer.write(chunk.subarray(-TAIL_BYTES));
  }

  /** A line that is not complete may stay so for long: "45%" without an end. */
  #period(): void {
    this.#left = FULL_BYTES;
    if (!this.#stirred) return;
    this.#stirred = false;
    const sample = this.#recognizer.rest();
    if (sample !== undefined) this.#phases.found(sample);
  }

  [Symbol.dispose](): void {
    this.#period();
    this.#stop();
  }
}
