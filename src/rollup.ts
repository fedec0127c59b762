// From raw counts to one fraction per operation, on read, for the subtree asked.
//
//   own total     f = (max(current, settled parts) + Σ fractions of running parts) / (total − parts left out)
//   stages        f = Σ shareᵢ · fᵢ        entered-and-left or passed-over stages count as done
//   only parts    f = Σ wᵢ · fᵢ / Σ wᵢ     skipped and cancelled parts leave both sums
//   neither       unknown
//
// Weights, the first scheme that every part can supply: explicit (parts without one get the mean of the others); mean
// duration of that kind in past runs; totals in one unit; 1. Units are never mixed.
// Raw here; the percentage shown (monotone, at most 99.9 before completion) is made by `shownPercentage`.

import type { Entry } from "./state/entry.js";
import { explicitWeight, type Family } from "./state/family.js";
import { isTerminal } from "./state/transitions.js";

/** `floor`: at least this fraction (0 to 1) is done. `coverage`: share of the weight (0 to 1) whose size is known. */
export interface Rolled {
  readonly floor: number;
  readonly coverage: number;
}

const UNKNOWN: Rolled = { floor: 0, coverage: 0 };
const DONE: Rolled = { floor: 1, coverage: 1 };

const clamp = (value: number): number => Math.min(1, Math.max(0, value));

/** The raw fraction of an entry. `failing`: it is about to fail, so its failed parts count with what they had done. */
export function rollUp(entry: Entry, failing = false): Rolled {
  if (entry.status === "completed") return DONE;
  const { outcome } = entry;
  if (outcome !== undefined) {
    return Number.isNaN(outcome.fraction) ? UNKNOWN : { floor: outcome.fraction, coverage: outcome.coverage };
  }
  const extra = entry.extra;
  if (extra?.reported !== undefined) return { floor: extra.reported, coverage: 1 };
  if (extra?.stages !== undefined) return overStages(entry, failing);
  const family = extra?.family;
  const total = extra?.totalKind === "unknown" ? Number.NaN : entry.total;
  if (total > 0) return { floor: overTotal(entry.current, total, family, failing), coverage: 1 };
  return family === undefined ? UNKNOWN : overParts(family, failing);
}

function overTotal(current: number, total: number, family: Family | undefined, failing: boolean): number {
  if (family === undefined) return clamp(current / total);
  let running = 0;
  let unfinished = 0;
  for (const part of family.kept) {
    if (!isTerminal(part.status)) running += rollUp(part).floor;
    else if (failing && part.status === "failed") unfinished += 1 - rollUp(part).floor;
  }
  const expected = total - family.excluded;
  return expected > 0 ? clamp((Math.max(current, family.settled - unfinished) + running) / expected) : 1;
}

function overStages(entry: Entry, failing: boolean): Rolled {
  const { stages, entered, passed } = entry.extra!.stages!;
  let floor = 0;
  let coverage = 0;
  stages.forEach((stage, index) => {
    const share = (stage.to - stage.from) / 100;
    const level = entered[index];
    if (passed[index]) {
      floor += share;
      coverage += share;
    } else if (level !== undefined) {
      const part = ofPart(level, failing);
      floor += share * part.floor;
      coverage += share;
    } else coverage += share;
  });
  return { floor: clamp(floor), coverage: clamp(coverage) };
}

function overParts(family: Family, failing: boolean): Rolled {
  const weigh = weights(family);
  let done = weigh.folded;
  let known = weigh.folded;
  let all = weigh.folded;
  for (const part of family.kept) {
    if (leftOut(part)) continue;
    const weight = weigh.of(part);
    const rolled = ofPart(part, failing);
    done += weight * rolled.floor;
    known += weight * rolled.coverage;
    all += weight;
  }
  return all > 0 ? { floor: clamp(done / all), coverage: clamp(known / all) } : UNKNOWN;
}

/** A failed part counts as settled while its parent goes on. A pending one is known to have done nothing. */
function ofPart(part: Entry, failing: boolean): Rolled {
  if ((part.status === "failed" || part.status === "lost") && !failing) return DONE;
  if (part.status === "pending") return { floor: 0, coverage: 1 };
  return rollUp(part);
}

const leftOut = (part: Entry): boolean => part.status === "skipped" || part.status === "cancelled";

interface Weights {
  of(part: Entry): number;
  /** Of the folded parts together. */
  readonly folded: number;
}

function weights(family: Family): Weights {
  const { folded } = family;
  const parts = [...family.kept].filter((part) => !leftOut(part));
  const given = parts.map(explicitWeight).filter((weight) => weight !== undefined);
  if (given.length + folded.weighted > 0) {
    const mean = (given.reduce((sum, weight) => sum + weight, 0) + folded.weight) / (given.length + folded.weighted);
    return {
      of: (part) => explicitWeight(part) ?? mean,
      folded: folded.weight + (folded.count - folded.weighted) * mean,
    };
  }
  const past = pastWeights(parts, folded.kinds);
  if (past !== undefined) return past;
  const unit = folded.count > 0 ? folded.unit : parts[0]?.unit;
  if (folded.sameUnit && parts.every((part) => part.total > 0 && part.unit === unit)) {
    return { of: (part) => part.total, folded: folded.totals };
  }
  return { of: () => 1, folded: folded.count };
}

/** Mean durations of past runs; undefined when all parts are of one kind, or one of the kinds has no past. */
function pastWeights(parts: readonly Entry[], folded: Family["folded"]["kinds"]): Weights | undefined {
  const first = folded?.keys().next().value ?? parts[0]?.kind.tally;
  const alike = (folded?.size ?? 0) <= 1 && parts.every((part) => part.kind.tally === first);
  if (alike || parts.some((part) => part.kind.tally.pastMeanSeconds === undefined)) return undefined;
  let seconds = 0;
  for (const [{ pastMeanSeconds }, count] of folded ?? []) {
    if (pastMeanSeconds === undefined) return undefined;
    seconds += count * pastMeanSeconds;
  }
  return { of: (part) => part.kind.tally.pastMeanSeconds!, folded: seconds };
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
  const percentage = Math.max(latch, rawPercentage(rolled));
  if (slab !== undefined) slab.shown[entry.i] = percentage;
  return percentage;
}

/** Rounded to a millionth of a percent, so that 7 of 100 reads 7 and not 7.000000000000001. */
export function rawPercentage(rolled: Rolled): number {
  return Math.min(99.9, Math.round(rolled.floor * 1e8) / 1e6);
}
