// How far something is, in the words of protocols that know less than we do.

import type { Snapshot } from "./model.js";

/** For LSP, taskbars and polling clients: a whole number from 0 to 100, rounded down; undefined when unknown. */
export function wholePercentage({ percentage }: Pick<Snapshot, "percentage">): number | undefined {
  return percentage === undefined ? undefined : Math.floor(percentage);
}

/** What MCP is told: `progress`, of `total` when that is known. */
export interface RisingValue {
  readonly progress: number;
  readonly total?: number;
}

/** By which share a value grows when only something else has to be said, such as a message. */
const HAIR = 1e-6;
/** Up to this difference in the share done, the total that people know is kept. */
const UNSEEN = 0.005;

/**
 * For MCP: `progress` must grow with every notification, also when the work starts over, the total becomes known or
 * changes, or nothing is known at all. `progress / total` is the share done, whatever it takes.
 */
export class RisingProgress {
  #last = Number.NEGATIVE_INFINITY;
  #total: number | undefined;
  /** What it was made from: without a total the count, else the share done. */
  #told: number | undefined;

  /**
   * The next value to send, greater than all before; undefined when there is nothing new. With `insist` there is something
   * else to say, and the value grows by a hair.
   */
  next(numbers: Pick<Snapshot, "percentage" | "current" | "total">, insist = false): RisingValue | undefined {
    const share = numbers.percentage === undefined ? undefined : numbers.percentage / 100;
    const count = share ?? numbers.current ?? 0;
    const known = numbers.total !== undefined && numbers.total > 0 ? numbers.total : 100;
    const isNew = count !== this.#told;
    this.#told = count;
    const scales = share === undefined ? [undefined] : [known, this.#total];
    for (const total of scales) {
      const progress = share === undefined ? count : Math.min(rounded(share * (total ?? 0)), total ?? 0);
      if (progress > this.#last) return this.#send(progress, total);
    }
    if (!isNew && !insist) return undefined;
    const progress = this.#last + HAIR * Math.max(1, this.#last);
    return this.#send(progress, share === undefined ? undefined : stretched(progress, share, known));
  }

  #send(progress: number, total: number | undefined): RisingValue | undefined {
    if (!Number.isFinite(progress) || progress === this.#last) return undefined;
    this.#last = progress;
    this.#total = Number.isFinite(total) ? total : undefined;
    return this.#total === undefined ? { progress } : { progress, total: this.#total };
  }
}

/** The total of which `progress` is this share: the one that is known, if nobody sees the difference. */
function stretched(progress: number, share: number, known: number): number | undefined {
  if (progress <= known && Math.abs(progress / known - share) < UNSEEN) return known;
  const total = progress / share;
  return total <= Number.MAX_SAFE_INTEGER ? total : undefined;
}

/** Without what the arithmetic of binary fractions leaves: 3 instead of 2.9999999999999996. */
const rounded = (value: number): number => (value < 1e9 ? Math.round(value * 1e6) / 1e6 : value);
