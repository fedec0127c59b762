// Snapshots for tests of exporters: times in seconds since a moment that is the same in all of them.

import type { Snapshot } from "../../src/model.js";

const EPOCH_MILLIS = Date.UTC(2026, 0, 1);

export const at = (seconds: number): string => new Date(EPOCH_MILLIS + seconds * 1_000).toISOString();

/** An operation that runs; whatever else it is to be, `fields` say. */
export function operation(fields: Record<string, unknown> = {}): Snapshot {
  return {
    id: "1",
    type: "import",
    name: "import",
    status: "running",
    startedAt: at(0),
    updatedAt: at(0),
    elapsedSeconds: 0,
    attempt: 1,
    attributes: {},
    instance: { id: "test" },
    levels: [],
    ...fields,
  } as Snapshot;
}

/** The same after so many seconds. */
export function later(seconds: number, fields: Record<string, unknown> = {}): Snapshot {
  return operation({ updatedAt: at(seconds), elapsedSeconds: seconds, ...fields });
}

export function ended(seconds: number, fields: Record<string, unknown> = {}): Snapshot {
  return later(seconds, { status: "completed", endedAt: at(seconds), ...fields });
}
