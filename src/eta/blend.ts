// How much earlier runs are worth beside what this run says, by how well each did so far. Asked by a Forecast when somebody looks.
//
//   odds      0.8 / 0.2 · V · e^(2 · mean ln V) · ((live loss + 0.02) / (past loss + 0.02))⁴ · e^(−(past loss / 0.4)²)
//   weight    w = odds / (1 + odds)
//   left      live^(1 − w) · agreed^w
//   agreed    earlier · (live / earlier)^(c · p² / q),  q = p² + (2 · live loss + 0.03)²,  c = e^(−ln²(live / earlier) / 2q)
//
// V, from past.ts, is how much this run is like an earlier one of its type, now and on average at the checkpoints; a loss is how
// wrong each was from the checkpoints to here. So a history of something else is noticed by a path no earlier run went, and by being
// wrong. Losses of earlier runs are relative to at least a quarter of their time: over a short stretch, going on as before is always
// right. Where live lies within p, what the durations of earlier runs differ by, the two are averaged by their certainty, as a
// prior and an observation (Gauss); where it does not, it says nothing about a run of this type, such as one that begins slowly.

import { fromPast, type Position } from "./past.js";
import type { Profile } from "./profile.js";

const PRIOR_ODDS = 4;
const PATH_POWER = 2;
const LOSS_POWER = 4;
const LOSS_SLACK = 0.02;
const REFUTED_LOSS = 0.4;
const LARGEST_LOSS = 2;
const LEAST_STRETCH = 0.25;
const LIVE_NOISE = 2;
const LEAST_LIVE_NOISE = 0.03;

/** How earlier runs did at the checkpoints of this one. */
export interface PastRecord {
  readonly loss: number;
  /** Mean logarithm of their plausibility. */
  readonly path: number;
}

/** A position at a checkpoint, and the seconds from there to now. */
export interface Stretch {
  readonly begin: Position;
  readonly took: number;
}

/** `until`: the share done now. */
export function judgePast(profile: Profile, stretches: readonly Stretch[], until: number): PastRecord {
  let loss = 0;
  let path = 0;
  for (const { begin, took } of stretches) {
    const said = fromPast(profile, begin, until);
    const stretch = Math.max(took, LEAST_STRETCH * profile.meanSeconds);
    loss += Math.min(LARGEST_LOSS, Math.abs(said.left - took) / stretch);
    path += Math.log(said.plausible);
  }
  const seen = Math.max(1, stretches.length);
  return { loss: loss / seen, path: path / seen };
}

/** The weight of earlier runs, 0 to 1. `liveLoss` is NaN while there is nothing to judge by. */
export function weightOfPast(plausible: number, { loss, path }: PastRecord, liveLoss: number): number {
  const better = Number.isNaN(liveLoss) ? 1 : ((liveLoss + LOSS_SLACK) / (loss + LOSS_SLACK)) ** LOSS_POWER;
  const odds = PRIOR_ODDS * plausible * Math.exp(PATH_POWER * path - (loss / REFUTED_LOSS) ** 2) * better;
  return odds / (1 + odds);
}

/** What earlier runs say, given that this run says `live`. */
export function agreed(earlier: number, live: number, liveLoss: number, paceSpread: number): number {
  if (!(earlier > 0 && live > 0)) return earlier;
  const apart = Math.log(live / earlier);
  const spread = paceSpread ** 2;
  const both = spread + (LIVE_NOISE * liveLoss + LEAST_LIVE_NOISE) ** 2;
  return earlier * Math.exp(((apart * spread) / both) * Math.exp((-0.5 * apart ** 2) / both));
}
