// A source over a list of snapshots, for what asks sources.

import type { OperationSource, Snapshot } from "../../src/model.js";
import { rowOfSnapshot, select } from "../../src/state/selection.js";

const BEGIN = Date.UTC(2026, 0, 1);

/** A completed operation that started so many milliseconds into 2026. */
export function snapshotOf(id: string, startedMillis = 0, more: Partial<Snapshot> = {}): Snapshot {
  const startedAt = new Date(BEGIN + startedMillis).toISOString();
  return {
    id,
    type: "import",
    name: "import",
    status: "running",
    startedAt,
    updatedAt: startedAt,
    elapsedSeconds: 1,
    attempt: 1,
    attributes: {},
    instance: { id: "i", host: "h", pid: 1 },
    levels: [],
    ...more,
  } as Snapshot;
}

/** Reads `snapshots` anew at every question, so that a test can change them. `asked` counts what was asked for. */
export function sourceOf(
  snapshots: readonly Snapshot[],
  more: Partial<OperationSource> = {},
): OperationSource & { readonly asked: { limit: number | undefined }[] } {
  const asked: { limit: number | undefined }[] = [];
  return {
    asked,
    capabilities: ["live"],
    get: (id) => snapshots.find((snapshot) => snapshot.id === id),
    list(options = {}) {
      asked.push({ limit: options.limit });
      return select(snapshots, rowOfSnapshot, options);
    },
    stats: () => {
      throw new Error("not asked for");
    },
    watch: () => {
      throw new Error("not asked for");
    },
    ...more,
  };
}
