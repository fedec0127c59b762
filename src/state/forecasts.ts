// What a Forecast is told of an entry, and what a profile learns from it. Called by the sampler at every movement, and at the end
// of a run; remaining.ts asks.

import { Forecast, type Goal } from "../eta/forecast.js";
import { LEAST_SECONDS, type PastRun } from "../eta/profile.js";
import { pastRun } from "../eta-history.js";
import type { Rolled } from "../rollup.js";
import { type Entry, reportOf } from "./entry.js";

/** Whether its own count, not its parts, says how far it is. */
export function countsItself(entry: Entry): boolean {
  const { extra, total, current } = entry;
  if (extra === undefined) return total > 0;
  if (extra.stages !== undefined || reportOf(entry) !== undefined) return false;
  return total > 0 && extra.totalKind !== "unknown" && (extra.family === undefined || current > extra.family.settled);
}

/** `items` of it were done since the last tick. */
export function observeItems(entry: Entry, now: number, items: number): void {
  const extra = entry.more;
  if (!countsItself(entry)) return;
  if (extra.forecast?.of === "items") return extra.forecast.observe(now, items);
  extra.forecast = begin(entry, "items");
  // What was done before the total was known is work too; what was there from the start is not.
  const done = entry.current - extra.failedItems - extra.skippedItems - extra.beforehand;
  if (done > 0) extra.forecast.observe(now, done);
}

/** It rolled up to this, which its own count does not say. What it had within `startMillis` it began with, such as a later stage. */
export function observeShare(
  entry: Entry,
  now: number,
  { floor, coverage, estimated }: Rolled,
  startMillis: number,
): void {
  if (coverage < 1 || estimated || countsItself(entry)) return;
  const extra = entry.more;
  if (extra.forecast?.of !== "share") extra.forecast = begin(entry, "share");
  extra.forecast.observeShare(now, floor, entry.attemptMillis(now) <= startMillis);
}

/** Working time begins where it began, pauses and earlier attempts left out. */
function begin(entry: Entry, of: "items" | "share"): Forecast {
  const { pausedMillis = 0, attemptBegan = 0 } = entry.extra ?? {};
  return new Forecast(entry.started + pausedMillis + attemptBegan, of);
}

export function goalOf(entry: Entry, of: "items" | "share", { floor }: Rolled): Goal {
  const { profile } = entry.kind.tally;
  if (of === "share") return { remaining: Math.max(0, 1 - floor), total: 1, profile };
  return { remaining: Math.max(0, entry.total - entry.current), total: entry.total, profile };
}

/**
 * What is kept of a completed run; undefined when it teaches nothing: retries, whose first attempts are in its time, and what was
 * over at once. Of a run that was paused, or said nothing but a guess, the curve is left out.
 */
export function runOf(entry: Entry, endedAtEpochMillis: number): PastRun | undefined {
  const { extra, outcome } = entry;
  if (entry.status !== "completed" || outcome === undefined || (extra?.attempt ?? 1) > 1) return undefined;
  const seconds = entry.workMillis(outcome.ended) / 1000;
  if (!(seconds >= LEAST_SECONDS)) return undefined;
  const whole = extra?.pausedMillis === 0 && extra.simulation === undefined && extra.beforehand === 0;
  return pastRun(endedAtEpochMillis, seconds, entry.total, whole ? extra.points : undefined);
}
