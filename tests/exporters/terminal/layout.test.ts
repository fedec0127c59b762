import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { COLUMNS, type TerminalColumn } from "../../../src/exporters/terminal/columns.js";
import { Layout, type Wishes } from "../../../src/exporters/terminal/layout.js";

const WISHES: Wishes = {
  spinner: 1,
  name: 18,
  bar: 20,
  percentage: 4,
  count: 20,
  rate: 10,
  elapsed: 5,
  eta: 8,
  range: 17,
  stage: 8,
  message: 30,
};
const place = (window: number, wishes = WISHES, order: readonly TerminalColumn[] = COLUMNS) => {
  const { columns, range } = new Layout(order).place(wishes, window, "");
  return { names: columns.map(({ column }) => column).join(" "), columns, range };
};
const width = (window: number, wanted: TerminalColumn, wishes?: Wishes) =>
  place(window, wishes).columns.find(({ column }) => column === wanted)?.width;

test("where there is room, everything is there as wide as it wishes, in its order, two columns apart", () => {
  const { columns, range } = place(200);
  expect(columns.map(({ column, at, width: wide }) => [column, at, wide])).toEqual([
    ["spinner", 0, 1],
    ["name", 2, 18],
    ["bar", 22, 20],
    ["percentage", 44, 4],
    ["count", 50, 20],
    ["rate", 72, 10],
    ["elapsed", 84, 5],
    ["eta", 91, 17],
    ["stage", 110, 8],
    ["message", 120, 30],
  ]);
  expect(range).toBe(true);
});

test("in narrower windows the least important go first", () => {
  expect([130, 110, 100, 80, 60, 42, 30, 20, 14].map((window) => place(window).names)).toEqual([
    "spinner name bar percentage count rate elapsed eta stage message",
    "spinner name bar percentage count eta stage message",
    "spinner name bar percentage count eta stage message",
    "spinner name bar percentage count elapsed eta",
    "spinner name bar percentage eta stage",
    "spinner name bar percentage eta",
    "spinner name percentage",
    "spinner name",
    "name",
  ]);
});

test("a column that nothing is said in takes no room", () => {
  expect(place(200, { ...WISHES, rate: 0, stage: 0 }).names).toBe(
    "spinner name bar percentage count elapsed eta message",
  );
});

test("columns can be chosen and ordered, and go by importance all the same", () => {
  const order: TerminalColumn[] = ["percentage", "elapsed", "name"];
  expect(place(100, WISHES, order).names).toBe("percentage elapsed name");
  expect(place(24, WISHES, order).names).toBe("percentage name");
});

test("names, then bars, then messages grow into what is left over", () => {
  expect([30, 54, 70].map((window) => width(window, "name", { name: 40, bar: 20 }))).toEqual([20, 40, 40]);
  expect([30, 54, 70].map((window) => width(window, "bar", { name: 40, bar: 20 }))).toEqual([8, 12, 20]);
  expect([40, 45, 60].map((window) => width(window, "message", { name: 10, message: 40 }))).toEqual([28, 33, 40]);
});

test("the range of an estimate is there when nothing else has to give way for it", () => {
  const wishes = { name: 10, eta: 8, range: 17 };
  expect([28, 29].map((window) => place(window, wishes).range)).toEqual([false, true]);
  expect([50, 70].map((window) => place(window, { ...wishes, message: 60 }).range)).toEqual([false, true]);
});

describe("widths", () => {
  test("do not shrink while the same operations are shown", () => {
    const layout = new Layout();
    const countAt = (wishes: Wishes, of: string) => layout.place(wishes, 100, of).columns[1]!.at;
    expect(countAt({ name: 10, count: 5 }, "a")).toBe(12);
    expect(countAt({ name: 20, count: 5 }, "a")).toBe(22);
    expect(countAt({ name: 10, count: 5 }, "a")).toBe(22);
    expect(countAt({ name: 10, count: 5 }, "b")).toBe(12);
  });

  test("never exceed the window, overlap, or lose the most important column", () => {
    const wishes = fc.record(
      Object.fromEntries([...COLUMNS, "range"].map((column) => [column, fc.nat({ max: 60 })])),
    ) as fc.Arbitrary<Wishes>;
    const order = fc.shuffledSubarray([...COLUMNS], { minLength: 1 });
    fc.assert(
      fc.property(wishes, order, fc.integer({ min: 1, max: 250 }), (given, columns, window) => {
        const placed = place(window, given, columns).columns;
        let end = 0;
        for (const { column, at, width: wide } of placed) {
          expect(at).toBeGreaterThanOrEqual(end === 0 ? 0 : end + 1);
          expect(wide).toBeLessThanOrEqual(Math.max(given[column]!, given.range!));
          end = at + wide;
        }
        expect(end).toBeLessThanOrEqual(window);
        const saying = columns.filter((column) => given[column]! > 0);
        if (saying.length > 0) expect(placed.length).toBeGreaterThan(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
