// Looks at what passes of one stream: all of it while it is little, else the last of it ten times a second, so that a program that
// writes gigabytes is not slowed down by being looked at. Fed through relay.ts.

import { type Clock, systemClock } from "../../clock.js";
import type { Phases } from "./phases.js";
import { Recognizer } from "./recognizer.js";

/** Bytes looked at completely, per period. */
const FULL_BYTES = 65_536;
const PERIOD_MILLIS = 100;
/** Of the last chunk that came when those were used up. */
const TAIL_BYTES = 4_096;

export class Watcher implements Disposable {
  readonly #recognizer: Recognizer;
  readonly #phases: Pick<Phases, "found" | "look">;
  readonly #stop: () => void;
  #left = FULL_BYTES;
  /** What was not looked at, of it the last. */
  #unseen: Uint8Array | undefined;
  /** Something came since the last period. */
  #stirred = false;

  constructor(phases: Pick<Phases, "found" | "look">, clock: Clock = systemClock) {
    this.#phases = phases;
    this.#recognizer = new Recognizer((sample) => phases.found(sample));
    this.#stop = clock.every(PERIOD_MILLIS, () => this.#period());
  }

  see(chunk: Uint8Array): void {
    if (this.#recognizer.isData) return;
    this.#stirred = true;
    this.#left -= chunk.length;
    if (this.#left >= 0) this.#recognizer.write(chunk);
    else this.#unseen = chunk;
  }

  #period(): void {
    this.#left = FULL_BYTES;
    if (!this.#stirred) return;
    this.#stirred = false;
    if (this.#unseen !== undefined) {
      this.#recognizer.skipped();
      this.#recognizer.write(this.#unseen.subarray(-TAIL_BYTES));
      this.#unseen = undefined;
    }
    // A line that is not complete may stay so for long: "45%" without an end.
    const sample = this.#recognizer.rest();
    if (sample !== undefined) this.#phases.found(sample);
    this.#phases.look();
  }

  /** Looks a last time. */
  [Symbol.dispose](): void {
    this.#period();
    this.#stop();
  }
}
