// Snapshots and what the page makes of them, for its tests: everything that does not matter is filled in.

import type { LevelSnapshot, Snapshot } from "../../../../src/model.js";
import type { Held } from "../../../../src/query/web/client/store.js";

const NOON: string = "2026-01-01T12:00:00.000Z";
export const NOON_MILLIS: number = Date.parse(NOON);
/** So many seconds after noon. */
export const noonPlus = (seconds: number): string => new Date(NOON_MILLIS + seconds * 1000).toISOString();

type Given = { readonly [K in keyof Snapshot]?: unknown } & Readonly<Record<string, unknown>>;

const ENDED: readonly unknown[] = ["completed", "failed", "cancelled", "skipped"];

/** Running since noon, seen after ten seconds; what has ended did so then. */
export function operation(id: string, given: Given = {}): Snapshot {
  const rest = {
    status: "running",
    attempt: 1,
    attributes: {},
    levels: [],
    startedAt: NOON,
    updatedAt: noonPlus(10),
    elapsedSeconds: 10,
    instance: { id: "i", host: "box", pid: 7 },
    ...(ENDED.includes(given["status"]) && { endedAt: noonPlus(10) }),
  };
  return { id, type: "import", name: id, ...rest, ...given } as unknown as Snapshot;
}

export function level(id: string, given: Given = {}): LevelSnapshot {
  const { instance: _, ...rest } = operation(id, { type: "part", operationId: "a", ...given });
  return rest as unknown as LevelSnapshot;
}

/** Came after ten seconds, when the page's clock was at 1,000. */
export const held = (snapshot: Snapshot, given: Partial<Held> = {}): [string, Held] => [
  snapshot.id,
  { snapshot, arrived: NOON_MILLIS + 10_000, at: 1_000, ...given },
];
