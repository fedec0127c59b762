import { expect, test } from "vitest";
import type { Snapshot } from "../../../src/model.js";
import { describe } from "../../../src/query/mcp/description.js";

const time = "2026-01-01T00:00:00.000Z";

function operation(fields: object = {}): Snapshot {
  return {
    id: "1",
    type: "import",
    name: "Import",
    status: "running",
    updatedAt: time,
    elapsedSeconds: 12,
    attempt: 1,
    attributes: {},
    levels: [],
    instance: { id: "i", host: "h", pid: 1 },
    ...fields,
  } as Snapshot;
}

test("a percentage that is a guess says so, a floor with a guess in it too", () => {
  expect(describe(operation({ percentage: 40, estimated: true }))).toBe("Import: ~40%");
  expect(describe(operation({ percentage: 40, estimated: true, coverage: 0.5 }))).toBe("Import: ~40%");
  expect(describe(operation({ percentage: 40, coverage: 0.5 }))).toBe("Import: >40%");
});

test.each([
  [
    { status: "completed", current: 7, total: 7, unit: "row", rate: 20 },
    "Import: completed, 7 rows, 20 rows/s, in 12s",
  ],
  [
    { status: "completed", current: 5, total: 7, failedItems: 1, skippedItems: 2 },
    "Import: completed, 5 of 7, 1 failed, 2 skipped, in 12s",
  ],
  [
    { status: "failed", percentage: 42, current: 3, total: 7, error: { type: "Error", message: "disk\nfull" } },
    "Import: failed, 42%, 3 of 7, in 12s, disk full",
  ],
  [{ status: "cancelled", reason: "user asked" }, "Import: cancelled, in 12s, user asked"],
])("an operation that ended as %o says how", (fields, line) => {
  expect(describe(operation({ ...fields, endedAt: time }))).toBe(line);
});

test("of a lost one it says how long it was heard of", () => {
  expect(describe(operation({ status: "lost", lastSeenAt: time }))).toBe("Import: lost, in 12s");
});

test("a plain line says everything that is known, separated by commas", () => {
  const known = { percentage: 42.9, current: 3, total: 7, unit: "row", rate: 20, stage: "load", message: "half way" };
  const eta = { seconds: 9, low: 8, high: 10, basis: "rate" };
  expect(describe(operation({ ...known, eta }))).toBe("Import: 42%, 3 of 7 rows, 20 rows/s, eta 9s, load, half way");
  expect(describe(operation())).toBe("Import: running");
  expect(describe(operation({ status: "paused" }))).toBe("Import: paused");
  expect(describe(operation({ stalled: { seconds: 95, waitingOn: [] } }))).toBe("Import: stalled 1m 35s");
});

test("names, stages and messages cannot move the cursor", () => {
  expect(describe(operation({ stage: "a\u001b[2Jb", message: "c\nd" }))).toBe("Import: ab, c d");
  expect(describe(operation({ name: "a\u001b[2Jb" }))).toBe("ab: running");
});
