// How fast an entry goes and what is left of it, from what is known of it and its parts.
//
//   counts itself     a forecast by its items, and by how earlier runs of its type went (eta/forecast.ts)
//   has parts         max(slowest running part, (Σ left of running + Σ of those to come) / parts running at once), and how earlier
//                     runs of its type went
//   neither           a forecast by the share that is done, where parts do not overlap; as long as there is none, in proportion
//   nothing known     how long earlier runs of its type took
//
// Never less than what a running part still needs. The second line (schedule.ts) is the critical path, never the percentage, which
// says nothing about overlap.

import { etaFromFraction } from "../estimator.js";
import { firstEta } from "../eta/forecast.js";
import type { Eta } from "../model.js";
import { type Rolled, rollUp } from "../rollup.js";
import { type Entry, reportOf } from "./entry.js";
import type { Family } from "./family.js";
import { countsItself, forecastOf, goalOf } from "./forecasts.js";
import { schedule } from "./schedule.js";
import { simulatedFraction } from "./simulation.js";
import { isTerminal } from "./transitions.js";
import { UsualTime } from "./usual-time.js";

/** Items per second: now while it runs, over all of it afterwards. */
export function rateOf(entry: Entry, now: number): number | undefined {
  if (entry.outcome === undefined) return entry.extra?.pace?.rate(entry.extra.pausedAt ?? now);
  return meanRateOf(entry, now);
}

/** Items done per second of work since the start of this attempt; failed and skipped ones left out. */
export function meanRateOf(entry: Entry, now: number): number | undefined {
  const { extra } = entry;
  const seconds = entry.attemptMillis(now) / 1000;
  const done = entry.current - (extra?.failedItems ?? 0) - (extra?.skippedItems ?? 0);
  return done > 0 && seconds > 0 ? done / seconds : undefined;
}

/** Remaining time, or undefined when nothing can be told: not running, stalled, or of unknown size. */
export function etaOf(entry: Entry, now: number, rolled: Rolled = rollUp(entry)): Eta | undefined {
  const { extra } = entry;
  if (entry.status !== "running") return undefined;
  if (extra === undefined) return forecast(entry, now, rolled);
  if (extra.stalledSince !== undefined || extra.pausedAt !== undefined) return undefined;
  if (reportOf(entry) !== undefined && extra.reportedEtaSeconds !== undefined)
    return exactly(Math.max(0, extra.reportedEtaSeconds - (now - extra.reportedAt) / 1000));
  if (simulatedFraction(entry) !== undefined) {
    const left = extra.simulation!.expectedMillis - entry.attemptMillis(now);
    return left > 0 ? exactly(left / 1000) : undefined;
  }
  const { family } = extra;
  if (family === undefined) return forecast(entry, now, rolled);
  const told = toldBy(family, now);
  const byItself = extra.stages !== undefined || reportOf(entry) !== undefined || countsItself(entry);
  const ofParts = byItself ? undefined : etaOfParts(entry, family, now, told);
  const alone = byItself || (ofParts === undefined && openParts(family) <= 1);
  return notBefore(told, alone ? forecast(entry, now, rolled) : withPast(entry, now, rolled, ofParts));
}

const exactly = (seconds: number): Eta => ({ seconds, low: seconds, high: seconds, basis: "reported" });

/** From what its parts say, and how earlier runs of its type went. */
function withPast(entry: Entry, now: number, rolled: Rolled, ofParts: Eta | undefined): Eta | undefined {
  const { profile } = entry.kind.tally;
  if (profile === undefined) return ofParts;
  const shares = rolled.coverage === 1 && !rolled.estimated ? forecastOf(entry, "share", rolled) : undefined;
  if (shares?.begun !== true) return ofParts ?? firstEta(profile, entry.total, entry.attemptMillis(now) / 1000);
  return shares.eta(now, { ...goalOf(entry, "share", rolled), byParts: ofParts ?? "nothing" }) ?? ofParts;
}

/** From how it went so far, and how earlier runs of its type went. */
function forecast(entry: Entry, now: number, rolled: Rolled): Eta | undefined {
  const seconds = entry.attemptMillis(now) / 1000;
  const { profile } = entry.kind.tally;
  const of = countsItself(entry) ? "items" : "share";
  if (of === "share" && (rolled.coverage < 1 || rolled.estimated)) return firstEta(profile, Number.NaN, seconds);
  const known = forecastOf(entry, of, rolled);
  const eta =
    known?.eta(now, goalOf(entry, of, rolled)) ??
    (known === undefined ? firstEta(profile, entry.total, seconds) : undefined);
  return eta ?? (of === "share" ? etaFromFraction(rolled.floor, seconds) : undefined);
}

/** What parts say that they still need; asked once, since they ask theirs. */
type Told = ReadonlyMap<Entry, Eta>;

function toldBy(family: Family, now: number): Told {
  const told = new Map<Entry, Eta>();
  for (const part of family.kept) {
    const eta = part.slab === undefined ? undefined : etaOf(part, now);
    if (eta !== undefined) told.set(part, eta);
  }
  return told;
}

/** What a part still needs, its parent needs too. */
function notBefore(told: Told, eta: Eta | undefined): Eta | undefined {
  if (eta === undefined) return undefined;
  let { seconds, low, high } = eta;
  for (const needs of told.values()) {
    seconds = Math.max(seconds, needs.seconds);
    low = Math.max(low, needs.low);
    high = Math.max(high, needs.high);
  }
  return { seconds, low, high, basis: eta.basis };
}

function openParts(family: Family): number {
  let open = 0;
  for (const part of family.kept) if (part.slab !== undefined) open++;
  return open;
}

/** What is left of all parts, those not announced yet included; undefined when one of them tells nothing. */
function etaOfParts(entry: Entry, family: Family, now: number, told: Told): Eta | undefined {
  const usual = new UsualTime(family, now, told);
  const left: Eta[] = [];
  let [count, seconds, longest] = [0, 0, 0];
  const toCome = (parts: number, each: number) => {
    count += parts;
    seconds += parts * each;
    longest = Math.max(longest, each);
  };
  for (const part of family.kept) {
    if (isTerminal(part.status)) continue;
    const expected = usual.secondsOf(part);
    if (part.status === "pending") {
      if (expected === undefined) return undefined;
      toCome(1, expected);
      continue;
    }
    const eta = told.get(part) ?? restOf(part, expected, now);
    if (eta === undefined) return undefined;
    left.push(eta);
  }
  const counted = entry.total > 0 && entry.extra!.totalKind !== "unknown";
  const unannounced = counted ? entry.total - family.total : 0;
  if (unannounced > 0) {
    if (usual.mean === undefined) return undefined;
    toCome(unannounced, usual.mean);
  }
  if (left.length + count === 0) return undefined;
  const eta = schedule(left, { count, seconds, longest, seen: usual.seen });
  return { ...eta, basis: usual.learned ? "history" : "rate" };
}

/** A part that counts nothing takes as long as its like took. */
function restOf(part: Entry, expected: number | undefined, now: number): Eta | undefined {
  if (expected === undefined || part.status !== "running" || part.extra?.stalledSince !== undefined) return undefined;
  const seconds = Math.max(0, expected - part.workMillis(now) / 1000);
  return { seconds, low: seconds, high: seconds, basis: "rate" };
}
