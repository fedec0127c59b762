import { expect, test } from "vitest";
import { endedLine } from "../../../src/exporters/terminal/ended-line.js";
import { ended } from "../snapshots.js";

type Fields = Record<string, unknown>;

const plain = { color: false, unicode: true };
const line = (fields: Fields, theme = plain, window = 200) =>
  endedLine(ended(12, { name: "Import", ...fields }), theme, window);
const error = { type: "Error", message: "disk\nfull", code: "ENOSPC" };

test.each([
  [{ current: 7, total: 7, unit: "row", meanRate: 0.5, rate: 20 }, "✔ Import  7 rows  in 12s  30 rows/min"],
  [{ current: 7, unit: "row", rate: 20 }, "✔ Import  7 rows  in 12s  20 rows/s"],
  [
    { current: 5, total: 7, failedItems: 1, skippedItems: 2, attempt: 3 },
    "✔ Import  5 of 7  in 12s  1 failed  2 skipped  attempt 3",
  ],
  [{ summary: "42 albums" }, "✔ Import  in 12s  42 albums"],
  [{ summary: { albums: 42 } }, "✔ Import  in 12s"],
  [
    { status: "failed", percentage: 42.9, current: 3, total: 7, rate: 20, error },
    "✖ Import  42%, 3 of 7  failed after 12s  ENOSPC: disk full",
  ],
  [
    { status: "failed", percentage: 42, estimated: true, error: { message: "no" } },
    "✖ Import  ~42%  failed after 12s  no",
  ],
  [{ status: "lost", percentage: 42, coverage: 0.5 }, "✖ Import  ≥42%  lost after 12s"],
  [{ status: "cancelled", reason: "user asked" }, "■ Import  cancelled after 12s  user asked"],
  [{ status: "lost", lastSeenAt: "" }, "✖ Import  lost after 12s"],
])("of %o it is %s", (fields, expected) => {
  expect(line(fields)).toBe(expected);
});

test("without characters for it, marks are words and letters", () => {
  const ascii = { color: false, unicode: false };
  const marks = ["completed", "failed", "cancelled", "lost"].map(
    (status) => line({ status, error }, ascii).split(" ")[0],
  );
  expect(marks).toEqual(["ok", "x", "-", "x"]);
});

test("what went well is calm, what went wrong is not", () => {
  const colored = { color: true, unicode: true };
  expect(line({}, colored)).toBe("\u001b[32m✔\u001b[0m Import  \u001b[2min 12s\u001b[0m");
  expect(line({ status: "failed", error }, colored)).toBe(
    "\u001b[1;31m✖\u001b[0m \u001b[1;31mImport\u001b[0m  \u001b[31mfailed after 12s\u001b[0m  \u001b[31mENOSPC: disk full\u001b[0m",
  );
});

test("it takes one line of the window; of what went wrong more is told, up to four", () => {
  expect(line({ summary: "x".repeat(100) }, plain, 30)).toBe(`✔ Import  in 12s  ${"x".repeat(11)}…`);
  const told = line({ status: "failed", error: { message: "x".repeat(500) } }, plain, 30);
  expect(told.length).toBe(120);
  expect(told.endsWith("x…")).toBe(true);
});

test("names cannot move the cursor, and an empty one is replaced by the id", () => {
  expect(line({ name: "a\u001b[2J\rb" })).toBe("✔ a b  in 12s");
  expect(line({ name: "", id: "7" })).toBe("✔ 7  in 12s");
});
