// When a value that does not move is a stall. Pure: time is an argument, in milliseconds.
//
// A limit is fixed, or "auto": ten times the usual gap between two movements of this very run, at least a minute; five
// minutes while fewer than five gaps are known.

/** Of an operation or level: what it may do at most. Milliseconds; undefined means without limit. */
export interface TimeLimits {
  readonly stallTimeout: number | "auto" | undefined;
  readonly timeout: number | undefined;
  readonly abandonAfter: number | undefined;
}

const AUTO_FACTOR = 10;
const AUTO_LEAST_MILLIS = 60_000;
const AUTO_UNKNOWN_MILLIS = 300_000;

export function stallLimitMillis(limit: number | "auto", usualGapSeconds: number | undefined): number {
  if (limit !== "auto") return limit;
  if (usualGapSeconds === undefined) return AUTO_UNKNOWN_MILLIS;
  return Math.max(AUTO_LEAST_MILLIS, AUTO_FACTOR * usualGapSeconds * 1000);
}
