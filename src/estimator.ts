// How fast it goes. Pure: time is an argument, in milliseconds. When it will be done: eta/forecast.ts.
//
//   rate(t) = N / T,  N and T decayed alike:  x ← x · 2^(−Δt / h) + Δx,  h = max(5 s, elapsed / 4)
//
// N counts items, T seconds of work. Counting over time, not averaging rates, is what keeps slow and bursty items right
// (an average of rates explodes between two items). The half-life grows with the run, so that an hour of evidence is not
// thrown away for the last seconds. A gap since the last item counts once it exceeds the usual gap.

import type { Eta } from "./model.js";

const MIN_HALF_LIFE_SECONDS = 5;
const HALF_LIFE_SHARE = 0.25;
/** Weight of the newest gap in the usual gap. */
const GAP_ALPHA = 0.2;

/** Below this share of the work nothing can be told from it. */
const LEAST_FRACTION = 0.01;

/** Written by the sampler, once per tick in which items were done. */
export class Pace {
  #startMillis: number;
  #lastMillis: number;
  #items = 0;
  #seconds = 0;
  #usualGap = 0;
  #gaps = 0;
  peak = 0;

  constructor(startMillis: number) {
    this.#startMillis = startMillis;
    this.#lastMillis = startMillis;
  }

  /** `items` were done since the last observation. */
  observe(nowMillis: number, items: number): void {
    const gap = (nowMillis - this.#lastMillis) / 1000;
    if (gap <= 0) {
      this.#items += items;
      return;
    }
    const keep = this.#decay(nowMillis, gap);
    this.#items = this.#items * keep + items;
    this.#seconds = this.#seconds * keep + gap;
    this.#lastMillis = nowMillis;
    this.#usualGap = this.#gaps === 0 ? gap : this.#usualGap + GAP_ALPHA * (gap - this.#usualGap);
    this.#gaps++;
    // A burst within the first tick is no peak: it takes a second of evidence.
    if (this.#seconds >= 1) this.peak = Math.max(this.peak, this.#items / this.#seconds);
  }

  /** Time that passed without work (a pause) is taken out. */
  pausedFor(millis: number): void {
    this.#startMillis += millis;
    this.#lastMillis += millis;
  }

  /** A new attempt begins: nothing of the old one predicts it but its speed. */
  restart(nowMillis: number): void {
    this.#startMillis = nowMillis;
    this.#lastMillis = nowMillis;
  }

  /** Items per second now, or undefined before the first. */
  rate(nowMillis: number): number | undefined {
    if (this.#seconds === 0) return undefined;
    const gap = (nowMillis - this.#lastMillis) / 1000;
    if (gap <= this.#usualGap) return this.#items / this.#seconds;
    const keep = this.#decay(nowMillis, gap);
    return (this.#items * keep) / (this.#seconds * keep + gap);
  }

  /** Seconds between two observations, usually; undefined before the fifth. */
  usualGapSeconds(): number | undefined {
    return this.#gaps < 5 ? undefined : this.#usualGap;
  }

  #decay(nowMillis: number, gap: number): number {
    const elapsed = (nowMillis - this.#startMillis) / 1000;
    // A third of the time that 2 ** x takes.
    return Math.exp((-Math.LN2 * gap) / Math.max(MIN_HALF_LIFE_SECONDS, elapsed * HALF_LIFE_SHARE));
  }
}

/** Remaining time when only a fraction of unlike parts is known: the rest takes as long in proportion. */
export function etaFromFraction(fraction: number, elapsedSeconds: number): Eta | undefined {
  if (fraction < LEAST_FRACTION || fraction > 1 || elapsedSeconds <= 0) return undefined;
  const seconds = (elapsedSeconds * (1 - fraction)) / fraction;
  return { seconds, low: seconds, high: seconds, basis: "rate" };
}
