// What each writer counted on one operation or level, as part of its sum here. A writer's newer share takes the place of its older
// one; so in whatever order those of several writers arrive, the sum is the same (see contributions.ts).

import { type Contribution, sumOfContributions } from "../../contributions.js";
import { tallyItems } from "../../state/items.js";
import type { Handle } from "../handle.js";

type Told = { readonly current: number; readonly failedItems?: number; readonly skippedItems?: number };

export function contributionOf(writer: string, sequence: number, told: Told): Contribution {
  const { current, failedItems = 0, skippedItems = 0 } = told;
  return { writer, sequence, current, failedItems, skippedItems };
}

/** Whether they count the same, whatever was said in between. */
export function countsAlike(a: Contribution | undefined, b: Contribution): boolean {
  if (a === undefined) return b.current === 0 && b.failedItems === 0 && b.skippedItems === 0;
  return a.current === b.current && a.failedItems === b.failedItems && a.skippedItems === b.skippedItems;
}

type Sums = Omit<Contribution, "writer" | "sequence">;

const NONE: Sums = { current: 0, failedItems: 0, skippedItems: 0 };
const COUNTS = ["current", "failedItems", "skippedItems"] as const;

export class Shares {
  readonly #handle: Handle;
  readonly #all = new Map<string, Contribution>();
  /** A new attempt of the owner began: what was counted before is no part of it. */
  #before: Sums = NONE;
  #attempt: number;
  /** What of the handle's numbers is contributed. */
  #sums: Sums = NONE;

  constructor(handle: Handle) {
    this.#handle = handle;
    this.#attempt = attemptOf(handle);
  }

  put(share: Contribution): void {
    const handle = this.#handle;
    if (attemptOf(handle) !== this.#attempt) this.#startOver(attemptOf(handle));
    const [known, last] = [this.#all.get(share.writer) ?? NONE, this.#sums];
    this.#all.set(share.writer, share);
    const sums = this.#sumsAfter(known, share);
    this.#sums = sums;
    const { more } = handle;
    handle.buf[handle.i] = handle.current - last.current + sums.current;
    more.contributed = sums.current;
    more.failedItems = more.failedItems - last.failedItems + sums.failedItems;
    more.skippedItems = more.skippedItems - last.skippedItems + sums.skippedItems;
    const failed = Math.max(0, sums.failedItems - last.failedItems);
    const skipped = Math.max(0, sums.skippedItems - last.skippedItems);
    // They count as settled, but say nothing of the pace.
    more.aside += failed + skipped;
    // Of the owner's own operation or level its metrics tell all items, whoever settled them.
    tallyItems(handle, "failed", failed);
    tallyItems(handle, "skipped", skipped);
  }

  #startOver(attempt: number): void {
    this.#attempt = attempt;
    this.#before = sumOfContributions(this.#all);
    this.#sums = NONE;
  }

  /** Whole numbers may be added in any order; others have to be summed in the same order every time. */
  #sumsAfter(known: Sums, share: Sums): Sums {
    const sums = { ...NONE };
    let whole = true;
    for (const count of COUNTS) {
      sums[count] = this.#sums[count] + share[count] - known[count];
      whole &&= Number.isSafeInteger(sums[count]) && Number.isSafeInteger(share[count]);
    }
    if (whole) return sums;
    const all = sumOfContributions(this.#all);
    for (const count of COUNTS) sums[count] = all[count] - this.#before[count];
    return sums;
  }
}

const attemptOf = ({ extra }: Handle): number => extra?.attempt ?? 1;
