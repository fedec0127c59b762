// Filters, order and statistics over operations: what `list` and `stats` mean, in one place for every source.

import type { Filter, ListOptions, Snapshot, Stats, Status } from "../model.js";
import type { Entry } from "./entry.js";
import { mean, quantile } from "./kind.js";
import type { LiveState } from "./live-state.js";

const DEFAULT_LIMIT = 100;

/** What filters and orders look at: cheap to make, so that only what is chosen is made into a snapshot. */
interface Row {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly message: string | undefined;
  readonly status: Status;
  readonly parentId: string | undefined;
  readonly startedMillis: number;
  readonly updatedMillis: number;
  readonly elapsedSeconds: number;
}

export function rowOfEntry(entry: Entry, now: number): Row {
  return {
    id: entry.id,
    type: entry.kind.type,
    name: entry.name ?? entry.kind.type,
    message: entry.extra?.message,
    status: entry.status as Status,
    parentId: entry.parent?.operation.id,
    startedMillis: entry.offset + entry.started,
    updatedMillis: entry.offset + entry.changed,
    elapsedSeconds: entry.workMillis(now) / 1000,
  };
}

export function rowOfSnapshot(snapshot: Snapshot): Row {
  return {
    id: snapshot.id,
    type: snapshot.type,
    name: snapshot.name,
    message: snapshot.message,
    status: snapshot.status,
    parentId: snapshot.parentId,
    startedMillis: Date.parse(snapshot.startedAt ?? snapshot.updatedAt),
    updatedMillis: Date.parse(snapshot.updatedAt),
    elapsedSeconds: snapshot.elapsedSeconds,
  };
}

const millis = (value: Date | string): number => (typeof value === "string" ? Date.parse(value) : value.getTime());

/** Whether a row passes. A `since` or `until` that is no date lets nothing pass. */
export function matches(row: Row, filter: Filter): boolean {
  const { status, type, text, since, until, parentId } = filter;
  if (status !== undefined && !status.includes(row.status)) return false;
  if (type !== undefined && row.type !== type) return false;
  if (parentId !== undefined && (row.parentId ?? null) !== parentId) return false;
  if (text !== undefined && !contains(row, text.toLowerCase())) return false;
  if (since !== undefined && !(row.startedMillis >= millis(since))) return false;
  return until === undefined || row.startedMillis < millis(until);
}

function contains(row: Row, text: string): boolean {
  return [row.id, row.type, row.name, row.message].some((part) => part?.toLowerCase().includes(text));
}

const ORDER: Readonly<Record<NonNullable<ListOptions["sort"]>, (a: Row, b: Row) => number>> = {
  started: (a, b) => b.startedMillis - a.startedMillis,
  updated: (a, b) => b.updatedMillis - a.updatedMillis,
  duration: (a, b) => b.elapsedSeconds - a.elapsedSeconds,
};

/** Filtered, ordered and cut as the options say. */
export function select<T>(items: Iterable<T>, rowOf: (item: T) => Row, options: ListOptions): T[] {
  const chosen: { item: T; row: Row }[] = [];
  for (const item of items) {
    const row = rowOf(item);
    if (matches(row, options)) chosen.push({ item, row });
  }
  const order = ORDER[options.sort ?? "started"] ?? ORDER.started;
  chosen.sort((a, b) => order(a.row, b.row));
  return chosen.slice(0, Math.max(0, options.limit ?? DEFAULT_LIMIT)).map(({ item }) => item);
}

/** Counts over all types since the start; durations of recent completed runs. */
export function statistics(state: LiveState): Stats {
  const byStatus = { pending: 0, running: 0, paused: 0, completed: 0, failed: 0, cancelled: 0, lost: 0 };
  const byType = new Map<string, number>();
  for (const entry of state.active()) {
    byStatus[entry.status as Status]++;
    byType.set(entry.kind.type, (byType.get(entry.kind.type) ?? 0) + 1);
  }
  const durations: number[] = [];
  for (const { tally } of state.kinds.operations()) {
    for (const status of ["completed", "failed", "cancelled", "lost"] as const) byStatus[status] += tally.ended[status];
    durations.push(...tally.durations());
  }
  const all = Float64Array.from(durations);
  const [meanSeconds, p95Seconds] = [mean(all), quantile(all, 0.95)];
  return Object.freeze({
    active: state.activeCount,
    byStatus: Object.freeze(byStatus),
    byType: Object.freeze(Object.fromEntries(byType)),
    ...(meanSeconds !== undefined && { meanSeconds }),
    ...(p95Seconds !== undefined && { p95Seconds }),
    losses: state.diagnostics.losses(),
  });
}
