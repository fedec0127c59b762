// What is due for an entry though it did not move: a stall, a timeout, abandonment. Asked at every start and when the time
// in the `due` column has come; what follows from a verdict is the business of instrumentation/.
//
// The limits in force: its own, else its definition's, else the instance's. Levels have only a stall limit of their own.

import { stallLimitMillis, type TimeLimits } from "../stall.js";
import type { Entry } from "./entry.js";

export type Verdict = "stalled" | "timeout" | "abandoned";

const NEVER = Number.POSITIVE_INFINITY;

/** Monotonic milliseconds at which the entry wants to be looked at if nothing moves until then; Infinity for never. */
export function nextDue(entry: Entry, defaults: TimeLimits): number {
  if (entry.status === "paused") return NEVER;
  return Math.min(stalledAt(entry, defaults), timeoutAt(entry, defaults), abandonedAt(entry, defaults));
}

/** The gravest limit that is reached at `now`. */
export function verdictAt(entry: Entry, defaults: TimeLimits, now: number): Verdict | undefined {
  if (entry.status === "paused") return undefined;
  if (now >= timeoutAt(entry, defaults)) return "timeout";
  if (now >= abandonedAt(entry, defaults)) return "abandoned";
  return now >= stalledAt(entry, defaults) ? "stalled" : undefined;
}

function stalledAt(entry: Entry, defaults: TimeLimits): number {
  const { extra, kind } = entry;
  // A level waits as long as its operation is paused; resuming looks at it again.
  if (extra?.stalledSince !== undefined || entry.operation.status === "paused") return NEVER;
  const general = entry.isOperation ? (kind.plan?.limits.stallTimeout ?? defaults.stallTimeout) : undefined;
  const limit = extra?.stallTimeout ?? general;
  return limit === undefined ? NEVER : entry.moved + stallLimitMillis(limit, extra?.pace?.usualGapSeconds());
}

function timeoutAt(entry: Entry, defaults: TimeLimits): number {
  if (!entry.isOperation) return NEVER;
  const limit = entry.extra?.timeout ?? entry.kind.plan?.limits.timeout ?? defaults.timeout;
  return limit === undefined ? NEVER : entry.started + limit + (entry.extra?.pausedMillis ?? 0);
}

function abandonedAt(entry: Entry, defaults: TimeLimits): number {
  if (!entry.isOperation) return NEVER;
  const limit = entry.extra?.abandonAfter ?? entry.kind.plan?.limits.abandonAfter ?? defaults.abandonAfter;
  return limit === undefined ? NEVER : Math.max(entry.moved, entry.extra?.aliveAt ?? 0) + limit;
}
