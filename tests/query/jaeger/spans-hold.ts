// What is expected of a history, from what the live source said: without what spans have no place for, times to a millisecond.

import { expect } from "vitest";
import type { LevelSnapshot, Snapshot } from "../../../src/model.js";

/** Fields of operations and levels that are on no span; docs/backends.md names them. */
const NOWHERE = [
  "progressedAt",
  "totalKind",
  "description",
  "weight",
  "summary",
  "overrun",
  "estimated",
  "droppedLevels",
];

/** For `toEqual`. */
export function asSpansHold(said: Snapshot | LevelSnapshot, instanceId: string): object {
  const kept = Object.entries(said).filter(([name]) => !NOWHERE.includes(name));
  return Object.fromEntries(kept.map(([name, value]) => [name, held(name, value, instanceId)]));
}

function held(name: string, value: unknown, instanceId: string): unknown {
  if (/[a-z]At$/.test(name)) return new Near(value as string);
  if (name === "elapsedSeconds") return expect.closeTo(value as number, 3);
  if (name === "levels") return (value as readonly LevelSnapshot[]).map((level) => asSpansHold(level, instanceId));
  if (name === "curve") return (value as Snapshot["curve"])!.map(([at, ratio]) => [expect.closeTo(at, 3), ratio]);
  if (name === "instance") return { ...(value as object), id: instanceId };
  if (name === "process") return { ...(value as object), memoryGrowthBytes: undefined };
  if (name === "error") return { ...(value as object), details: undefined, causes: undefined };
  return value;
}

/** Jaeger rounds down both the start and the duration, to microseconds, which may carry over to the millisecond. */
class Near {
  readonly #time: string;

  constructor(time: string) {
    this.#time = time;
  }

  asymmetricMatch(other: unknown): boolean {
    return typeof other === "string" && Math.abs(Date.parse(other) - Date.parse(this.#time)) <= 1;
  }

  toString(): string {
    return this.#time;
  }
}
