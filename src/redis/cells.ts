// A snapshot as cells, and back. Written by the outbox of an exporter, read by the mirror of a source.

import { withLevels } from "../kept-levels.js";
import type { LevelSnapshot, Snapshot } from "../model.js";
import { isTerminal } from "../state/transitions.js";
import { GROUP_OF, GROUPS, type Group } from "./schema.js";

/** JSON by group. An empty text: this group is not there any more. */
export type Cells = ReadonlyMap<Group, string>;

/** With at most `levels` of its levels. */
export function cellsOf(snapshot: Snapshot, levels: number): Cells {
  const groups = new Map<Group, Record<string, unknown>>();
  for (const [name, value] of Object.entries(withLevels(snapshot, levels))) {
    if (value === undefined || (name === "levels" && (value as unknown[]).length === 0)) continue;
    const group = GROUP_OF[name] ?? GROUPS.about;
    const properties = groups.get(group);
    if (properties === undefined) groups.set(group, { [name]: value });
    else properties[name] = value;
  }
  return new Map([...groups].map(([group, properties]) => [group, JSON.stringify(properties)]));
}

/** What of `after` is different, and as empty texts what it has no more. */
export function changedCells(before: Cells | undefined, after: Cells): Cells {
  const changed = new Map<Group, string>();
  for (const [group, json] of after) if (before?.get(group) !== json) changed.set(group, json);
  for (const group of before?.keys() ?? []) if (!after.has(group) && before!.get(group) !== "") changed.set(group, "");
  return changed;
}

/** Undefined when it is not complete; throws for what is no JSON. */
export function snapshotOf(cells: Cells): Snapshot | undefined {
  const [about, now] = [read(cells, GROUPS.about), read(cells, GROUPS.now)];
  if (about === undefined || now === undefined) return undefined;
  const snapshot = { levels: [], ...about, ...now, ...read(cells, GROUPS.levels), ...read(cells, GROUPS.curve) };
  if (!isSnapshot(snapshot)) throw new Error("no snapshot");
  const seen = Number(cells.get(GROUPS.lost) || Number.NaN);
  return Object.freeze(Number.isNaN(seen) ? snapshot : lost(snapshot, seen));
}

function read(cells: Cells, group: Group): object | undefined {
  const json = cells.get(group);
  if (json === undefined || json === "") return undefined;
  const value: unknown = JSON.parse(json);
  if (typeof value !== "object" || value === null) throw new Error("no object");
  return value;
}

/** What everybody who reads on relies on; the rest is shown as it is. */
function isSnapshot(value: object): value is Snapshot {
  const { id, type, name, status, updatedAt, elapsedSeconds, levels, instance } = value as Record<string, unknown>;
  const texts = [id, type, name, status].every((part) => typeof part === "string");
  const isDate = typeof updatedAt === "string" && !Number.isNaN(Date.parse(updatedAt));
  const isWhole = typeof elapsedSeconds === "number" && Array.isArray(levels);
  return texts && isDate && isWhole && typeof instance === "object" && instance !== null;
}

/** What was open died with it, and was last seen then. */
function lost<T extends Snapshot | LevelSnapshot>(snapshot: T, seenMillis: number): T {
  if (isTerminal(snapshot.status)) return snapshot;
  const {
    stalled: _,
    cancelRequested: __,
    reason: ___,
    rate: ____,
    eta: _____,
    ...rest
  } = snapshot as Snapshot & {
    readonly [name: string]: unknown;
  };
  const levels = snapshot.levels.map((level) => lost(level, seenMillis));
  return { ...rest, levels, status: "lost", lastSeenAt: new Date(seenMillis).toISOString() } as unknown as T;
}
