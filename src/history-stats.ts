// Statistics of a history: what was found counts, nothing else is known.

import type { Snapshot, Stats, Status } from "./model.js";
import { mean, quantile } from "./state/kind.js";

/** Losses that never occurred are left out. */
export function historyStats(found: readonly Snapshot[], losses: Readonly<Record<string, number>>): Stats {
  const byStatus: Record<Status, number> = {
    pending: 0,
    running: 0,
    paused: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
    lost: 0,
  };
  const byType = new Map<string, number>();
  const durations: number[] = [];
  for (const { status, type, elapsedSeconds } of found) {
    byStatus[status]++;
    if (status === "running" || status === "paused") byType.set(type, (byType.get(type) ?? 0) + 1);
    if (status === "completed") durations.push(elapsedSeconds);
  }
  const seconds = Float64Array.from(durations);
  const [meanSeconds, p95Seconds] = [mean(seconds), quantile(seconds, 0.95)];
  return Object.freeze({
    active: byStatus.running + byStatus.paused,
    byStatus: Object.freeze(byStatus),
    byType: Object.freeze(Object.fromEntries(byType)),
    ...(meanSeconds !== undefined && { meanSeconds }),
    ...(p95Seconds !== undefined && { p95Seconds }),
    forgotten: Object.freeze({ operations: 0, levels: 0 }),
    losses: Object.freeze(Object.fromEntries(Object.entries(losses).filter(([, count]) => count > 0))),
  });
}
