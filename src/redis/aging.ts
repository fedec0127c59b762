// A snapshot some time after it was written, when nothing has been written since: what runs has run on, and what did not move has
// stood still. Nothing else of it is known: rates and remaining time stay as they were.

import type { LevelSnapshot, Snapshot, Stalled } from "../model.js";

/** For how long an operation had not moved when it was written, and how long it may not until it is stalled. Seconds. */
export type Idle = readonly [idle: number, limit: number];

/** As it is `seconds` later; the same when no time passes for it. With `idle` it is stalled when its time is up. */
export function aged(snapshot: Snapshot, seconds: number, idle?: Idle): Snapshot {
  if (!(seconds > 0) || snapshot.status !== "running") return snapshot;
  const later = older(snapshot, seconds);
  if (idle === undefined || later.stalled !== undefined || idle[0] + seconds < idle[1]) return Object.freeze(later);
  // As its owner would say, if it could: it does not know how fast it goes any more, nor for how long.
  const { rate: _, eta: __, ...rest } = later;
  return Object.freeze({ ...rest, stalled: { seconds: idle[0] + seconds, waitingOn: [] } });
}

type Running<T> = T & { readonly status: "running"; readonly stalled?: Stalled };

function older<T extends Snapshot | LevelSnapshot>(running: T, seconds: number): Running<T> {
  const { elapsedSeconds, stalled, levels } = running as Running<T>;
  const changed: Record<string, unknown> = { elapsedSeconds: elapsedSeconds + seconds };
  if (stalled !== undefined) changed["stalled"] = stuck(stalled, seconds);
  if (levels.some(isRunning)) {
    changed["levels"] = levels.map((level) => (isRunning(level) ? Object.freeze(older(level, seconds)) : level));
  }
  return { ...running, ...changed } as Running<T>;
}

function stuck({ seconds, waitingOn }: Stalled, more: number): Stalled {
  const still = waitingOn.map((on) => ({ ...on, elapsedSeconds: on.elapsedSeconds + more }));
  return { seconds: seconds + more, waitingOn: still };
}

const isRunning = ({ status }: LevelSnapshot): boolean => status === "running";

/** From a cell: undefined for anything else. */
export function readIdle(value: unknown): Idle | undefined {
  const isIdle = Array.isArray(value) && value.length === 2 && value.every((part) => typeof part === "number");
  return isIdle ? (value as unknown as Idle) : undefined;
}
