// What is due for an entry though it did not move: a stall, a timeout, abandonment, a checkpoint. Asked at every start and when the time
// in the `due` column has come; what follows from a verdict is the business of instrumentation/.
//
// The limits in force: its own, else its definition's, else the instance's. Levels have only a stall limit of their own.

import { stallLimitMillis, type TimeLimits } from "../stall.js";
import type { Entry } from "./entry.js";

export type Verdict = "stalled" | "timeout" | "abandoned" | "checkpoint";

/** What holds where neither the entry nor its definition says otherwise. */
export interface DueTimes extends TimeLimits {
  /** Age in milliseconds from which a running operation is told of in between. @default never */
  readonly checkpointAfter?: number;
}

const NEVER = Number.POSITIVE_INFINITY;

/** Monotonic milliseconds at which the entry wants to be looked at if nothing moves until then; Infinity for never. */
export function nextDue(entry: Entry, defaults: DueTimes): number {
  const checkpoint = checkpointAt(entry, defaults);
  if (entry.status === "paused") return checkpoint;
  return Math.min(checkpoint, stalledAt(entry, defaults), timeoutAt(entry, defaults), abandonedAt(entry, defaults));
}

/** The gravest limit that is reached at `now`. */
export function verdictAt(entry: Entry, defaults: DueTimes, now: number): Verdict | undefined {
  if (entry.status !== "paused") {
    if (now >= timeoutAt(entry, defaults)) return "timeout";
    if (now >= abandonedAt(entry, defaults)) return "abandoned";
    if (now >= stalledAt(entry, defaults)) return "stalled";
  }
  return now >= checkpointAt(entry, defaults) ? "checkpoint" : undefined;
}

/** Paused or not, moved or not: what runs is to be seen. */
function checkpointAt(entry: Entry, { checkpointAfter = NEVER }: DueTimes): number {
  return entry.isOperation ? (entry.extra?.checkpointAt ?? entry.started + checkpointAfter) : NEVER;
}

/** When it is stalled if nothing moves until then; Infinity when it is, or never is. */
export function stalledAt(entry: Entry, defaults: TimeLimits): number {
  const { extra, kind } = entry;
  // A level waits as long as something around it is paused; resuming looks at it again.
  if (extra?.stalledSince !== undefined || extra?.pausedAt !== undefined) return NEVER;
  const general = entry.isOperation ? (kind.plan?.limits.stallTimeout ?? defaults.stallTimeout) : undefined;
  const limit = extra?.stallTimeout ?? general;
  if (limit === undefined) return NEVER;
  const millis = stallLimitMillis(limit, extra?.pace?.usualGapSeconds());
  return entry.moved + (limit === "auto" ? Math.max(millis, extra?.patientMillis ?? 0) : millis);
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
