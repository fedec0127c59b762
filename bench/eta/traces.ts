// Recorded progress of real work, and how an estimator does on it. A trace is a file <workload>.<run>.json; runs 1 and 2 of a
// workload are its history, run 3 is the test. See bench/traces/README.md.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Trace {
  readonly workload: string;
  readonly run: number;
  readonly total: number;
  /** Seconds. */
  readonly duration: number;
  /** Seconds since the start, and items done; first [0, 0]. */
  readonly events: readonly (readonly [seconds: number, done: number])[];
}

/** Remaining seconds between `low` and `high`, 80 % of the time. */
export interface Estimate {
  readonly seconds: number;
  readonly low?: number;
  readonly high?: number;
}

/** An estimator at work on one run. Seconds since the start of the run. */
export interface Estimator {
  /** `skipped` of what is done was only skipped. */
  update(seconds: number, done: number, total: number, skipped?: number): void;
  /** What it says; NaN when nothing. */
  eta(seconds: number, total: number): Estimate;
  /** The work paused and goes on; without it the estimator does not know. */
  paused?(from: number, to: number): void;
}

export interface Score {
  /** Mean of |said − true| / duration, at most 2 each; 0.5 where nothing was said. */
  readonly error: number;
  /** Sum of the changes of the end that is said, per duration. */
  readonly wobble: number;
  /** Share of all points without an estimate, and of those since the first progress. */
  readonly missing: number;
  readonly missingSinceFirst: number;
  /** At every point with a range: its width per duration, and whether the true end is inside. */
  readonly ranges: readonly Range[];
}

const POINTS = 200;
const LARGEST_ERROR = 2;
const NO_ESTIMATE = 0.5;
/** The recorded runs took seconds; those of users take minutes. */
const STRETCH = 30;

export function loadTraces(directory: string): Trace[] {
  const names = readdirSync(directory).filter((name) => name.endsWith(".json"));
  const traces = names.map((name) => JSON.parse(readFileSync(join(directory, name), "utf8")) as Trace);
  return traces.map((trace) => ({
    ...trace,
    duration: trace.duration * STRETCH,
    events: trace.events.map(([seconds, done]) => [seconds * STRETCH, done] as const),
  }));
}

interface Range {
  readonly width: number;
  readonly inside: boolean;
}

interface Tally {
  error: number;
  wobble: number;
  missing: number;
  missingSinceFirst: number;
  sinceFirst: number;
  readonly ranges: Range[];
}

export function score(estimator: Estimator, trace: Trace): Score {
  const tally: Tally = { error: 0, wobble: 0, missing: 0, missingSinceFirst: 0, sinceFirst: 0, ranges: [] };
  const { duration, events, total } = trace;
  let next = 1;
  let before: number | undefined;
  for (let point = 1; point < POINTS; point++) {
    const now = (duration * point) / POINTS;
    for (; next < events.length && events[next]![0] <= now; next++)
      estimator.update(events[next]![0], events[next]![1], total);
    if (next > 1) tally.sinceFirst++;
    const said = estimator.eta(now, total);
    if (!Number.isFinite(said.seconds)) {
      tally.missing++;
      if (next > 1) tally.missingSinceFirst++;
      tally.error += NO_ESTIMATE;
      before = undefined;
      continue;
    }
    count(tally, said, duration - now, duration);
    if (before !== undefined)
      tally.wobble += Math.min(LARGEST_ERROR, Math.abs(said.seconds - before + duration / POINTS) / duration);
    before = said.seconds;
  }
  return {
    error: tally.error / (POINTS - 1),
    wobble: tally.wobble,
    missing: tally.missing / (POINTS - 1),
    missingSinceFirst: tally.missingSinceFirst / Math.max(1, tally.sinceFirst),
    ranges: tally.ranges,
  };
}

function count(tally: Tally, { seconds, low, high }: Estimate, left: number, duration: number): void {
  tally.error += Math.min(LARGEST_ERROR, Math.abs(seconds - left) / duration);
  if (low === undefined || high === undefined) return;
  tally.ranges.push({ width: (high - low) / duration, inside: low <= left && left <= high });
}

export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export function median(values: readonly number[]): number {
  return values.length === 0 ? Number.NaN : [...values].sort((a, b) => a - b)[values.length >> 1]!;
}
