import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COLUMNS, type TerminalColumn, type View } from "../../../src/exporters/terminal/columns.js";
import { renderFrame } from "../../../src/exporters/terminal/frame.js";
import { Layout } from "../../../src/exporters/terminal/layout.js";
import { SayingMemory } from "../../../src/exporters/terminal/sayings.js";
import type { ScreenRow } from "../../../src/exporters/terminal/screen.js";
import { widthOf } from "../../../src/exporters/terminal/text-width.js";
import { operation } from "../snapshots.js";

type Fields = Record<string, unknown>;
interface Given {
  readonly columns?: readonly TerminalColumn[];
  readonly levels?: number;
  readonly barWidth?: number;
  readonly nameWidth?: number;
}

const view: View = { color: false, unicode: true, frame: 0 };
const running = (...all: Fields[]) =>
  all.map((fields, index) => ({ snapshot: operation({ id: String(index), ...fields }), agoSeconds: 0 }));

function rowsOf(all: Fields[], columns: number, rows: number, given: Given = {}): ScreenRow[] {
  const { columns: order = COLUMNS, levels = 5, barWidth, nameWidth } = given;
  const options = {
    layout: new Layout(order),
    memory: new SayingMemory(),
    columns: order,
    levels,
    barWidth,
    nameWidth,
  };
  return renderFrame(running(...all), options, view, { columns, rows });
}

/** As it is on the screen, where nothing is wider or narrower than it was counted. */
function textOf(row: ScreenRow): string {
  return row.reduce((text, cell) => text.padEnd(cell.at) + stripVTControlCharacters(cell.text), "");
}
const lines = (all: Fields[], columns = 140, rows = 20, given: Given = {}) =>
  rowsOf(all, columns, rows, given).map(textOf);

const known = {
  name: "Import",
  percentage: 42.9,
  current: 3,
  total: 7,
  unit: "row",
  rate: 20,
  elapsedSeconds: 12,
  eta: { seconds: 90, low: 80, high: 100, basis: "rate" },
};

test("a row shows name, bar, percentage, count, rate, time, remaining time with its range, stage and message", () => {
  expect(lines([{ ...known, stage: "load", message: "half way" }], 130)).toEqual([
    "⠋ Import  ━━━━━━━━╸───────────   42%  3 of 7 rows  20 rows/s  12s  eta 1m 30s (1m 20s–1m 40s)  load  half way",
  ]);
});

test("columns stand below each other, numbers to the right; what is not known leaves its place empty", () => {
  const all = [
    { ...known, name: "a" },
    { name: "a longer name", percentage: 100, current: 1_000, total: 1_000, elapsedSeconds: 100 },
    { name: "b", current: 5, elapsedSeconds: 1, message: "at the end" },
  ];
  expect(lines(all, 110, 20, { barWidth: 10 })).toEqual([
    "⠋ a              ━━━━──────   42%     3 of 7 rows  20 rows/s     12s  eta 1m 30s (1m 20s–1m 40s)",
    "⠋ a longer name  ━━━━━━━━━━  100%  1,000 of 1,000             1m 40s",
    "⠋ b              ━━━╌╌╌╌╌╌╌                     5                 1s                              at the end",
  ]);
});

test("levels hang below their operation, in the same columns", () => {
  const levels = [
    operation({ operationId: "0", name: "a1", percentage: 10 }),
    operation({ operationId: "0", name: "a2", percentage: 20 }),
  ];
  expect(lines([{ name: "a", percentage: 15, levels }], 60, 20, { barWidth: 10 })).toEqual([
    "⠋ a      ━╸────────   15%  0s",
    "⠋ ├─ a1  ━─────────   10%  0s",
    "⠋ └─ a2  ━━────────   20%  0s",
  ]);
});

test("what has no place is counted in the last row, stalled ones on their own", () => {
  const stalled = { stalled: { seconds: 1, waitingOn: [] } };
  const all = Array.from({ length: 14 }, (_, index) => ({ name: `n${index}`, ...(index > 10 && stalled) }));
  const shown = lines(all, 60, 3);
  expect(shown.map((line) => line.trim().split(/\s+/)[1])).toEqual(["n11", "n12", "12"]);
  expect(shown.at(-1)).toBe("  and 12 more, 1 of them stalled");
  const levels = Array.from({ length: 3 }, (_, index) => operation({ id: `l${index}`, operationId: "0" }));
  expect(lines([{ levels }], 60, 9, { levels: 1 }).at(-1)).toBe("  and 2 more levels");
  expect(lines([{ levels }], 60, 9, { levels: 2 }).at(-1)).toBe("  and 1 more level");
});

describe("in a narrow window", () => {
  test("columns go, and long names are cut", () => {
    const all = [{ ...known, name: "An import with a long name" }];
    expect(lines(all, 59)).toEqual(["⠋ An import with…   ━━━─────   42%  3 of 7 rows  eta 1m 30s"]);
    expect(lines(all, 40)).toEqual(["⠋ An import with…    42%  eta 1m 30s"]);
    expect(lines(all, 20)).toEqual(["⠋ An impo…   42%"]);
    expect(lines(all, 5)).toEqual(["⠋ A…"]);
  });

  test("where only a count is known and has no column, it stands in place of the bar", () => {
    const all = [
      { name: "a name of some length", percentage: 50, current: 1_000_000, total: 2_000_000, unit: "row" },
      { name: "b", current: 500, unit: "row" },
      { name: "c" },
    ];
    expect(lines(all, 46)).toEqual([
      "⠋ a name of some le…  ━━━━━━──────   50%  0s",
      "⠋ b                   500 rows            0s",
      "⠋ c                   ━━━╌╌╌╌╌╌╌╌╌        0s",
    ]);
  });
});

test("widths of bars and names can be said, and columns chosen", () => {
  expect(lines([known], 80, 5, { columns: ["percentage", "bar", "name"], barWidth: 4, nameWidth: 3 })).toEqual([
    " 42%  ━╸──  Im…",
  ]);
});

test("wide characters take the place they take", () => {
  const [japanese, latin] = rowsOf([{ name: "日本語", percentage: 1 }, { name: "Latin" }], 60, 5);
  expect(japanese!.map(({ at }) => at)).toEqual(latin!.map(({ at }) => at));
  expect(japanese![1]!.text).toBe("日本語");
});

test("no row is ever wider than the window, no drawing higher, whatever is shown", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 60 });
  const fields = fc.record(
    {
      name: text,
      message: text,
      stage: text,
      unit: text,
      percentage: fc.integer({ min: 0, max: 100 }),
      current: fc.nat(),
      total: fc.nat(),
      rate: fc.double({ min: 0, max: 1e12, noNaN: true }),
      elapsedSeconds: fc.nat(),
      eta: fc.record({ seconds: fc.nat(), low: fc.nat(), high: fc.nat() }),
      status: fc.constantFrom("running", "paused", "pending"),
    },
    { requiredKeys: ["name", "status", "elapsedSeconds"] },
  );
  const window = fc.record({ columns: fc.integer({ min: 1, max: 250 }), rows: fc.integer({ min: 1, max: 12 }) });
  fc.assert(
    fc.property(fc.array(fields, { maxLength: 15 }), window, (all, { columns, rows }) => {
      const drawn = rowsOf(all, columns, rows);
      expect(drawn.length).toBeLessThanOrEqual(rows);
      for (const row of drawn) {
        let end = 0;
        for (const { at, text: shown, width } of row) {
          expect(at).toBeGreaterThanOrEqual(end);
          expect(widthOf(stripVTControlCharacters(shown))).toBe(width);
          end = at + width;
        }
        expect(end).toBeLessThanOrEqual(columns);
      }
    }),
    { numRuns: 300 },
  );
});
