// What earlier runs say about the rest of this one, and whether this one is like them at all. Asked by forecast.ts.
//
// For a run i of the profile that would have taken Dᵢ seconds for this total, and gᵢ(f), the share of its time after which it had
// done the share f (profile.ts), with g = gᵢ(f) − gᵢ(f₀) since this run began at f₀, and t the seconds it worked:
//
//   pace         x = ln(t / (g · Dᵢ))                     0 when this run is as fast as that one
//   its noise    σ² = (3 · d · √((1 − g) / g) + 0.03)² + (0.25 / (32 g))²     d: how much the curves of earlier runs differ
//   left         Lᵢ = (1 − gᵢ(f)) · Dᵢ · e^(λ x)          λ = p² / (p² + σ²), p: how much the durations of earlier runs differ
//   likeness     z = x / √(0.25² + σ²); when later than that run, at most ((t / Dᵢ) − g) / √(0.1² + (0.3 g)²)
//   plausible    V = mean of  e^(−z²/2) / (e^(−z²/50) / 5)
//
// λ is the weight of one noisy observation against a prior (Gauss): at first the time earlier runs took, later their curve at the
// pace of this one. A run may be late because something stood still, which a ratio would take for another job; being far ahead is
// not explained like that, so only lateness is measured as a share of the whole. V compares "of this type" with "of any other".

import { PARTS, type PastRun, type Profile, scaled, timeShare } from "./profile.js";

const CURVE_NOISE = 3;
const LEAST_NOISE = 0.03;
const GRAIN_NOISE = 0.25;
const PACE_LIKENESS = 0.25;
const LATE_LIKENESS = 0.1;
const LATE_LIKENESS_SHARE = 0.3;
/** How much wider the likeness of other jobs is. */
const OTHERS = 5;
const LEAST_WEIGHT = 1e-6;
/** Of less than that of its time nothing can be told. */
const LEAST_PASSED = 1e-6;
const LEAST_PACE = 1e-9;

/** Where this run is: seconds it worked since it had done the share `from`, and the share done now. */
export interface Position {
  readonly total: number;
  readonly from: number;
  readonly done: number;
  readonly seconds: number;
}

export interface PastView {
  /** Seconds to go on. */
  readonly left: number;
  /** Above 1: more like an earlier run of this type than like anything else. At most 5. */
  readonly plausible: number;
}

/** What `profile` says from there to the share `until`. */
export function fromPast(profile: Profile, at: Position, until = 1): PastView {
  let left = 0;
  let weights = 0;
  let plausible = 0;
  for (const run of profile.runs) {
    const one = fromRun(profile, run, at, until);
    const weight = one.likely + LEAST_WEIGHT;
    left += weight * one.left;
    weights += weight;
    plausible += one.likely / one.otherwise / profile.runs.length;
  }
  return { left: left / weights, plausible: Math.max(LEAST_WEIGHT, plausible) };
}

function fromRun(profile: Profile, run: PastRun, { total, from, done, seconds }: Position, until: number) {
  const usual = scaled(run, total);
  const began = from > 0 ? timeShare(run, from, 0) : 0;
  const now = timeShare(run, done, began + seconds / usual);
  const rest = Math.max(0, timeShare(run, until, 0) - now) * usual;
  const passed = now - began;
  if (!(passed > LEAST_PASSED && seconds > 0)) return { left: rest, likely: 1, otherwise: 1 / OTHERS };
  const pace = Math.log(Math.max(LEAST_PACE, seconds / (passed * usual)));
  const curveNoise = CURVE_NOISE * profile.curveSpread * Math.sqrt((1 - passed) / passed) + LEAST_NOISE;
  const noise = curveNoise ** 2 + (GRAIN_NOISE / (PARTS * passed)) ** 2;
  const trust = profile.paceSpread ** 2 / (profile.paceSpread ** 2 + noise);
  const z = likeness(pace, noise, seconds / usual, passed);
  return {
    left: rest * Math.exp(trust * pace),
    likely: Math.exp(-0.5 * z * z),
    otherwise: Math.exp(-0.5 * (z / OTHERS) ** 2) / OTHERS,
  };
}

/** Standard deviations between this run and an earlier one. */
function likeness(pace: number, noise: number, took: number, passed: number): number {
  const byPace = pace / Math.sqrt(PACE_LIKENESS ** 2 + noise);
  if (pace < 0) return byPace;
  return Math.min(byPace, (took - passed) / Math.hypot(LATE_LIKENESS, LATE_LIKENESS_SHARE * passed));
}
