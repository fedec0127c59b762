// From raw counts to one fraction per operation, on read, for the subtree asked.
//
//   own total     f = (max(current, settled parts) + Σ fractions of running parts) / (max(total, parts) − parts left out)
//   stages        f = Σ shareᵢ · fᵢ        entered-and-left, skipped or passed-over stages count as done
//   only parts    f = Σ wᵢ · fᵢ / Σ wᵢ     skipped and cancelled parts leave both sums; when all are settled and not all
//                                          were declared, one more of mean weight is expected (decision 0006)
//   neither       unknown, or what a simulation says
//
// Weights, the first scheme that every part can supply: explicit (parts without one get the mean of the others); mean
// duration of that kind in past runs; totals in one unit; 1. Units are never mixed.
// Raw here; the percentage shown (monotone, at most 99.9 before completion) is made by `shownPercentage`.

import { type Entry, reportOf, type StageCourse } from "./state/entry.js";
import { explicitWeight, type Family, type Folded, type Sums, sizeOf } from "./state/family.js";
import type { Tally } from "./state/kind.js";
import { simulatedFraction } from "./state/simulation.js";
import { isTerminal } from "./state/transitions.js";

export interface Rolled {
  /** At least this fraction is done, 0 to 1. */
  readonly floor: number;
  /** Share of the weight whose size is known, 0 to 1. */
  readonly coverage: number;
  /** Part of it is the guess of a simulation. */
  readonly estimated: boolean;
}

const UNKNOWN: Rolled = { floor: 0, coverage: 0, estimated: false };
const DONE: Rolled = { floor: 1, coverage: 1, estimated: false };

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** The raw fraction of an entry. `failing`: it is about to fail, so its failed parts count with what they had done. */
export function rollUp(entry: Entry, failing = false): Rolled {
  if (entry.status === "completed") return DONE;
  const { outcome } = entry;
  if (outcome !== undefined) {
    if (Number.isNaN(outcome.fraction)) return UNKNOWN;
    return { floor: outcome.fraction, coverage: outcome.coverage, estimated: outcome.estimated };
  }
  const extra = entry.extra;
  if (extra === undefined) return entry.total > 0 ? known(entry.current / entry.total) : UNKNOWN;
  const reported = reportOf(entry);
  if (reported !== undefined) return known(reported);
  if (extra.stages !== undefined) return overStages(extra.stages, failing);
  const simulated = simulatedFraction(entry);
  if (simulated !== undefined) return { floor: simulated, coverage: 1, estimated: true };
  const { family } = extra;
  const total = extra.totalKind === "unknown" ? Number.NaN : entry.total;
  if (total > 0)
    return family === undefined ? known(entry.current / total) : overTotal(entry.current, total, family, failing);
  return family === undefined ? UNKNOWN : overParts(family, failing);
}

const known = (fraction: number): Rolled => ({ floor: clamp(fraction), coverage: 1, estimated: false });

/** More parts than the total announced raise it. */
function overTotal(current: number, total: number, family: Family, failing: boolean): Rolled {
  let running = 0;
  let unfinished = failing ? (family.unfinished?.undone.count ?? 0) : 0;
  let estimated = failing && family.unfinished?.estimated === true;
  for (const part of family.kept) {
    if (isTerminal(part.status) && !(failing && part.status === "failed")) continue;
    const rolled = rollUp(part);
    estimated ||= rolled.estimated;
    if (part.status === "failed") unfinished += 1 - rolled.floor;
    else running += rolled.floor;
  }
  const expected = Math.max(total, family.total) - family.excluded;
  const done = Math.max(current, family.settled - unfinished) + running;
  return { floor: expected > 0 ? clamp(done / expected) : 1, coverage: 1, estimated };
}

/** Where a stage lies is known, whatever is known of what it does. */
function overStages({ stages, entered, passed }: StageCourse, failing: boolean): Rolled {
  let floor = 0;
  let estimated = false;
  stages.forEach((stage, index) => {
    const level = entered[index];
    const passedOver = passed[index] || level?.status === "skipped";
    if (!passedOver && level === undefined) return;
    const part = passedOver ? DONE : ofPart(level!, failing);
    floor += ((stage.to - stage.from) / 100) * part.floor;
    estimated ||= part.estimated;
  });
  return { floor: clamp(floor), coverage: 1, estimated };
}

function overParts(family: Family, failing: boolean): Rolled {
  const weigh = weights(family);
  const unfinished = failing ? family.unfinished : undefined;
  let all = weigh.sum(family.folded);
  let done = all - (unfinished === undefined ? 0 : weigh.sum(unfinished.undone));
  let known = all - (unfinished === undefined ? 0 : weigh.sum(unfinished.unknown));
  let estimated = unfinished?.estimated === true;
  let open = family.total === family.declared;
  let count = family.folded.count;
  for (const part of family.kept) {
    if (leftOut(part)) continue;
    open ||= !isTerminal(part.status);
    count++;
    const weight = weigh.of(part);
    const rolled = ofPart(part, failing);
    done += weight * rolled.floor;
    known += weight * rolled.coverage;
    all += weight;
    estimated ||= rolled.estimated;
  }
  const coverage = all > 0 ? clamp(known / all) : 0;
  if (coverage === 0) return UNKNOWN;
  const expected = open ? all : all + all / count;
  return { floor: clamp(done / expected), coverage, estimated };
}

/** A failed part counts as settled while its parent goes on. A pending one is known to have done nothing. */
function ofPart(part: Entry, failing: boolean): Rolled {
  if ((part.status === "failed" || part.status === "lost") && !failing) return DONE;
  if (part.status === "pending") return known(0);
  return rollUp(part);
}

const leftOut = (part: Entry): boolean => part.status === "skipped" || part.status === "cancelled";

interface Weights {
  of(part: Entry): number;
  /** Of folded parts together. */
  sum(folded: Sums): number;
}

function weights(family: Family): Weights {
  const { folded } = family;
  const parts = [...family.kept].filter((part) => !leftOut(part));
  const given = parts.map(explicitWeight).filter((weight) => weight !== undefined);
  if (given.length + folded.weighted > 0) {
    const mean = (given.reduce((sum, weight) => sum + weight, 0) + folded.weight) / (given.length + folded.weighted);
    return {
      of: (part) => explicitWeight(part) ?? mean,
      sum: ({ weight, count, weighted }) => weight + (count - weighted) * mean,
    };
  }
  const past = pastWeights(parts, folded.kinds);
  if (past !== undefined) return past;
  const unit = folded.count > 0 ? folded.unit : parts[0]?.unit;
  if (folded.sameUnit && parts.every((part) => sizeOf(part) > 0 && part.unit === unit)) {
    return { of: sizeOf, sum: ({ totals }) => totals };
  }
  return { of: () => 1, sum: ({ count }) => count };
}

/** Mean durations of past runs; undefined when all parts are of one kind, one of the kinds has no past, or none took time. */
function pastWeights(parts: readonly Entry[], folded: Folded["kinds"]): Weights | undefined {
  const first = folded?.keys().next().value ?? parts[0]?.kind.tally;
  const alike = (folded?.size ?? 0) <= 1 && parts.every((part) => part.kind.tally === first);
  if (alike) return undefined;
  const seconds = (tally: Tally): number => tally.pastMeanSeconds ?? Number.NaN;
  let longest = 0;
  for (const part of parts) longest = Math.max(longest, seconds(part.kind.tally));
  for (const tally of folded?.keys() ?? []) longest = Math.max(longest, seconds(tally));
  if (!(longest > 0)) return undefined;
  return {
    of: (part) => seconds(part.kind.tally),
    sum({ kinds }) {
      let sum = 0;
      for (const [tally, count] of kinds ?? []) sum += count * seconds(tally);
      return sum;
    },
  };
}

/**
 * The percentage to show, NaN when unknown: never below the last one of this attempt, at most 99.9 before completion.
 * Moves the latch.
 */
export function shownPercentage(entry: Entry, rolled: Rolled): number {
  if (entry.status === "completed") return 100;
  const { slab } = entry;
  const latch = slab === undefined ? (entry.outcome?.shown ?? 0) : slab.shown[entry.i]!;
  if (rolled.coverage === 0 && latch === 0) return Number.NaN;
  const raw = rawPercentage(rolled);
  const percentage = Math.max(latch, raw);
  if (raw >= latch && entry.extra !== undefined) entry.extra.guessed = rolled.estimated;
  if (slab !== undefined) slab.shown[entry.i] = percentage;
  return percentage;
}

/** Rounded to a millionth of a percent, so that 7 of 100 reads 7 and not 7.000000000000001. */
export function rawPercentage(rolled: Rolled): number {
  return Math.min(99.9, Math.round(rolled.floor * 1e8) / 1e6);
}
