// A snapshot as cells, and back. Written by the outbox of an exporter, read by the mirror of a source.

import { withLevels } from "../kept-levels.js";
import type { LevelSnapshot, Snapshot } from "../model.js";
import { isTerminal } from "../state/transitions.js";
import { aged, type Idle, readIdle } from "./aging.js";
import { GROUP_OF, GROUPS, type Group } from "./schema.js";

/** JSON by group. An empty text: this group is not there any more. */
export type Cells = ReadonlyMap<Group, string>;

/** With at most `levels` of its levels. */
export function cellsOf(snapshot: Snapshot, levels: number, idle?: Idle): Cells {
  const groups = new Map<Group, Record<string, unknown>>();
  for (const [name, value] of Object.entries({ ...withLevels(snapshot, levels), idle })) {
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

/** One cell as it was read. What it says is parsed once, however often those beside it change, and its text let go then. */
export class Cell {
  /** By the clock of Redis; 0 where that is not said. */
  readonly writtenMillis: number;
  /** Without the time. */
  #json: string | undefined;
  #value: object | undefined;

  constructor(text: string) {
    const begin = Math.max(0, text.indexOf("{"));
    this.writtenMillis = Number(text.slice(0, begin));
    this.#json = text.slice(begin);
  }

  get json(): string {
    return this.#json ?? JSON.stringify(this.#value);
  }

  /** Undefined for what is not there any more. Throws for what is no JSON object. */
  get value(): object | undefined {
    if (this.#value !== undefined || this.#json === "") return this.#value;
    const value: unknown = JSON.parse(this.json);
    if (typeof value !== "object" || value === null) throw new Error("no object");
    this.#json = undefined;
    this.#value = value;
    return value;
  }

  isSameAs(other: Cell): boolean {
    return this.writtenMillis === other.writtenMillis && this.json === other.json;
  }
}

/** An operation as its cells say, at the time when they were written. */
export interface Written {
  readonly snapshot: Snapshot;
  /** Unix milliseconds of Redis. */
  readonly atMillis: number;
  readonly idle: Idle | undefined;
}

/** Undefined when it is not complete; throws for what makes no sense. */
export function writtenOf(cells: ReadonlyMap<Group, Cell>): Written | undefined {
  const of = (group: Group) => cells.get(group)?.value;
  const [about, now] = [of(GROUPS.about), of(GROUPS.now)];
  if (about === undefined || now === undefined) return undefined;
  const { idle: given, ...rest } = now as { readonly idle?: unknown };
  const snapshot: object = { levels: [], ...about, ...rest, ...of(GROUPS.levels), ...of(GROUPS.curve) };
  const atMillis = cells.get(GROUPS.now)!.writtenMillis;
  if (!isSnapshot(snapshot) || !(atMillis > 0)) throw new Error("no snapshot");
  const [idle, seen] = [readIdle(given), Number(cells.get(GROUPS.lost)?.json || Number.NaN)];
  if (Number.isNaN(seen)) return { snapshot: Object.freeze(snapshot), atMillis, idle };
  return { snapshot: Object.freeze(lost(aged(snapshot, (seen - atMillis) / 1000), seen)), atMillis, idle };
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
