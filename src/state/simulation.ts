// Progress of work that says nothing about itself, guessed from how long it is expected to take, and marked as estimated.
//
//   f(x) = s·x                                        up to x₀ = 0.8 / s
//   f(x) = 1 − 0.2 · exp(−s · (x − x₀) / 0.2)         after it
//
// x is working time of this attempt over expected time, s = 0.9. It moves evenly up to 80 %, then ever more slowly: 88 % at the expected
// time, 99.9 % at twice that, never 100 %. Both halves have the same slope where they meet, so that nothing jumps. The first
// real word of the work about how far it is (a count, a percentage, a part) takes its place for good.

import type { Entry } from "./entry.js";

const SLOPE = 0.9;
const EVEN = 0.8;
const REST = 1 - EVEN;
const TURN = EVEN / SLOPE;
/** What never ends must not be rounded to an end. */
const MOST = 0.999;
/** Smaller movements are not told: a thousandth of the work. */
const GRAIN = 0.001;
/** An opaque operation is no stall before it took this many times what was expected. */
const PATIENCE = 2;

export interface Simulation {
  readonly expectedMillis: number;
  /** As of the last tick, 0 to below 1. */
  fraction: number;
}

/** The guess for work that took `x` times what was expected so far. */
export function simulatedShare(x: number): number {
  return x <= TURN ? SLOPE * Math.max(0, x) : Math.min(MOST, 1 - REST * Math.exp((-SLOPE * (x - TURN)) / REST));
}

/** The guess for an entry that has one and has said nothing itself. */
export function simulatedFraction({ extra, current }: Entry): number | undefined {
  return extra?.simulation !== undefined && extra.family === undefined && !(current > 0)
    ? extra.simulation.fraction
    : undefined;
}

/** Entries whose progress is simulated; moved on at every tick. Bounded by the limits on what is open. */
export class Simulations {
  readonly #entries = new Set<Entry>();

  /** One that has a simulation begins. */
  start(entry: Entry): void {
    const { expectedMillis } = entry.extra!.simulation!;
    this.#entries.add(entry);
    for (let at: Entry | undefined = entry; at !== undefined; at = at.parent) {
      at.more.patientMillis = Math.max(at.more.patientMillis, PATIENCE * expectedMillis);
    }
  }

  /** Tells `moved` of every entry whose guess did. */
  advance(now: number, moved: (entry: Entry) => void): void {
    for (const entry of this.#entries) {
      const { simulation } = entry.extra!;
      if (entry.slab === undefined || simulation === undefined || simulatedFraction(entry) === undefined) {
        entry.extra!.simulation = undefined;
        this.#entries.delete(entry);
        continue;
      }
      const fraction = simulatedShare(entry.attemptMillis(now) / simulation.expectedMillis);
      if (fraction - simulation.fraction < GRAIN) continue;
      simulation.fraction = fraction;
      moved(entry);
    }
  }
}
