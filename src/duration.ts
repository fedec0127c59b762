// Durations as people write them.

import type { Duration } from "./model.js";

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PATTERN = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/;

/** Milliseconds of a duration, or `undefined` when it is not one: no unit, negative, not finite, "0x10s", "1e3s". */
export function parseDuration(value: Duration | string): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) && value >= 0 ? value : undefined;
  const match = PATTERN.exec(value);
  return match === null ? undefined : Number(match[1]) * UNITS[match[2]!]!;
}
