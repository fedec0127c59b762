// How long a part usually takes: as the completed ones of its kind did here, each by its size; else as in past runs. Asked by remaining.ts.
//
//   seconds of a part = Σ seconds / Σ size · its size      size: items, if all have a total in one unit; else explicit weight, if all have one; else 1

import type { Entry } from "./entry.js";
import { explicitWeight, type Family, sizeOf } from "./family.js";
import type { Tally } from "./kind.js";

/** Sums over completed parts of one kind; `items` and `weight` are NaN once one of them had none, or another unit. */
class Alike {
  seconds = 0;
  count = 0;
  items = 0;
  weight = 0;
  readonly #unit: string | undefined;

  constructor(unit: string | undefined) {
    this.#unit = unit;
  }

  add(part: Entry, seconds: number): void {
    this.seconds += seconds;
    this.count++;
    this.items += this.#itemsOf(part);
    this.weight += explicitWeight(part) ?? Number.NaN;
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
  /** Over all parts that completed here, in seconds. */
  readonly mean: number | undefined;
  /** Past runs were asked. */
  learned = false;
  readonly #alike: Map<Tally, Alike> = new Map();

  constructor(family: Family) {
    let all = 0;
    let count = 0;
    for (const part of family.kept) {
      if (part.status !== "completed") continue;
      const seconds = part.workMillis(part.outcome!.ended) / 1000;
      let alike = this.#alike.get(part.kind.tally);
      if (alike === undefined) this.#alike.set(part.kind.tally, (alike = new Alike(part.unit)));
      alike.add(part, seconds);
      all += seconds;
      count++;
    }
    if (count > 0) this.mean = all / count;
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
