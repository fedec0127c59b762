// Five simple estimators, and how far each is to be trusted in this very run. Asked by a Forecast when somebody looks.
//
//   a rate r     seconds to go on by k items = k / r        for the whole run, its last 1/9, its last 1/33, its last ten movements
//   the trend    t · ((n + k) / n)^s − t                    s = rate of the whole run / rate of its last ninth, 0.25 to 3:
//                                                           n grows like t^(1/s), as when items become ever larger or smaller
//
// No estimator is right for every run, so they are chosen per run, by what each said before: at each checkpoint of the course,
// the seconds it gave from there to here, against the seconds that it took.
//
//   lossᵢ = mean over checkpoints of min(4, |said − took| / took)        weightᵢ ∝ priorᵢ · e^(−25 · lossᵢ)
//
// After König, Ding, Chaudhuri, Narasayya: "A Statistical Approach Towards Robust Progress Estimation", VLDB 2011 (choose among
// estimators), with the exponential weights of Littlestone and Warmuth: "The Weighted Majority Algorithm", 1994. The estimates are
// mixed as speeds (1 / seconds): the mean of speeds at random moments is the speed, the mean of times is too long. How the constants
// were chosen, and that they lie on a plateau: docs/eta.md.

import type { Checkpoint, Course, Rates } from "./course.js";

export const CANDIDATES = 5;
/** The calmest one has the better of it until the others have shown that they are right. */
const PRIOR: readonly number[] = [16, 1, 1, 1, 1];
const STRICTNESS = 25;
/** What is wrong by more than this is wrong. */
const LARGEST_LOSS = 4;
const LEAST_SLOPE = 0.25;
const MOST_SLOPE = 3;

/** Seconds that candidate `which` gives from a moment of `seconds` and `items` on for `more` items. */
export function secondsFor(which: number, { seconds, items, rates }: Checkpoint, more: number): number {
  return which < rates.length ? more / rates[which]! : seconds * ((items + more) / items) ** slope(rates) - seconds;
}

const slope = ([whole, slow]: Rates): number => Math.min(MOST_SLOPE, Math.max(LEAST_SLOPE, whole / slow));

/** What the candidates had said, against what came of it. */
export interface Judgement {
  readonly weights: readonly number[];
  /** Of the mixture; NaN when there was nothing to judge by. */
  readonly loss: number;
}

export function judge(course: Course): Judgement {
  const losses = new Array<number>(CANDIDATES).fill(0);
  let seen = 0;
  for (const checkpoint of course.checkpoints()) {
    seen++;
    const took = course.seconds - checkpoint.seconds;
    const more = course.items - checkpoint.items;
    for (let which = 0; which < CANDIDATES; which++) {
      losses[which]! += Math.min(LARGEST_LOSS, Math.abs(secondsFor(which, checkpoint, more) - took) / took);
    }
  }
  const loss = losses.map((sum) => sum / Math.max(1, seen));
  const raw = loss.map((of, which) => PRIOR[which]! * Math.exp(-STRICTNESS * of));
  const sum = raw.reduce((a, b) => a + b);
  const weights = raw.map((of) => of / sum);
  return {
    weights,
    loss: seen === 0 ? Number.NaN : weights.reduce((all, weight, which) => all + weight * loss[which]!, 0),
  };
}

/** Seconds left for `more` items after the last movement; the course must have begun. */
export function mixed(course: Course, weights: readonly number[], more: number): number {
  const now = { seconds: course.seconds, items: course.items, rates: course.rates() };
  let speed = 0;
  weights.forEach((weight, which) => {
    speed += weight / secondsFor(which, now, more);
  });
  return 1 / speed;
}
