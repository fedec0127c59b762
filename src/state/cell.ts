// The hot path: a number in a column, and one countdown that notices a blocked event loop.
// A handle is a Cell; `increment` writes a slot of the column and nothing else.

import { afterThisTurn } from "../clock.js";

/** A sampler, seen from the gate. */
export interface Pulse {
  /** Ticks if the sampler's own timer is late. Returns the milliseconds since it was last asked, by its own clock. */
  check(): number;
}

const MAX_STRIDE = 256;
/** From this stride on a loop turn resets the countdown: below it the updates that can go unseen are few anyway. */
const RESET_STRIDE = 16;

/**
 * The global countdown. Every update decrements `left`; at 0 the clock is read, once for all updates of the process.
 *
 * Stays true: after every timer tick, and after every turn of the event loop that saw a fast stretch, the very next
 * update reads the clock again; from there the stride doubles only while reads are under 2 ms apart, and shrinks when
 * they are over 10 ms apart. So at most 256 updates after the last fast stretch of one block go unseen.
 *
 * Not exported on purpose: an exported binding is a module cell that V8 does not fold into `increment` (+0.4 ns).
 */
const gate = {
  left: 1,
  stride: 1,
  busy: false,
  resetting: false,
  pulses: [] as Pulse[],

  check(): void {
    // A sampler driven from here runs exporters, which may report progress themselves: they must not come back in.
    if (gate.busy) {
      gate.left = gate.stride;
      return;
    }
    gate.busy = true;
    let gap = 0;
    try {
      for (const pulse of gate.pulses) gap = Math.max(gap, pulse.check());
    } finally {
      // Whatever a clock or a span processor throws, the gate stays open for all other updates.
      gate.busy = false;
      gate.left = gate.stride;
    }
    if (gap < 2) gate.stride = Math.min(MAX_STRIDE, gate.stride * 2);
    else if (gap > 10) gate.stride = Math.max(1, Math.floor((gate.stride * 5) / gap));
    gate.left = gate.stride;
    if (gate.stride >= RESET_STRIDE && !gate.resetting) {
      gate.resetting = true;
      afterThisTurn(resetGate, "release");
    }
  },
};

/** The event loop moved: the next update looks at the clock. Called by every timer tick. */
export function resetGate(): void {
  gate.resetting = false;
  gate.stride = 1;
  gate.left = 1;
}

/** Lets `pulse` be driven from inside updates until the returned function is called. */
export function attachPulse(pulse: Pulse): () => void {
  gate.pulses.push(pulse);
  gate.left = 1;
  return () => {
    gate.pulses = gate.pulses.filter((other) => other !== pulse);
  };
}

/** The largest count and total that stay exact. */
export const MAX_COUNT: number = Number.MAX_SAFE_INTEGER;

/** What may be counted. `increment` says the same in place, since a call would cost it. */
export function isCount(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_COUNT;
}

/** A counter of items that can be incremented, cheaply. */
export class Cell {
  buf: Float64Array;
  i: number;

  constructor(buf: Float64Array, i: number) {
    this.buf = buf;
    this.i = i;
  }

  increment(n = 1): void {
    if (--gate.left === 0) gate.check();
    // A string would be appended and a BigInt would throw; the check is free where the type is known.
    if (typeof n === "number" && n >= 0 && n <= MAX_COUNT) this.buf[this.i]! += n;
    else this.refused(n);
  }

  /** What is no count notices a blocked event loop too. May end this very entry, by its timeout. */
  pulse(): void {
    if (--gate.left === 0) gate.check();
  }

  /** An increment that is not a count. */
  protected refused(_n: number): void {}
}
