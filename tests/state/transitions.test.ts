import { describe, expect, it } from "vitest";
import type { LevelStatus } from "../../src/model.js";
import { isTerminal, mayBecome } from "../../src/state/transitions.js";

/** Row: from; column: to, in the same order. Written out a second time on purpose. */
const STATUSES: readonly LevelStatus[] = [
  "pending",
  "running",
  "paused",
  "completed",
  "failed",
  "cancelled",
  "skipped",
  "lost",
];
const TABLE: Readonly<Record<LevelStatus, string>> = {
  //          pe ru pa co fa ca sk lo
  pending: "   -  x  -  -  -  x  x  -",
  running: "   -  -  x  x  x  x  x  x",
  paused: "    -  x  -  x  x  x  x  x",
  completed: " -  -  -  -  -  -  -  -",
  failed: "    -  -  -  -  -  -  -  -",
  cancelled: " -  -  -  -  -  -  -  -",
  skipped: "   -  -  -  -  -  -  -  -",
  lost: "      -  -  -  -  -  -  -  -",
};
const pairs = STATUSES.flatMap((from) => {
  const marks = TABLE[from].trim().split(/ +/);
  return STATUSES.map((to, column) => [from, to, marks[column] === "x"] as const);
});

describe("mayBecome", () => {
  it("the table names every pair of statuses", () => {
    expect([pairs.length, Object.keys(TABLE)]).toEqual([64, STATUSES]);
  });

  it.each(pairs)("%s → %s is allowed: %s", (from, to, allowed) => {
    expect(mayBecome(from, to)).toBe(allowed);
  });
});

describe("isTerminal", () => {
  it.each(STATUSES)("%s is terminal exactly when nothing may follow it", (status) => {
    expect(isTerminal(status)).toBe(!TABLE[status].includes("x"));
  });
});
