// What a Forecast is told of an entry, and what a profile learns from it. Called by the sampler at every movement once somebody
// looked, and at the end of a run; remaining.ts asks.

import { Forecast, type Goal } from "../eta/forecast.js";
import { LEAST_SECONDS, type PastRun } from "../eta/profile.js";
import { pastRun } from "../eta-history.js";
import type { Rolled } from "../rollup.js";
import { type Entry, type Extra, reportOf } from "./entry.js";

/** Whether its own count, not its parts, says how far it is. */
export function countsItself(entry: Entry): boolean {
  const { extra, total, current } = entry;
  if (extra === undefined) return total > 0;
  if (extra.stages !== undefined || reportOf(entry) !== undefined) return false;
  return total > 0 && extra.totalKind !== "unknown" && (extra.family === undefined || current > extra.family.settled);
}

/** What is done so soon was there when the work began, such as a later stage. */
const BEGINNING_MILLIS = 100;

type Of = Forecast["of"];

/** Made when somebody looks: what nobody looks at costs nothing. It is told what the points of the run tell; undefined before the first. */
export function forecastOf(entry: Entry, of: Of, rolled: Rolled): Forecast | undefined {
  const { extra } = entry;
  if (extra?.points === undefined || entry.slab === undefined) return undefined;
  if (extra.forecast?.of !== of) extra.forecast = of === "items" ? fromItems(entry) : fromShares(entry, rolled);
  return extra.forecast;
}

/** `items` of it were done since the last tick. */
export function observeItems(entry: Entry, now: number, items: number): void {
  const { forecast } = entry.extra!;
  if (forecast?.of === "items") forecast.observe(now, items);
}

/** It rolled up to this. */
export function observeShare(entry: Entry, now: number, { floor, coverage, estimated }: Rolled): void {
  const forecast = entry.extra?.forecast;
  if (forecast?.of !== "share" || coverage < 1 || estimated) return;
  forecast.observeShare(now, floor, entry.attemptMillis(now) <= BEGINNING_MILLIS);
}

/** Working time begins where it began, pauses and earlier attempts left out. */
function begin(entry: Entry, of: Of): Forecast {
  const { pausedMillis, attemptBegan } = entry.extra!;
  return new Forecast(entry.started + pausedMillis + attemptBegan, of);
}

/** When points were made is known, but not what of it was paused, skipped, or done in another attempt. */
const isWhole = ({ pausedMillis, attempt, failedItems, skippedItems }: Extra): boolean =>
  pausedMillis === 0 && attempt === 1 && failedItems + skippedItems === 0;

function fromItems(entry: Entry): Forecast {
  const forecast = begin(entry, "items");
  const extra = entry.extra!;
  const { failedItems, skippedItems, aside, beforehand } = extra;
  const worked = entry.slab!.seen[entry.i]! - beforehand - (failedItems + skippedItems - aside);
  let told = 0;
  for (const { millis, current } of isWhole(extra) ? extra.points! : []) {
    const items = Math.min(worked, current - beforehand);
    if (!(items > told)) continue;
    forecast.observe(millis, items - told);
    told = items;
  }
  if (worked > told) forecast.observe(entry.moved, worked - told);
  return forecast;
}

function fromShares(entry: Entry, { floor }: Rolled): Forecast {
  const forecast = begin(entry, "share");
  const extra = entry.extra!;
  // Where the past of it is not known, it begins here.
  if (!isWhole(extra)) forecast.observeShare(entry.moved, floor, true);
  else
    for (const { millis, ratio } of extra.points!)
      if (ratio > 0) forecast.observeShare(millis, ratio, millis - entry.started <= BEGINNING_MILLIS);
  return forecast;
}

export function goalOf(entry: Entry, of: Of, { floor }: Rolled): Goal {
  const { profile } = entry.kind.tally;
  if (of === "share") return { remaining: Math.max(0, 1 - floor), total: 1, size: entry.total, profile };
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
