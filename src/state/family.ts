// The parts of an operation or level: those kept, and those folded into counts because there were too many.

import type { Entry } from "./entry.js";
import type { Tally } from "./kind.js";

/** Sums over ended parts that are no longer kept one by one: enough to weigh them by any scheme. */
export class Sums {
  count = 0;
  /** Sum and number of the explicit weights among them. */
  weight = 0;
  weighted = 0;
  /** Sum of the totals; means nothing once one had none, or another unit. */
  totals = 0;
  /** How many of each kind, by what the kind is counted under; bounded by the limit on types. */
  kinds: Map<Tally, number> | undefined;

  /** `share` of a part, 0 to 1. */
  add(part: Entry, share: number): void {
    const weight = explicitWeight(part);
    if (weight !== undefined) {
      this.weight += weight * share;
      this.weighted += share;
    }
    this.totals += sizeOf(part) * share;
    this.count += share;
    const { tally } = part.kind;
    this.kinds ??= new Map();
    this.kinds.set(tally, (this.kinds.get(tally) ?? 0) + share);
  }
}

/** All of them count as settled. */
export class Folded extends Sums {
  /** Whether every one had a total in `unit`. */
  sameUnit = true;
  unit: string | undefined;
}

/** What the failed ones among them did not do: it counts when their parent fails too. */
export class Unfinished {
  readonly undone: Sums = new Sums();
  readonly unknown: Sums = new Sums();
  estimated = false;
}

/** Items expected, an over-run included; NaN when unknown. */
export function sizeOf(part: Entry): number {
  return part.total > 0 && part.extra?.totalKind !== "unknown" ? part.raisedTotal : Number.NaN;
}

/** The weight a part was given, by itself or by its kind's definition. */
export function explicitWeight(part: Entry): number | undefined {
  return part.extra?.weight ?? part.operation.kind.plan?.weights.get(part.kind.level ?? "");
}

export interface UnseenEnds {
  readonly completed: number;
  readonly failed: number;
  /** Skipped and cancelled. */
  readonly excluded: number;
}

export class Family {
  /** In the order they were added. Bounded by the operation's limit on levels kept, apart from open ones. */
  readonly kept: Set<Entry> = new Set();
  readonly folded: Folded = new Folded();
  unfinished: Unfinished | undefined;
  completed = 0;
  failed = 0;
  /** Skipped and cancelled parts: they leave numerator and denominator. */
  excluded = 0;
  /** Parts ever added, and those of them that were announced before they began. */
  total = 0;
  declared = 0;

  add(entry: Entry, declared: boolean): void {
    this.kept.add(entry);
    this.total++;
    if (declared) this.declared++;
  }

  /** A failed or lost part is done anew by another one: that one takes its place. */
  forget(entry: Entry): void {
    if (!this.kept.delete(entry)) return;
    this.total--;
    this.failed--;
  }

  /** Parts that began and ended where nobody could see them one by one: all that is known is how many. */
  addUnseen({ completed, failed, excluded }: UnseenEnds): void {
    this.total += completed + failed + excluded;
    this.completed += completed;
    this.failed += failed;
    this.excluded += excluded;
    this.folded.count += completed + failed;
    this.folded.sameUnit = false;
    if (failed === 0) return;
    this.unfinished ??= new Unfinished();
    this.unfinished.undone.count += failed;
    this.unfinished.unknown.count += failed;
  }

  /** A part reached its end. */
  settle(entry: Entry): void {
    if (entry.status === "completed") this.completed++;
    else if (entry.status === "failed" || entry.status === "lost") this.failed++;
    else this.excluded++;
  }

  get settled(): number {
    return this.completed + this.failed;
  }

  get pending(): number {
    return this.total - this.completed - this.failed - this.excluded;
  }

  /** Ended parts that are not kept one by one any more. */
  get dropped(): number {
    return this.total - this.kept.size;
  }

  /** Stops keeping an ended part; its share of the percentage stays. */
  fold(entry: Entry): void {
    if (!this.kept.delete(entry)) return;
    if (entry.status !== "completed" && entry.status !== "failed" && entry.status !== "lost") return;
    const { folded } = this;
    if (folded.count === 0) folded.unit = entry.unit;
    folded.sameUnit &&= entry.unit === folded.unit && sizeOf(entry) > 0;
    folded.add(entry, 1);
    if (entry.status === "completed") return;
    const { fraction, coverage, estimated } = entry.outcome!;
    this.unfinished ??= new Unfinished();
    this.unfinished.undone.add(entry, coverage > 0 ? 1 - fraction : 1);
    this.unfinished.unknown.add(entry, 1 - coverage);
    this.unfinished.estimated ||= estimated;
  }
}
