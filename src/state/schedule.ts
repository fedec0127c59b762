// How long parts that run side by side take, with others to come. Pure; asked by remaining.ts.
//
//   seconds   max(slowest running part, work / m)        work: Σ left of running + Σ of those to come,  m: parts running at once
//   low       the same of their low ends, those to come all e^−d as long
//   high      the same of their high ends, those to come all e^d as long, + (1 − 1/m) · the longest to come, which may begin last
//   doubt     d = 0.5 · √(1 / seen + 1 / to come)         two parts of a kind differ by 0.5; the mean of some predicts that of others
//
// Any order of work on m workers of whom none waits lies between `seconds` and that plus the last term of `high` (Graham 1969,
// "Bounds on multiprocessing timing anomalies").

import type { Eta } from "../model.js";

const PARTS_DIFFER = 0.5;
/** Fewer are taken for one: what past runs or the beginning of a part say is not nothing. */
const LEAST_SEEN = 1;

/** Parts that have not begun. */
export interface ToCome {
  readonly count: number;
  /** All of them together, and the longest. */
  readonly seconds: number;
  readonly longest: number;
  /** Parts by which that is known. */
  readonly seen: number;
}

export function schedule(left: readonly Eta[], { count, seconds, longest, seen }: ToCome): Omit<Eta, "basis"> {
  const workers = Math.max(1, left.length);
  const finish = (of: (eta: Eta) => number, more: number) => {
    let [slowest, work] = [0, more];
    for (const eta of left) {
      slowest = Math.max(slowest, of(eta));
      work += of(eta);
    }
    return Math.max(slowest, work / workers);
  };
  const doubt = count === 0 ? 0 : PARTS_DIFFER * Math.sqrt(1 / Math.max(LEAST_SEEN, seen) + 1 / count);
  const last = longest * Math.exp(doubt) * (1 - 1 / workers);
  return {
    seconds: finish((eta) => eta.seconds, seconds),
    low: finish(({ low }) => low, seconds * Math.exp(-doubt)),
    high: finish(({ high }) => high, seconds * Math.exp(doubt)) + last,
  };
}
