// Fills an instance with whatever is limited, and looks at what is left of it.

import type { ProgressOptions } from "../../src/instrumentation/options.js";
import { createProgress, type Progress } from "../../src/instrumentation/progress.js";
import { ManualClock, startTestTelemetry, type TestTelemetry } from "../../src/testing.js";

export const text = (length: number): string => "x".repeat(length);
export const numbered = (count: number): string[] => Array.from({ length: count }, (_, n) => String(n));
export const named = (count: number): Record<string, string> =>
  Object.fromEntries(numbered(count).map((n) => [`a${n}`, n]));

/** Makes `n` of the things that are limited, and gives how many of them are there. */
export type Fill = (progress: Progress, n: number, telemetry: TestTelemetry) => number | Promise<number>;

/** Fills an instance of its own with `n`; gives how many are there, and what was lost. */
export async function filled(
  options: ProgressOptions,
  fill: Fill,
  n: number,
): Promise<readonly [number, Readonly<Record<string, number>>]> {
  await using telemetry = await startTestTelemetry();
  await using progress = createProgress({ clock: new ManualClock(), ...options });
  const there = await fill(progress, n, telemetry);
  return [there, progress.live.stats().losses];
}
