// Items as the metrics count them: once, by the instance that settles them, and only what is done now.

import type { Entry } from "./entry.js";
import type { Slab } from "./slab.js";

/** Items done since the sampler last looked; failed and skipped ones left out, and those counted before the count fell. */
export function itemsDone(entry: Entry, slab: Slab): number {
  const { extra } = entry;
  const before = Math.max(slab.seen[entry.i]!, extra?.highest ?? 0);
  return Math.max(0, entry.buf[entry.i]! - before - (extra?.aside ?? 0));
}

/** Adds to the counts of the type, unless another instance does. */
export function tallyItems(entry: Entry, how: "done" | "failed" | "skipped", n: number): void {
  if (!entry.elsewhere) entry.kind.tally.items[how] += n;
}
