// What is kept of earlier runs of one type of operation, or of one stage or level kind of it: how long they took, and how far
// they were at each 32nd of their time. Bounded: the last eight runs, 2.5 KB. Written when a run completes (eta-history.ts), read
// by past.ts.
//
// Even shares of time, not of progress: where a job stands still for half of its time, that half is in the curve, and what is read
// off it is never wrong by more than a 32nd of the run.

/** Parts a curve is cut into. */
export const PARTS = 32;
/** A shorter run teaches nothing: nobody waits for it. */
export const LEAST_SECONDS = 1;
/** Shares are kept as whole numbers up to this. */
export const GRAIN = 1000;
export const MOST_RUNS = 8;
/** What two runs of one type are taken to differ by, as if one such pair had been seen before. */
const USUAL_CURVE_SPREAD = 0.1;
const USUAL_PACE_SPREAD = 0.2;

/** One earlier run. */
export interface PastRun {
  /** When it ended, epoch milliseconds: what tells runs apart. */
  readonly endedAt: number;
  /** Working seconds. */
  readonly seconds: number;
  /** Items; 0 when it had no total. */
  readonly total: number;
  /** Progress after 1/32, 2/32, … 31/32 of its time, 0 to 1000, never falling. Empty when it said nothing. */
  readonly curve: readonly number[];
}

export class Profile {
  readonly runs: readonly PastRun[];
  readonly meanSeconds: number;
  #curveSpread: number | undefined;
  #paceSpread: number | undefined;

  /** Of the last eight `runs`; there must be one. */
  constructor(runs: readonly PastRun[]) {
    this.runs = [...runs].sort((a, b) => a.endedAt - b.endedAt).slice(-MOST_RUNS);
    this.meanSeconds = this.runs.reduce((sum, { seconds }) => sum + seconds, 0) / this.runs.length;
  }

  // Both are computed when they are first asked for: thousands of runs may complete before anybody looks at another one.

  /** Mean distance of two curves, as a share of time. */
  get curveSpread(): number {
    const count = this.runs.length;
    this.#curveSpread ??= (spreadOfCurves(this.runs) * (count - 1) + USUAL_CURVE_SPREAD) / count;
    return this.#curveSpread;
  }

  /** Standard deviation of the logarithm of durations. */
  get paceSpread(): number {
    this.#paceSpread ??= Math.sqrt((squaresOfPaces(this.runs) + USUAL_PACE_SPREAD ** 2) / this.runs.length);
    return this.#paceSpread;
  }

  /** The same with one more run, or with those of another process. */
  with(runs: readonly PastRun[]): Profile {
    const known = new Set(this.runs.map(identity));
    return new Profile([...this.runs, ...runs.filter((run) => !known.has(identity(run)))]);
  }

  /** Seconds that each run would have taken for `total` items: what an item took is taken to stay. */
  secondsFor(total: number): number {
    return this.runs.reduce((sum, run) => sum + scaled(run, total), 0) / this.runs.length;
  }
}

const identity = ({ endedAt, seconds }: PastRun): string => `${endedAt} ${seconds}`;

/** Seconds of `run`, had it had `total` items. */
export function scaled({ seconds, total: had }: PastRun, total: number): number {
  return had > 0 && total > 0 ? seconds * (total / had) : seconds;
}

/**
 * Share of its time after which `run` had done the share `done`. Where it stood still there, the moment nearest to `near`, a
 * share of time as well.
 */
export function timeShare(run: PastRun, done: number, near: number): number {
  if (run.curve.length === 0) return done;
  if (done >= 1) return 1;
  const value = done * GRAIN;
  const after = firstAbove(run, value);
  const [before, beyond] = [pointOf(run, after - 1), pointOf(run, after)];
  const latest = (after - 1 + (value - before) / (beyond - before)) / PARTS;
  if (value > before) return latest;
  return Math.min(latest, Math.max(firstAbove(run, value - 1e-9) / PARTS, near));
}

/** Progress at the given part of the time, 0 to 1000. */
function pointOf({ curve }: PastRun, part: number): number {
  if (part <= 0) return 0;
  return part >= PARTS ? GRAIN : curve[part - 1]!;
}

/** The first part whose progress is above `value`, by bisection: curves never fall. */
function firstAbove(run: PastRun, value: number): number {
  let [low, high] = [0, PARTS];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pointOf(run, middle) > value) high = middle;
    else low = middle + 1;
  }
  return low;
}

function spreadOfCurves(runs: readonly PastRun[]): number {
  let sum = 0;
  let pairs = 0;
  runs.forEach((one, index) => {
    for (const other of runs.slice(0, index)) {
      for (let part = 1; part < PARTS; part++) {
        const done = part / PARTS;
        sum += Math.abs(timeShare(one, done, done) - timeShare(other, done, done)) / (PARTS - 1);
      }
      pairs++;
    }
  });
  return pairs === 0 ? 0 : sum / pairs;
}

function squaresOfPaces(runs: readonly PastRun[]): number {
  const paces = runs.map(({ seconds, total }) => Math.log(total > 0 ? seconds / total : seconds));
  const mean = paces.reduce((sum, pace) => sum + pace, 0) / paces.length;
  return paces.reduce((sum, pace) => sum + (pace - mean) ** 2, 0);
}

/** The curve of a run that took `seconds`, from its points: seconds since the start, and share done. */
export function curveOf(points: readonly (readonly [seconds: number, done: number])[], seconds: number): number[] {
  const all = [[0, 0] as const, ...points.filter(([at]) => at > 0 && at < seconds), [seconds, 1] as const];
  const curve: number[] = [];
  let next = 1;
  let least = 0;
  for (let part = 1; part < PARTS; part++) {
    const at = (seconds * part) / PARTS;
    while (next < all.length - 1 && all[next]![0] < at) next++;
    const [[fromAt, from], [toAt, to]] = [all[next - 1]!, all[next]!];
    const share = from + (to - from) * Math.min(1, (at - fromAt) / (toAt - fromAt));
    least = Math.max(least, Math.min(GRAIN, Math.round(share * GRAIN)));
    curve.push(least);
  }
  return curve;
}
