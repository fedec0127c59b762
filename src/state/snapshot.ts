// From the live state to frozen copies of it. Everything is computed here, on read, exact at the moment of the call.

import type { Attributes, Counts, Instance, LevelSnapshot, ProcessUsage, Snapshot } from "../model.js";
import { type Rolled, rawPercentage, rollUp, shownPercentage } from "../rollup.js";
import type { Entry, Outcome } from "./entry.js";
import type { Family } from "./family.js";
import type { InFlight } from "./in-flight.js";
import { etaOf, meanRateOf, rateOf } from "./remaining.js";
import { isTerminal } from "./transitions.js";
import { type UsageSample, usageBetween } from "./usage.js";

/** What a snapshot needs beside the entry. */
export interface SnapshotContext {
  readonly now: number;
  readonly instance: Instance;
  readonly inFlight: InFlight;
  /** The latest look at the process. */
  readonly usage?: UsageSample | undefined;
  /** `false` leaves the levels out. @default true */
  readonly levels?: boolean;
}

const NO_ATTRIBUTES: Attributes = Object.freeze({});
const NO_LEVELS: readonly LevelSnapshot[] = Object.freeze([]);

/** A snapshot in the making. Filled by assignments: conditional spreads cost ten times as much, and exporters wait for it. */
type Draft = { -readonly [K in Exclude<keyof Snapshot, "status">]?: Snapshot[K] } & Record<string, unknown>;

export function snapshotOperation(entry: Entry, context: SnapshotContext): Snapshot {
  if (entry.outcome?.snapshot !== undefined) return entry.outcome.snapshot as Snapshot;
  const draft = begin(entry, context);
  const { extra, trace } = entry;
  const stage = extra?.stages?.current;
  if (stage !== undefined) draft.stage = extra!.stages!.stages[stage]!.name;
  const { parentId } = entry;
  if (parentId !== undefined) draft.parentId = parentId;
  if (trace !== undefined) {
    draft.traceId = trace.traceId;
    draft.spanId = trace.spanId;
  }
  draft.instance = extra?.instance ?? context.instance;
  if (extra?.family !== undefined) draft.counts = countsOf(extra.family);
  const usage = usageOf(entry, context);
  if (usage !== undefined) draft.process = usage;
  const curve = curveOf(entry);
  if (curve !== undefined && curve.length > 0) draft.curve = curve;
  return finish(context.levels === false ? undefined : entry.outcome, draft);
}

/** What has ended ends with its final state: points are thinned, so that the last of them may be long before it. */
function curveOf({ extra, outcome, status }: Entry): Snapshot["curve"] {
  const points = extra?.points;
  const ratio = status === "completed" ? 1 : outcome?.fraction;
  if (points === undefined || points.length === 0 || outcome === undefined || !(ratio! >= 0)) return points?.curve();
  const seconds = (outcome.ended - points.at(0).millis) / 1000;
  const before = points.curve().filter(([at]) => at < seconds);
  return Object.freeze([...before, Object.freeze([seconds, ratio!] as const)]);
}

export function snapshotLevel(entry: Entry, context: SnapshotContext): LevelSnapshot {
  if (entry.outcome?.snapshot !== undefined) return entry.outcome.snapshot as LevelSnapshot;
  const draft = begin(entry, context);
  draft["operationId"] = entry.operation.id;
  const weight = entry.extra?.weight;
  if (weight !== undefined) draft["weight"] = weight;
  return finish(entry.outcome, draft) as unknown as LevelSnapshot;
}

function usageOf({ usage, outcome }: Entry, context: SnapshotContext): ProcessUsage | undefined {
  const latest = outcome === undefined ? context.usage : outcome.usage;
  return usage === undefined || latest === undefined ? undefined : usageBetween(usage, latest);
}

/** What operations and levels have in common. */
function begin(entry: Entry, context: SnapshotContext): Draft {
  const type = entry.kind.level ?? entry.kind.type;
  const draft: Draft = { id: entry.id, type, name: entry.name ?? type };
  putNumbers(draft, entry, context.now);
  putTimes(draft, entry, context.now);
  putEnding(draft, entry, context);
  const family = entry.extra?.family;
  draft.levels = family === undefined || context.levels === false ? NO_LEVELS : levelsOf(family, context);
  if (family !== undefined && family.dropped > 0) draft.droppedLevels = family.dropped;
  return draft;
}

/** What has ended is copied once. */
function finish(outcome: Outcome | undefined, draft: Draft): Snapshot {
  const snapshot = Object.freeze(draft) as unknown as Snapshot;
  if (outcome !== undefined) outcome.snapshot = snapshot;
  return snapshot;
}

function levelsOf(family: Family, context: SnapshotContext): readonly LevelSnapshot[] {
  const levels: LevelSnapshot[] = [];
  for (const part of family.kept) if (!part.isOperation) levels.push(snapshotLevel(part, context));
  return Object.freeze(levels);
}

function putNumbers(draft: Draft, entry: Entry, now: number): void {
  const { extra, current, total } = entry;
  const rolled = rollUp(entry);
  const { shownCurrent, raisedTotal } = entry;
  if (current > 0 || total >= 0) draft.current = shownCurrent;
  if (total >= 0) draft.total = raisedTotal;
  if (entry.unit !== undefined) draft.unit = entry.unit;
  putPercentage(draft, entry, rolled);
  if (raisedTotal > total) draft.overrun = true;
  const rate = rateOf(entry, now);
  if (rate !== undefined) {
    draft.rate = rate;
    draft.peakRate = Math.max(extra?.pace?.peak ?? 0, rate);
  }
  const meanRate = meanRateOf(entry, now);
  if (meanRate !== undefined) draft.meanRate = meanRate;
  const eta = etaOf(entry, now, rolled);
  if (eta !== undefined) draft.eta = Object.freeze(eta);
  draft.attempt = extra?.attempt ?? 1;
  draft.attributes = extra?.attributes ?? NO_ATTRIBUTES;
  if (extra === undefined) return;
  if (extra.totalKind !== undefined) draft.totalKind = extra.totalKind;
  if (extra.message !== undefined) draft.message = extra.message;
  if (extra.description !== undefined) draft.description = extra.description;
  if (extra.failedItems > 0) draft.failedItems = extra.failedItems;
  if (extra.skippedItems > 0) draft.skippedItems = extra.skippedItems;
}

function putPercentage(draft: Draft, entry: Entry, rolled: Rolled): void {
  const percentage = shownPercentage(entry, rolled);
  if (Number.isNaN(percentage)) return;
  draft.percentage = percentage;
  if (entry.extra?.guessed === true && entry.status !== "completed") draft.estimated = true;
  if (rolled.coverage < 1 && !isTerminal(entry.status)) draft.coverage = rolled.coverage;
  if (entry.outcome === undefined && rolled.coverage > 0 && rawPercentage(rolled) < percentage) draft.revised = true;
}

function putTimes(draft: Draft, entry: Entry, now: number): void {
  const { started, moved } = entry;
  // Not by its sign: of an operation that another process began, it may lie before this one did.
  const begun = !Number.isNaN(started);
  draft.updatedAt = entry.status === "pending" ? wall(entry.parent!, now) : wall(entry, Math.min(now, entry.changed));
  draft.elapsedSeconds = begun ? entry.workMillis(now) / 1000 : 0;
  if (begun) draft.startedAt = wall(entry, started);
  if (moved > started) draft.progressedAt = wall(entry, moved);
}

function putEnding(draft: Draft, entry: Entry, context: SnapshotContext): void {
  const { outcome, status } = entry;
  draft["status"] = status;
  if (outcome === undefined) return putOpen(draft, entry, context);
  const { summary, error, reason } = outcome.how;
  draft[status === "lost" ? "lastSeenAt" : "endedAt"] = wall(entry, outcome.ended);
  if (status === "completed" && summary !== undefined) draft["summary"] = summary;
  else if (status === "failed") draft["error"] = error;
  else if (reason !== undefined) draft["reason"] = reason;
}

function putOpen(draft: Draft, entry: Entry, { now, inFlight }: SnapshotContext): void {
  const { extra, status } = entry;
  if (extra === undefined) return;
  if (status === "paused" && extra.reason !== undefined) draft["reason"] = extra.reason;
  if (extra.stalledSince !== undefined) {
    const waitingOn = Object.freeze(inFlight.waitingOn(entry.operation, now).map(Object.freeze));
    draft["stalled"] = Object.freeze({ seconds: (now - entry.moved) / 1000, waitingOn });
  }
  const asked = extra.cancelRequested;
  if (asked !== undefined) {
    const at = new Date(asked.atEpochMillis).toISOString();
    draft["cancelRequested"] = Object.freeze(asked.reason === undefined ? { at } : { reason: asked.reason, at });
  }
}

/** Wall time of a monotonic moment of this entry. */
export function wall(entry: Entry, monotonic: number): string {
  return new Date(entry.offset + monotonic).toISOString();
}

function countsOf({ total, completed, failed, pending, excluded }: Family): Counts {
  return Object.freeze({ total: total - excluded, completed, failed, pending });
}
