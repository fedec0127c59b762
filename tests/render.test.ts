import { expect, test } from "vitest";
import type { LevelSnapshot, Snapshot } from "../src/model.js";
import { type BarOptions, renderBars, renderEnd, renderLine } from "../src/render.js";

const plain: BarOptions = { color: false, unicode: false, barWidth: 10, nameWidth: 12, frame: 0, levels: 2 };
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

function level(name: string, fields: object = {}): LevelSnapshot {
  return { ...operation({ name, type: "song" }), operationId: "1", ...fields } as unknown as LevelSnapshot;
}

test("a bar shows name, bar, percentage, count, rate, time, remaining time, stage and message", () => {
  const snapshot = operation({
    percentage: 42.9,
    current: 3,
    total: 7,
    unit: "row",
    rate: 20,
    eta: { seconds: 90, low: 80, high: 100, basis: "rate" },
    stage: "load",
    message: "half\nway",
  });
  expect(renderBars(snapshot, plain)).toEqual([
    "- Import      ####------   42%  3 of 7 rows  20 rows/s  12s  eta 1m 30s  load  half way",
  ]);
});

test("an unknown percentage has a moving mark instead of a bar", () => {
  expect([0, 1, 12].map((frame) => renderBars(operation(), { ...plain, frame })[0])).toEqual([
    "- Import      #---------  12s",
    "\\ Import      -#--------  12s",
    "- Import      --#-------  12s",
  ]);
});

test("a percentage that is only a floor says so", () => {
  expect(renderBars(operation({ percentage: 40, coverage: 0.5 }), plain)).toEqual([
    "- Import      ####------  >40%  12s",
  ]);
  expect(renderBars(operation({ percentage: 40, coverage: 0.5 }), { ...plain, unicode: true })[0]).toContain("≥40%");
});

test("a percentage that is a guess says so, a floor with a guess in it too", () => {
  const guess = operation({ percentage: 40, estimated: true });
  expect([renderBars(guess, plain), renderLine(guess)]).toEqual([
    ["- Import      ####------  ~40%  12s"],
    "Import: ~40%",
  ]);
  expect(renderLine(operation({ percentage: 40, estimated: true, coverage: 0.5 }))).toBe("Import: ~40%");
  expect(renderEnd(operation({ percentage: 40, estimated: true, status: "cancelled" }), plain)).toContain("~40%");
});

test("running levels stand indented under their parent, in the same columns; further ones are counted, ended ones left out", () => {
  const snapshot = operation({
    percentage: 50,
    levels: [
      level("done", { status: "completed" }),
      level("a", { percentage: 10, levels: [level("a1", { percentage: 0 })] }),
      level("b", { status: "paused" }),
      level("c"),
      level("d"),
    ],
  });
  expect(renderBars(snapshot, plain)).toEqual([
    "- Import      #####-----   50%  12s",
    "  - a         #---------   10%  12s",
    "    - a1      ----------    0%  12s",
    "  = b         #---------  12s  paused",
    "  and 2 more",
  ]);
});

test("a long name is cut where the columns begin", () => {
  expect(renderBars(operation({ name: "A very long name indeed" }), plain)[0]).toBe("- A very lo…  #---------  12s");
});

test("a stalled operation says since when", () => {
  const snapshot = operation({ percentage: 50, stalled: { seconds: 95, waitingOn: [] } });
  expect(renderBars(snapshot, plain)).toEqual(["- Import      #####-----   50%  12s  stalled 1m 35s"]);
});

test("colours and characters beyond ASCII are used when they are there", () => {
  expect(renderBars(operation({ percentage: 50 }), { ...plain, color: true, unicode: true })).toEqual([
    "\u001b[36m⠋\u001b[0m Import      \u001b[32m━━━━━\u001b[0m\u001b[2m─────\u001b[0m   50%  \u001b[2m12s\u001b[0m",
  ]);
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
  expect(renderLine(operation({ name: "a\u001b[2Jb" }))).toBe("a [2Jb: running");
});
