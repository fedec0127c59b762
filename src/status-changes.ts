// An exporter that is told of starts, ends and what needs attention only: what granularity "basic" means for exporters.

import type { LevelSnapshot, OperationExporter, Snapshot } from "./model.js";

/** Whether nothing more will come of it. */
export function hasEnded(snapshot: Snapshot | LevelSnapshot): boolean {
  return "endedAt" in snapshot || snapshot.status === "lost";
}

/** `exporter` without the updates between two changes of status. Remembers one word per running operation. */
export function statusChangesOnly(exporter: OperationExporter): OperationExporter {
  const told = new Map<string, string>();
  const isNews = (snapshot: Snapshot): boolean => {
    const now = stateOf(snapshot);
    const before = told.get(snapshot.id);
    if (hasEnded(snapshot)) told.delete(snapshot.id);
    else told.set(snapshot.id, now);
    return before !== now;
  };
  return {
    ...(exporter.synchronous === true && { synchronous: true }),
    export(changed, removed) {
      for (const id of removed) told.delete(id);
      const news = changed.filter(isNews);
      return news.length + removed.length > 0 ? exporter.export(news, removed) : undefined;
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: async () => exporter.shutdown?.(),
  };
}

/** What is worth a word: another run under the id, the status, a stall, a request to cancel, another attempt. */
function stateOf(snapshot: Snapshot): string {
  const stalled = "stalled" in snapshot && snapshot.stalled !== undefined;
  const asked = "cancelRequested" in snapshot && snapshot.cancelRequested !== undefined;
  return `${snapshot.startedAt} ${snapshot.status} ${stalled} ${asked} ${snapshot.attempt}`;
}
