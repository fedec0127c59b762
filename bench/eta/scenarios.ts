// Ten runs that are hard on estimators, made from a seed, so that they are the same every time; and by which factor an estimator
// misses on them.

import type { Estimator } from "./traces.js";

interface Moment {
  readonly seconds: number;
  readonly done: number;
  readonly total: number;
  readonly skipped: number;
}

interface Scenario {
  readonly moments: readonly Moment[];
  readonly duration: number;
  readonly pause?: { readonly from: number; readonly to: number };
}

/** mulberry32: small, and good enough to draw durations from. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const lognormal = (draw: () => number, sigma: number): number =>
  Math.exp(sigma * Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw()));
const pareto = (draw: () => number): number => (1 - draw()) ** (-1 / 1.5);
const times = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

/** One item after the other. */
function inOrder(items: readonly number[], skipped: (index: number) => boolean = () => false): Scenario {
  let [seconds, left] = [0, 0];
  const moments = items.map((takes, index) => {
    seconds += takes;
    if (skipped(index)) left++;
    return { seconds, done: index + 1, total: items.length, skipped: left };
  });
  return { moments, duration: seconds };
}

function onWorkers(workers: number, items: readonly number[]): Scenario {
  const free = new Array<number>(workers).fill(0);
  const ends = items.map((takes) => {
    const first = free.indexOf(Math.min(...free));
    return (free[first]! += takes);
  });
  const moments = [...ends]
    .sort((a, b) => a - b)
    .map((seconds, n) => ({ seconds, done: n + 1, total: items.length, skipped: 0 }));
  return { moments, duration: moments.at(-1)!.seconds };
}

function growing(draw: () => number): Scenario {
  const plain = inOrder(times(800, () => lognormal(draw, 0.3)));
  // Half of the work is known at the start; the rest is found evenly while the first half is done.
  const moments = plain.moments.map((at) => ({ ...at, total: Math.min(800, 400 + at.done) }));
  return { ...plain, moments };
}

function paused(draw: () => number): Scenario {
  const plain = inOrder(times(600, () => lognormal(draw, 0.3)));
  const from = plain.duration * 0.4;
  const later = (seconds: number): number => (seconds > from ? seconds + 3_600 : seconds);
  const moments = plain.moments.map((at) => ({ ...at, seconds: later(at.seconds) }));
  return { moments, duration: later(plain.duration), pause: { from, to: from + 3_600 } };
}

export const scenarios: Readonly<Record<string, (draw: () => number) => Scenario>> = {
  "lognormal items": (draw) => inOrder(times(300, () => lognormal(draw, 1.5))),
  "16 workers, Pareto items": (draw) =>
    onWorkers(
      16,
      times(800, () => 5 * pareto(draw)),
    ),
  "10× slow-down at half": (draw) => inOrder(times(600, (n) => lognormal(draw, 0.3) * (n < 300 ? 1 : 10))),
  "60-second items": (draw) => inOrder(times(100, () => 60 * lognormal(draw, 0.1))),
  "300 s stall": (draw) => inOrder(times(600, (n) => lognormal(draw, 0.3) + (n === 300 ? 300 : 0))),
  "80 % cached": (draw) =>
    inOrder(
      times(1_000, (n) => (n < 800 ? 0.005 : lognormal(draw, 0.3))),
      (n) => n < 800,
    ),
  "every hundredth item 60×": (draw) => inOrder(times(1_000, (n) => lognormal(draw, 0.1) * (n % 100 === 57 ? 60 : 1))),
  bursts: (draw) => inOrder(times(600, () => (draw() < 0.03 ? 20 + 40 * draw() : 0.2 * lognormal(draw, 0.3)))),
  "growing total": growing,
  "pause and resume": paused,
};

const RUNS = 20;
const POINTS = 100;
const MOST = 1_000;

/** By which factor an estimator misses, on geometric average over 20 runs, from the first twentieth to the last. */
export function missedBy(name: string, make: () => Estimator): number {
  let [sum, points] = [0, 0];
  for (let seed = 1; seed <= RUNS; seed++) {
    for (const factor of factors(make(), scenarios[name]!(random(seed * 7919)))) {
      sum += Math.log(factor);
      points++;
    }
  }
  return Math.exp(sum / points);
}

/** Of a run at even points of its working time; nothing said misses by a thousand. */
function* factors(estimator: Estimator, { moments, duration, pause }: Scenario): IterableIterator<number> {
  let next = 0;
  let total = moments[0]!.total;
  let rested = false;
  const idle = pause === undefined ? 0 : pause.to - pause.from;
  for (let point = POINTS / 20; point <= POINTS - POINTS / 20; point++) {
    const worked = ((duration - idle) * point) / POINTS;
    const now = pause !== undefined && worked > pause.from ? worked + idle : worked;
    for (; next < moments.length && moments[next]!.seconds <= now; next++) {
      const { seconds, done, total: of, skipped } = moments[next]!;
      if (pause !== undefined && !rested && seconds > pause.from) {
        estimator.paused?.(pause.from, pause.to);
        rested = true;
      }
      total = of;
      estimator.update(seconds, done, of, skipped);
    }
    const said = estimator.eta(now, total).seconds;
    // A pause to come is nobody's fault: working time left.
    const left = duration - idle - worked;
    yield said > 0 && Number.isFinite(said) ? Math.min(MOST, Math.max(said / left, left / said)) : MOST;
  }
}
