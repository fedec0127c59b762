// What is due for an entry though it did not move: a stall, a timeout, abandonment. Asked by the sampler when the time
// in the `due` column has come; what follows from a verdict is the business of instrumentation/.

import { stallLimitMillis, type TimeLimits } from "../stall.js";
import type { Entry } from "./entry.js";

export type Verdict = "stalled" | "timeout" | "abandoned";

/** The limits in force: its own, else its definition's, else the instance's. Levels have only their own. */
export function limitsOf(entry: Entry, defaults: TimeLimits): TimeLimits {
  const { extra } = entry;
  if (!entry.isOperation) {
    return { stallTimeout: extra?.stallTimeout, timeout: undefined, abandonAfter: undefined };
  }
  const { plan } = entry.kind;
  return {
    stallTimeout: extra?.stallTimeout ?? plan?.limits.stallTimeout ?? defaults.stallTimeout,
    timeout: extra?.timeout ?? plan?.limits.timeout ?? defaults.timeout,
    abandonAfter: extra?.abandonAfter ?? plan?.limits.abandonAfter ?? defaults.abandonAfter,
  };
}

/** Monotonic milliseconds at which each limit is reached if nothing moves until then; Infinity for none. */
function deadlines(entry: Entry, limits: TimeLimits): Record<Verdict, number> {
  const idle = Number.POSITIVE_INFINITY;
  const { extra, moved } = entry;
  const paused = entry.status === "paused";
  const { stallTimeout, timeout, abandonAfter } = limits;
  const judged = stallTimeout !== undefined && !paused && extra?.stalledSince === undefined;
  return {
    stalled: judged ? moved + stallLimitMillis(stallTimeout, extra?.pace?.usualGapSeconds()) : idle,
    timeout: timeout === undefined || paused ? idle : entry.started + timeout + (extra?.pausedMillis ?? 0),
    abandoned: abandonAfter === undefined || paused ? idle : Math.max(moved, extra?.aliveAt ?? 0) + abandonAfter,
  };
}

/** When the entry wants to be looked at next. */
export function nextDue(entry: Entry, limits: TimeLimits): number {
  const at = deadlines(entry, limits);
  return Math.min(at.stalled, at.timeout, at.abandoned);
}

/** The gravest limit that is reached at `now`. */
export function verdictAt(entry: Entry, limits: TimeLimits, now: number): Verdict | undefined {
  const at = deadlines(entry, limits);
  if (now >= at.timeout) return "timeout";
  if (now >= at.abandoned) return "abandoned";
  return now >= at.stalled ? "stalled" : undefined;
}
