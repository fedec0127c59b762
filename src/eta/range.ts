// How far off a remaining time may be: meant to hold four of five true ends. Asked by a Forecast when somebody looks.
//
//   range      left · e^(−lo) to left · e^hi,  lo and hi mixed by the weight w of earlier runs
//   way        H = ln((t + left) / t)          how much longer than so far
//   error      E = √loss · min(4, √(1 + t / left))
//   live       lo = 0.03 + 0.45 E + 1.8 H · min(1, (2 H · loss)²) + 1.2 · max(0, H − 2)        hi = 0.03 + 0.25 E + 0.06 H
//   past       lo = hi = 0.03 + 0.4 E + 1.2 · p · min(1, H / 5)       p: how much the durations of earlier runs differ
//
// loss is how wrong this very run was told at its checkpoints, so an even run has a narrow range and an uneven one a wide one: a
// residual scaled by its local size, whose quantiles are those of all runs together (Lei, G'Sell, Rinaldo, Tibshirani, Wasserman:
// "Distribution-Free Predictive Inference for Regression", JASA 2018). √(1 + t / left) is the error of a mean that predicts a
// mean, σ √(1 / t + 1 / left): what is short is told less exactly, in proportion. The rest of lo is there because slow
// beginnings take more of the time in which somebody looks: of a run that errs and has far to go nothing is too soon, and what
// seems to be less than 1 / e² of the run says little of the rest, however even it is. 1.2 p to either side holds four of five
// durations, while the run itself says nothing yet. How the constants were fitted: docs/eta.md.

const LEAST = 0.03;
const BELOW = 0.45;
const ABOVE = 0.25;
const MOST_SHORTNESS = 4;
const SOONER = 1.8;
const SOONER_LOSS = 2;
const BEGINNING = 1.2;
const BEGINNING_WAY = 2;
const LATER = 0.06;
const PAST = 0.4;
const PAST_PACE = 1.2;
const PAST_WAY = 5;

/** Logarithms of what an estimate is to be divided and multiplied by. */
export interface Spread {
  readonly below: number;
  readonly above: number;
}

/** Of what this run says: it worked `seconds`, `left` are left, and it was told with this `loss`. */
export function liveSpread(seconds: number, left: number, loss: number): Spread {
  const way = wayOf(seconds, left);
  const error = errorOf(seconds, left, loss);
  const sooner = SOONER * way * Math.min(1, (SOONER_LOSS * way * Math.min(1, loss)) ** 2);
  return {
    below: LEAST + BELOW * error + sooner + BEGINNING * Math.max(0, way - BEGINNING_WAY),
    above: LEAST + ABOVE * error + LATER * way,
  };
}

/** Of what earlier runs say, to either side. */
export function pastSpread(seconds: number, left: number, loss: number, paceSpread: number): number {
  const unseen = Math.min(1, wayOf(seconds, left) / PAST_WAY);
  return LEAST + PAST * errorOf(seconds, left, loss) + PAST_PACE * paceSpread * unseen;
}

const wayOf = (seconds: number, left: number): number =>
  Math.log((seconds + left) / Math.max(seconds, Number.MIN_VALUE));

const errorOf = (seconds: number, left: number, loss: number): number =>
  Math.sqrt(Math.min(1, loss)) * Math.min(MOST_SHORTNESS, Math.sqrt(1 + seconds / left));
