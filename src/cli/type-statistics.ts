// How work of each type ended and how long it took, from what a history holds; shown and given as JSON by `history`.

import { formatDuration } from "../format.js";
import type { Snapshot, Status } from "../model.js";
import { quantile } from "../state/kind.js";
import { oneLine } from "./output.js";
import type { Column } from "./table.js";

/** Of one type. Durations are those of completed operations; absent where there are none. */
export interface TypeStatistics {
  readonly type: string;
  readonly ended: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly lost: number;
  readonly p50Seconds?: number;
  readonly p95Seconds?: number;
  readonly longestSeconds?: number;
}

/** Those with the most first. */
export function statisticsOf(ended: readonly Snapshot[]): TypeStatistics[] {
  const byType = new Map<string, Snapshot[]>();
  for (const snapshot of ended) {
    const known = byType.get(snapshot.type);
    if (known === undefined) byType.set(snapshot.type, [snapshot]);
    else known.push(snapshot);
  }
  return [...byType].map(([type, all]) => ofType(type, all)).sort((a, b) => b.ended - a.ended);
}

function ofType(type: string, all: readonly Snapshot[]): TypeStatistics {
  const count = (status: Status) => all.filter((one) => one.status === status).length;
  const counts = {
    type,
    ended: all.length,
    completed: count("completed"),
    failed: count("failed"),
    cancelled: count("cancelled"),
    lost: count("lost"),
  };
  const completed = all.filter(({ status }) => status === "completed");
  if (completed.length === 0) return counts;
  const seconds = Float64Array.from(completed, ({ elapsedSeconds }) => elapsedSeconds);
  const at = (q: number) => quantile(seconds, q)!;
  return { ...counts, p50Seconds: at(0.5), p95Seconds: at(0.95), longestSeconds: at(1) };
}

const DIM = 2;
const RED = 31;

const count = (title: string, of: (row: TypeStatistics) => number, color?: number): Column<TypeStatistics> => ({
  title,
  right: true,
  text: (row) => String(of(row)),
  color: (row) => (of(row) === 0 ? DIM : color),
});

const duration = (title: string, of: (row: TypeStatistics) => number | undefined): Column<TypeStatistics> => ({
  title,
  right: true,
  text: (row) => formatDuration(of(row) ?? Number.NaN),
});

export const TYPE_COLUMNS: readonly Column<TypeStatistics>[] = [
  { title: "TYPE", text: ({ type }) => oneLine(type), least: 12 },
  count("COMPLETED", ({ completed }) => completed),
  count("FAILED", ({ failed }) => failed, RED),
  { ...count("CANCELLED", ({ cancelled }) => cancelled), rank: 1 },
  count("LOST", ({ lost }) => lost, RED),
  duration("P50", ({ p50Seconds }) => p50Seconds),
  duration("P95", ({ p95Seconds }) => p95Seconds),
  { ...duration("LONGEST", ({ longestSeconds }) => longestSeconds), rank: 2 },
];
