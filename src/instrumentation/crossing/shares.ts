// What each writer counted on one operation or level, and how that changes the sum. One writer's newer share takes the place of
// its older one; so in whatever order the shares of several writers arrive, the sum is the same (see contributions.ts).

import type { Contribution } from "../../contributions.js";
import { tallyItems } from "../../state/items.js";
import type { Handle } from "../handle.js";

type Counted = Pick<Contribution, "current" | "failedItems" | "skippedItems">;

export const NOTHING: Counted = { current: 0, failedItems: 0, skippedItems: 0 };

export function shareOf(told: {
  readonly current: number;
  readonly failedItems?: number;
  readonly skippedItems?: number;
}): Counted {
  return { current: told.current, failedItems: told.failedItems ?? 0, skippedItems: told.skippedItems ?? 0 };
}

export function isSame(a: Counted, b: Counted): boolean {
  return a.current === b.current && a.failedItems === b.failedItems && a.skippedItems === b.skippedItems;
}

/** Puts a writer's share in the place of the one before. Failed and skipped items count as settled, but say nothing of the pace. */
export function applyShare(handle: Handle, before: Counted, now: Counted): void {
  const { more } = handle;
  const failed = now.failedItems - before.failedItems;
  const skipped = now.skippedItems - before.skippedItems;
  const moved = now.current - before.current;
  more.contributed += moved;
  handle.buf[handle.i]! += moved;
  more.failedItems += failed;
  more.skippedItems += skipped;
  more.aside += Math.max(0, failed) + Math.max(0, skipped);
  // Of the owner's own operation or level its metrics tell all items, whoever settled them.
  tallyItems(handle, "failed", Math.max(0, failed));
  tallyItems(handle, "skipped", Math.max(0, skipped));
}
