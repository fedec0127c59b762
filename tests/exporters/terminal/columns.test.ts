import { describe, expect, test } from "vitest";
import {
  isMoving,
  STANDING,
  say,
  styleOf,
  type TextColumn,
  type View,
} from "../../../src/exporters/terminal/columns.js";
import { operation } from "../snapshots.js";

type Fields = Record<string, unknown>;

const unicode: View = { color: false, unicode: true, frame: 3 };
const ascii: View = { ...unicode, unicode: false };
const row = (fields: Fields = {}, agoSeconds = 0, followed: readonly boolean[] = []) => ({
  shown: operation(fields),
  agoSeconds,
  followed,
});
/** The text of a column, without its styles. */
const text = (column: TextColumn, fields: Fields = {}, view = unicode) =>
  say(column, row(fields), view)
    .map(([piece]) => piece)
    .join("");
const stalled = (waitingOn: object[] = []) => ({ stalled: { seconds: 95, waitingOn } });

describe("the spinner", () => {
  test("turns while something moves", () => {
    const at = (frame: number, view = unicode) => text("spinner", {}, { ...view, frame });
    expect([0, 1, 9, 10].map((frame) => at(frame))).toEqual(["⠋", "⠙", "⠏", "⠋"]);
    expect([0, 1, 2, 3, 4].map((frame) => at(frame, ascii))).toEqual(["-", "\\", "|", "/", "-"]);
  });

  test.each([
    [stalled(), "!", "!"],
    [{ status: "paused" }, "‖", "="],
    [{ status: "failed", error: {} }, "✖", "x"],
    [{ status: "pending" }, "·", "."],
  ])("and has a mark for %o", (fields, mark, plain) => {
    expect([text("spinner", fields), text("spinner", fields, ascii)]).toEqual([mark, plain]);
  });
});

describe("the name", () => {
  test("of an operation stands out from those of levels, which hang on guides", () => {
    expect(say("name", row({ name: "Import" }), unicode)).toEqual([["Import", "bold"]]);
    const level = { ...row({ name: "song", operationId: "1" }), followed: [true, false, true] };
    expect(say("name", level, unicode)).toEqual([
      ["│     ├─ ", "dim"],
      ["song", undefined],
    ]);
    expect(say("name", { ...level, followed: [false] }, ascii)[0]).toEqual(["`- ", "dim"]);
    expect(say("name", { ...level, followed: [true, true] }, ascii)[0]).toEqual(["|  |- ", "dim"]);
  });

  test("is without control characters, and the id where nothing else is left", () => {
    expect(text("name", { name: "a\u001b[31mb\nc" })).toBe("ab c");
    expect(text("name", { name: "\u001b[2J", id: "7" })).toBe("7");
  });
});

describe("the percentage", () => {
  test.each([
    [{}, "", ""],
    [{ percentage: 42.9 }, "42%", "42%"],
    [{ percentage: 40, coverage: 0.5 }, "≥40%", ">=40%"],
    [{ percentage: 40, estimated: true }, "~40%", "~40%"],
    [{ percentage: 40, estimated: true, coverage: 0.5 }, "~40%", "~40%"],
    [{ estimated: true }, "", ""],
  ])("of %o says how far it can be trusted", (fields, shown, plain) => {
    expect([text("percentage", fields), text("percentage", fields, ascii)]).toEqual([shown, plain]);
  });
});

describe("the count", () => {
  test.each([
    [{}, ""],
    [{ current: 3, total: 7, unit: "row" }, "3 of 7 rows"],
    [{ current: 3, total: 7, totalKind: "estimate", unit: "row" }, "3 of ~7 rows"],
    [{ current: 3, total: 1_700, totalKind: "atLeast", unit: "row" }, "3 of 1,700+ rows"],
    [{ current: 3, total: 7, totalKind: "unknown", unit: "row" }, "3 rows"],
    [{ current: 2_048, total: 3_000_000, unit: "By" }, "2 kB of 3 MB"],
  ])("of %o is %s", (fields, shown) => {
    expect(text("count", fields)).toBe(shown);
  });

  test("has bytes in the units that are wanted", () => {
    const binary = { ...unicode, bytes: "binary" as const };
    expect(text("count", { current: 2_048, total: 3_145_728, unit: "By" }, binary)).toBe("2 KiB of 3 MiB");
    expect(text("rate", { rate: 2_048, unit: "By" }, binary)).toBe("2 KiB/s");
  });
});

test("the rate is of what moves", () => {
  expect(text("rate", { rate: 20, unit: "row", ...stalled() })).toBe("");
  expect(text("rate", { rate: 20, unit: "row" })).toBe("20 rows/s");
  expect(text("rate", { rate: 20, unit: "row", status: "paused" })).toBe("");
});

test("the time goes on since the snapshot while it runs", () => {
  const elapsed = (fields: Fields) => say("elapsed", row({ elapsedSeconds: 12, ...fields }, 3), unicode)[0]![0];
  expect([elapsed({}), elapsed({ status: "paused" })]).toEqual(["15s", "12s"]);
});

describe("the remaining time", () => {
  const eta = { eta: { seconds: 90, low: 80, high: 100, basis: "rate" } };

  test("is counted down since the snapshot, until even the late end has passed", () => {
    const left = (ago: number) => say("eta", row(eta, ago), unicode).map(([piece]) => piece);
    expect([0, 30, 95, 101].map(left)).toEqual([["eta 1m 30s"], ["eta 1m"], ["eta 0s"], []]);
  });

  test("has its range where there is room, unless that says nothing", () => {
    expect(say("range", row(eta), unicode)).toEqual([["eta 1m 30s (1m 20s–1m 40s)"]]);
    expect(say("range", row(eta), ascii)).toEqual([["eta 1m 30s (1m 20s-1m 40s)"]]);
    expect(say("range", row({ eta: { seconds: 90, low: 90, high: 90.4 } }), unicode)).toEqual([["eta 1m 30s"]]);
    expect(say("range", row(stalled()), unicode)).toEqual([["stalled 1m 35s", "yellow"]]);
    expect(say("range", row(), unicode)).toEqual([]);
  });

  test.each([
    [stalled(), "stalled 1m 40s"],
    [{ status: "paused" }, "paused"],
    [{ status: "failed", error: {} }, "failed"],
    [{ status: "pending" }, "pending"],
    [{ cancelRequested: { at: "" } }, "cancelling"],
  ])("gives way to %o", (fields, shown) => {
    expect(say("eta", row({ ...eta, ...fields }, 5), unicode)[0]![0]).toBe(shown);
  });
});

test("the stage is said where it has no row of its own", () => {
  expect(text("stage", { stage: "load" })).toBe("load");
  expect(text("stage", { stage: "load", levels: [operation({ name: "load" })] })).toBe("");
  expect(text("stage")).toBe("");
});

describe("the message", () => {
  const waiting = { name: "POST api.example.com", elapsedSeconds: 90, attributes: {} };

  test.each([
    [{}, ""],
    [{ message: "half\nway" }, "half way"],
    [{ message: "x", ...stalled() }, "x"],
    [{ message: "x", ...stalled([waiting]) }, "waits on POST api.example.com"],
    [stalled([waiting, waiting, waiting]), "waits on POST api.example.com and 2 more"],
    [{ message: "x", status: "paused", reason: "lunch" }, "lunch"],
    [{ message: "x", status: "paused" }, "x"],
    [{ message: "x", cancelRequested: { at: "", reason: "changed my mind" } }, "changed my mind"],
    [{ status: "failed", error: { message: "disk full", code: "ENOSPC" } }, "ENOSPC: disk full"],
    [{ status: "failed", error: { message: "disk\u001b[2J full" } }, "disk full"],
    [{ message: "x", failedItems: 3, attempt: 2 }, "3 failed  attempt 2  x"],
  ])("of %o is %s", (fields, shown) => {
    expect(text("message", fields)).toBe(shown);
  });
});

test.each([
  [{}, "green", true],
  [{ estimated: true }, "cyan", true],
  [stalled(), "yellow", false],
  [{ status: "paused" }, "yellow", false],
  [{ cancelRequested: { at: "" } }, "yellow", true],
  [{ status: "failed", error: {} }, "red", false],
])("the state of %o is %s", (fields, style, moving) => {
  expect([styleOf(operation(fields)), isMoving(operation(fields))]).toEqual([style, moving]);
});

test("what stands is the same however long ago the snapshot was made", () => {
  const fields = { percentage: 42, current: 3, total: 7, rate: 20, stage: "load", message: "x", elapsedSeconds: 5 };
  for (const column of STANDING) {
    expect(say(column, row(fields, 0), unicode)).toEqual(say(column, row(fields, 60), { ...unicode, frame: 9 }));
  }
});
