// The parts of an operation or level: those kept, and those folded into counts because there were too many.

import type { Entry } from "./entry.js";
import type { Tally } from "./kind.js";

/** Sums over ended parts that are no longer kept one by one. All of them count as settled. */
export interface Folded {
  count: number;
  /** Sum and number of the explicit weights among them. */
  weight: number;
  weighted: number;
  /** Sum of the totals, as long as every one had a total in `unit`. */
  totals: number;
  sameUnit: boolean;
  unit: string | undefined;
  /** How many of each kind, by what the kind is counted under; bounded by the limit on types. */
  kinds: Map<Tally, number> | undefined;
}

/** The weight a part was given, by itself or by its kind's definition. */
export function explicitWeight(part: Entry): number | undefined {
  return part.extra?.weight ?? part.operation.kind.plan?.weights.get(part.kind.level ?? "");
}

export class Family {
  /** In the order they were added. Bounded by the operation's limit on levels kept, apart from open ones. */
  readonly kept: Set<Entry> = new Set();
  readonly folded: Folded = {
    count: 0,
    weight: 0,
    weighted: 0,
    totals: 0,
    sameUnit: true,
    unit: undefined,
    kinds: undefined,
  };
  completed = 0;
  failed = 0;
  /** Skipped and cancelled parts: they leave numerator and denominator. */
  excluded = 0;
  /** Parts ever added. */
  total = 0;

  add(entry: Entry): void {
    this.kept.add(entry);
    this.total++;
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
    const weight = explicitWeight(entry);
    if (weight !== undefined) {
      folded.weight += weight;
      folded.weighted++;
    }
    if (folded.count === 0) folded.unit = entry.unit;
    folded.sameUnit &&= entry.unit === folded.unit && entry.total > 0;
    if (folded.sameUnit) folded.totals += entry.total;
    folded.count++;
    const { tally } = entry.kind;
    folded.kinds ??= new Map();
    folded.kinds.set(tally, (folded.kinds.get(tally) ?? 0) + 1);
  }
}
