// From the live state to frozen copies of it. Everything is computed here, on read, exact at the moment of the call.

import { etaFromFraction, etaFromPace } from "../estimator.js";
import type { Attributes, Counts, Ending, Eta, Instance, LevelSnapshot, Numbers, Snapshot } from "../model.js";
import { type Rolled, rawPercentage, rollUp, shownPercentage } from "../rollup.js";
import type { Entry } from "./entry.js";
import type { InFlight } from "./in-flight.js";
import { isTerminal } from "./transitions.js";

/** What a snapshot needs beside the entry. */
export interface SnapshotContext {
  readonly now: number;
  readonly instance: Instance;
  readonly inFlight: InFlight;
}

const NO_ATTRIBUTES: Attributes = Object.freeze({});

export function snapshotOperation(entry: Entry, context: SnapshotContext): Snapshot {
  return kept(entry, () => {
    const { extra, trace } = entry;
    const stage = extra?.stages?.current;
    const parent = entry.parent?.operation.id;
    const counts = countsOf(entry);
    const curve = curveOf(entry);
    return Object.freeze({
      ...common(entry, context),
      ...(stage !== undefined && { stage: extra!.stages!.stages[stage]!.name }),
      ...(parent !== undefined && { parentId: parent }),
      ...(trace !== undefined && { traceId: trace.traceId, spanId: trace.spanId }),
      instance: context.instance,
      ...(counts !== undefined && { counts }),
      ...(curve !== undefined && { curve }),
    }) as Snapshot;
  });
}

export function snapshotLevel(entry: Entry, context: SnapshotContext): LevelSnapshot {
  return kept(entry, () => {
    const weight = entry.extra?.weight;
    return Object.freeze({
      ...common(entry, context),
      operationId: entry.operation.id,
      ...(weight !== undefined && { weight }),
    }) as LevelSnapshot;
  });
}

/** What has ended is copied once. */
function kept<S extends Snapshot | LevelSnapshot>({ outcome }: Entry, make: () => S): S {
  if (outcome === undefined) return make();
  outcome.snapshot ??= make();
  return outcome.snapshot as S;
}

function common(entry: Entry, context: SnapshotContext) {
  const family = entry.extra?.family;
  const levels: LevelSnapshot[] = [];
  for (const part of family?.kept ?? []) if (!part.isOperation) levels.push(snapshotLevel(part, context));
  const type = entry.kind.level ?? entry.kind.type;
  return {
    id: entry.id,
    type,
    name: entry.name ?? type,
    ...numbers(entry, context),
    ...ending(entry, context),
    levels: Object.freeze(levels),
    ...(family !== undefined && family.dropped > 0 && { droppedLevels: family.dropped }),
  };
}

function numbers(entry: Entry, { now }: SnapshotContext): Numbers {
  const { extra, unit, current, total } = entry;
  const rolled = rollUp(entry);
  const percentage = shownPercentage(entry, rolled);
  const revised = entry.outcome === undefined && rolled.coverage > 0 && rawPercentage(rolled) < percentage;
  const known = total >= 0;
  const rate = rateOf(entry, now);
  const eta = etaOf(entry, rolled, now);
  const started = entry.started;
  return {
    ...((current > 0 || known) && { current }),
    ...(known && { total: Math.max(total, current) }),
    ...(extra?.totalKind !== undefined && { totalKind: extra.totalKind }),
    ...(unit !== undefined && { unit }),
    ...(percentage >= 0 && { percentage }),
    ...(percentage >= 0 && rolled.coverage < 1 && !isTerminal(entry.status) && { coverage: rolled.coverage }),
    ...(revised && { revised: true as const }),
    ...(current > total && { overrun: true as const }),
    ...(extra?.message !== undefined && { message: extra.message }),
    ...(extra?.description !== undefined && { description: extra.description }),
    ...(extra !== undefined && extra.failedItems > 0 && { failedItems: extra.failedItems }),
    ...(extra !== undefined && extra.skippedItems > 0 && { skippedItems: extra.skippedItems }),
    ...(started >= 0 && { startedAt: wall(entry, started) }),
    updatedAt: entry.status === "pending" ? wall(entry.parent!, now) : wall(entry, Math.min(now, entry.changed)),
    ...(entry.moved > started && { progressedAt: wall(entry, entry.moved) }),
    elapsedSeconds: started >= 0 ? entry.workMillis(now) / 1000 : 0,
    ...(rate !== undefined && { rate }),
    ...(rate !== undefined && { peakRate: Math.max(extra?.pace?.peak ?? 0, rate) }),
    ...(eta !== undefined && { eta: Object.freeze(eta) }),
    attempt: extra?.attempt ?? 1,
    attributes: extra?.attributes ?? NO_ATTRIBUTES,
  };
}

/** Items per second: now while it runs, over all of it afterwards. */
export function rateOf(entry: Entry, now: number): number | undefined {
  if (entry.outcome === undefined) return entry.extra?.pace?.rate(entry.extra.pausedAt ?? now);
  const seconds = entry.workMillis(now) / 1000;
  const done = entry.current - (entry.extra?.failedItems ?? 0) - (entry.extra?.skippedItems ?? 0);
  return done > 0 && seconds > 0 ? done / seconds : undefined;
}

export function etaOf(entry: Entry, rolled: Rolled, now: number): Eta | undefined {
  const { extra } = entry;
  if (entry.status !== "running" || extra === undefined || extra.stalledSince !== undefined) return undefined;
  if (extra.reportedEtaSeconds !== undefined) {
    const seconds = Math.max(0, extra.reportedEtaSeconds - (now - extra.reportedAt) / 1000);
    return { seconds, low: seconds, high: seconds, basis: "reported" };
  }
  const plain = extra.family === undefined && extra.stages === undefined && extra.reported === undefined;
  if (plain && entry.total > 0 && extra.totalKind !== "unknown") {
    return etaFromPace(Math.max(0, entry.total - entry.current), extra.pace?.rate(now), extra.pace?.mean(now));
  }
  return rolled.coverage === 1 ? etaFromFraction(rolled.floor, entry.workMillis(now) / 1000) : undefined;
}

function ending(
  entry: Entry,
  context: SnapshotContext,
): Ending | { status: "skipped"; endedAt: string; reason?: string } {
  const { outcome, extra, status } = entry;
  if (outcome === undefined)
    return { ...open(entry, context), ...(status === "paused" && reasonOf(extra?.reason)) } as Ending;
  const endedAt = wall(entry, outcome.ended);
  switch (status) {
    case "completed":
      return { status, endedAt, ...(outcome.how.summary !== undefined && { summary: outcome.how.summary }) };
    case "failed":
      return { status, endedAt, error: outcome.how.error! };
    case "lost":
      return { status, lastSeenAt: endedAt };
    default:
      return { status: status as "cancelled" | "skipped", endedAt, ...reasonOf(outcome.how.reason) };
  }
}

function open(entry: Entry, { now, inFlight }: SnapshotContext) {
  const { extra, status } = entry;
  const asked = extra?.cancelRequested;
  return {
    status,
    ...(extra?.stalledSince !== undefined && {
      stalled: Object.freeze({
        seconds: (now - entry.moved) / 1000,
        waitingOn: Object.freeze(inFlight.waitingOn(entry.operation, now).map(Object.freeze)),
      }),
    }),
    ...(asked !== undefined && {
      cancelRequested: Object.freeze({ ...reasonOf(asked.reason), at: new Date(asked.atEpochMillis).toISOString() }),
    }),
  };
}

const reasonOf = (reason: string | undefined) => (reason === undefined ? {} : { reason });

/** Wall time of a monotonic moment of this entry. */
export function wall(entry: Entry, monotonic: number): string {
  return new Date(entry.offset + monotonic).toISOString();
}

function countsOf(entry: Entry): Counts | undefined {
  const family = entry.extra?.family;
  if (family === undefined) return undefined;
  const { total, completed, failed, pending, excluded } = family;
  return Object.freeze({ total: total - excluded, completed, failed, pending });
}

function curveOf(entry: Entry): Snapshot["curve"] {
  const { points } = entry.extra ?? {};
  if (points === undefined) return undefined;
  const curve = [...points]
    .filter((point) => !Number.isNaN(point.ratio))
    .map((point) => Object.freeze([(point.millis - entry.started) / 1000, point.ratio] as const));
  return curve.length === 0 ? undefined : Object.freeze(curve);
}
