// Filters, order and statistics over operations: what `list` and `stats` mean, in one place for every source.

import type { Filter, ListOptions, Snapshot, Stats, Status } from "../model.js";
import type { Entry } from "./entry.js";
import { mean, quantile } from "./kind.js";
import type { LiveState } from "./live-state.js";

const DEFAULT_LIMIT = 100;
/** So many are chosen before the choice is cut. */
const MANY = 256;

/** What filters and orders look at: cheap to make, so that only what is chosen is made into a snapshot. */
export interface Row {
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

/** Of an entry every field is read when it is asked for: most of a hundred thousand are passed over at the first. */
class EntryRow implements Row {
  readonly #entry: Entry;
  readonly #now: number;

  constructor(entry: Entry, now: number) {
    this.#entry = entry;
    this.#now = now;
  }

  get id(): string {
    return this.#entry.id;
  }
  get type(): string {
    return this.#entry.kind.type;
  }
  get name(): string {
    return this.#entry.name ?? this.#entry.kind.type;
  }
  get message(): string | undefined {
    return this.#entry.extra?.message;
  }
  get status(): Status {
    return this.#entry.status as Status;
  }
  get parentId(): string | undefined {
    return this.#entry.parentId;
  }
  get startedMillis(): number {
    return this.#entry.offset + this.#entry.started;
  }
  get updatedMillis(): number {
    return this.#entry.offset + this.#entry.changed;
  }
  get elapsedSeconds(): number {
    return this.#entry.workMillis(this.#now) / 1000;
  }
}

export function rowOfEntry(entry: Entry, now: number): Row {
  return new EntryRow(entry, now);
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
  const { id, status, type, text, since, until, parentId } = filter;
  if (id !== undefined && row.id !== id) return false;
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

/** What the greatest of comes first. */
const KEYS: Readonly<Record<NonNullable<ListOptions["sort"]>, (row: Row) => number>> = {
  started: ({ startedMillis }) => startedMillis,
  updated: ({ updatedMillis }) => updatedMillis,
  duration: ({ elapsedSeconds }) => elapsedSeconds,
};

/** Filtered, ordered and cut as the options say; of equals the ones that came first. Sorts little more than it gives back. */
export function select<T>(items: Iterable<T>, rowOf: (item: T) => Row, options: ListOptions): T[] {
  const keyOf = KEYS[options.sort ?? "started"] ?? KEYS.started;
  const limit = Math.max(0, Math.floor(options.limit ?? DEFAULT_LIMIT));
  const most = Math.max(2 * limit, MANY);
  let chosen: { item: T; key: number }[] = [];
  /** The last of a full choice: who is not greater has no chance. */
  let least = Number.NEGATIVE_INFINITY;
  const best = () => chosen.sort((a, b) => b.key - a.key).slice(0, limit);
  for (const item of items) {
    const row = rowOf(item);
    if (!matches(row, options)) continue;
    const key = keyOf(row);
    if (key <= least) continue;
    chosen.push({ item, key });
    if (chosen.length < most) continue;
    chosen = best();
    least = chosen.at(-1)?.key ?? Number.POSITIVE_INFINITY;
  }
  return best().map(({ item }) => item);
}

/** Counts over all types since the start; durations of recent completed runs. */
export function statistics(state: LiveState): Stats {
  const byStatus = { pending: 0, running: 0, paused: 0, completed: 0, failed: 0, cancelled: 0, lost: 0 };
  const byType = new Map<string, number>();
  for (const entry of state.active()) if (!entry.elsewhere) byStatus[entry.status as Status]++;
  const durations: number[] = [];
  for (const { type, tally } of state.kinds.operations()) {
    if (tally.active > 0) byType.set(type, tally.active);
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
    forgotten: Object.freeze({ ...state.retention.forgotten }),
    losses: state.diagnostics.losses(),
  });
}
