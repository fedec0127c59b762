// How long a part usually takes: as those of its kind take here, each by its size; else as in past runs. Asked by remaining.ts.
//
//   seconds of a part = Σ seconds / Σ (share done · size) · its size     size: items, if all have a total in one unit; else explicit
//                                                                        weight, if all have one; else 1
//
// Those that run count as far as they are done: the first to complete are the short ones, and say too little alone.

import type { Eta } from "../model.js";
import type { Entry } from "./entry.js";
import { explicitWeight, type Family, sizeOf } from "./family.js";
import { countsItself } from "./forecasts.js";
import type { Tally } from "./kind.js";

/** Sums over parts of one kind; `items` and `weight` are NaN once one of them had none, or another unit. */
class Alike {
  seconds = 0;
  count = 0;
  items = 0;
  weight = 0;
  readonly #unit: string | undefined;

  constructor(unit: string | undefined) {
    this.#unit = unit;
  }

  add(part: Entry, seconds: number, share: number): void {
    this.seconds += seconds;
    this.count += share;
    this.items += this.#itemsOf(part) * share;
    this.weight += (explicitWeight(part) ?? Number.NaN) * share;
  }

  secondsOf(part: Entry): number {
    const byItems = this.#itemsOf(part) / this.items;
    const byWeight = (explicitWeight(part) ?? Number.NaN) / this.weight;
    const share = [byItems, byWeight].find(Number.isFinite) ?? 1 / this.count;
    return this.seconds * share;
  }

  #itemsOf(part: Entry): number {
    return part.unit === this.#unit ? sizeOf(part) : Number.NaN;
  }
}

export class UsualTime {
  /** Over all parts here, in seconds. */
  readonly mean: number | undefined;
  /** How many parts it is known by: one that runs counts by the share of it that is done. */
  seen = 0;
  /** Past runs were asked. */
  learned = false;
  readonly #alike: Map<Tally, Alike> = new Map();

  /** `left`: what running parts say that they still need. */
  constructor(family: Family, now: number, left: ReadonlyMap<Entry, Eta>) {
    let all = 0;
    for (const part of family.kept) {
      const seconds = part.workMillis(part.outcome?.ended ?? now) / 1000;
      const share = part.status === "completed" ? 1 : shareOf(part, seconds, left.get(part));
      if (share === 0) continue;
      let alike = this.#alike.get(part.kind.tally);
      if (alike === undefined) this.#alike.set(part.kind.tally, (alike = new Alike(part.unit)));
      alike.add(part, seconds, share);
      all += seconds;
      this.seen += share;
    }
    if (this.seen > 0) this.mean = all / this.seen;
  }

  /** Undefined when none of its kind was ever seen. */
  secondsOf(part: Entry): number | undefined {
    const { tally } = part.kind;
    const here = this.#alike.get(tally);
    if (here !== undefined) return here.secondsOf(part);
    this.learned ||= tally.pastMeanSeconds !== undefined;
    return tally.pastMeanSeconds;
  }
}

/** Of a running part, where its own count says how far it is. */
const shareOf = (part: Entry, seconds: number, left: Eta | undefined): number =>
  left === undefined || seconds === 0 || !countsItself(part) ? 0 : seconds / (seconds + left.seconds);
