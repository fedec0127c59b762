import { expect, test } from "vitest";
import type { Snapshot } from "../src/model.js";
import { renderEnd, renderLine } from "../src/render.js";

const plain = { color: false, unicode: false };
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
  const guess = operation({ percentage: 40, estimated: true });
  expect(renderLine(guess)).toBe("Import: ~40%");
  expect(renderLine(operation({ percentage: 40, estimated: true, coverage: 0.5 }))).toBe("Import: ~40%");
  expect(renderEnd(operation({ percentage: 40, estimated: true, status: "cancelled" }), plain)).toContain("~40%");
  expect(renderLine(operation({ percentage: 40, coverage: 0.5 }))).toBe("Import: >40%");
  expect(
    renderEnd(operation({ percentage: 40, coverage: 0.5, status: "lost" }), { color: false, unicode: true }),
  ).toContain("≥40%");
});

test.each([
  [{ status: "completed", current: 7, total: 7, unit: "row", rate: 20 }, "ok Import  7 rows  in 12s  20 rows/s"],
  [
    { status: "completed", current: 5, total: 7, failedItems: 1, skippedItems: 2 },
    "ok Import  5 of 7  in 12s  1 failed  2 skipped",
  ],
  [
    { status: "failed", percentage: 42, current: 3, total: 7, error: { type: "Error", message: "disk\nfull" } },
    "failed Import  42%  3 of 7  in 12s  disk full",
  ],
  [{ status: "cancelled", reason: "user asked" }, "cancelled Import  in 12s  user asked"],
  [{ status: "lost", lastSeenAt: time }, "lost Import  in 12s"],
])("an operation that ended as %o leaves one calm line", (fields, line) => {
  expect(renderEnd(operation(fields), { color: false, unicode: false })).toBe(line);
});

test("an end has its own mark where there are characters for it", () => {
  expect(renderEnd(operation({ status: "completed" }), { color: true, unicode: true })).toBe(
    "\u001b[32m✔\u001b[0m Import  in 12s",
  );
});

test("a plain line says everything that is known, separated by commas", () => {
  const known = { percentage: 42.9, current: 3, total: 7, unit: "row", rate: 20, stage: "load", message: "half way" };
  const eta = { seconds: 9, low: 8, high: 10, basis: "rate" };
  expect(renderLine(operation({ ...known, eta }))).toBe("Import: 42%, 3 of 7 rows, 20 rows/s, eta 9s, load, half way");
  expect(renderLine(operation())).toBe("Import: running");
  expect(renderLine(operation({ status: "paused" }))).toBe("Import: paused");
  expect(renderLine(operation({ stalled: { seconds: 95, waitingOn: [] } }))).toBe("Import: stalled 1m 35s");
});

test("names cannot move the cursor", () => {
  expect(renderLine(operation({ name: "a\u001b[2Jb" }))).toBe("ab: running");
});
