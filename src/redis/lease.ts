// Whether the instance still holds its lease, as far as it can know on its own: reckoned from when the last write that arrived
// was sent, by two clocks, since one of them stands still while the machine sleeps and the other may be set.

import type { Clock } from "../clock.js";

/** Of the lease; the rest is for clocks that run differently. */
const SAFE = 0.9;

export class Lease {
  readonly #clock: Clock;
  readonly #millis: number;
  #monotonic: number | undefined;
  #epoch = 0;

  constructor(clock: Clock, leaseMillis: number) {
    this.#clock = clock;
    this.#millis = leaseMillis * SAFE;
  }

  /** A write is sent. Returns what is to be called when it has arrived. */
  sending(): () => void {
    const [monotonic, epoch] = [this.#clock.monotonicMillis(), this.#clock.epochMillis()];
    const arrived = () => {
      this.#monotonic = monotonic;
      this.#epoch = epoch;
    };
    // It may arrive although no answer does.
    if (this.#monotonic === undefined) arrived();
    return arrived;
  }

  get isCertain(): boolean {
    if (this.#monotonic === undefined) return true;
    const passed = Math.abs(this.#clock.epochMillis() - this.#epoch);
    return Math.max(this.#clock.monotonicMillis() - this.#monotonic, passed) < this.#millis;
  }
}
