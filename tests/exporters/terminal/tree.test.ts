import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { growTree, type Running, type Tree } from "../../../src/exporters/terminal/tree.js";
import { operation } from "../snapshots.js";

type Fields = Record<string, unknown>;

const STALLED = { stalled: { seconds: 9, waitingOn: [] } };
const running = (id: string, fields: Fields = {}): Running => ({
  snapshot: operation({ id, name: id, ...fields }),
  agoSeconds: 0,
});
const level = (name: string, fields: Fields = {}) => operation({ id: name, name, operationId: "1", ...fields });
const levels = (count: number, fields: Fields = {}) =>
  Array.from({ length: count }, (_, index) => level(`l${index}`, fields));

/** Indented names, and what is said to be hidden. */
function seen({ rows, hidden }: Tree): string[] {
  const lines = rows.map(({ shown, followed }) => "  ".repeat(followed.length) + shown.name);
  return hidden === undefined ? lines : [...lines, `${hidden.operations}/${hidden.stalled}/${hidden.levels} hidden`];
}

test("operations stand in order, what runs under them below them", () => {
  const a = running("a", { levels: [level("a1", { levels: [level("a1x")] }), level("a2")] });
  const tree = growTree([a, running("b")], 10, 5);
  expect(seen(tree)).toEqual(["a", "  a1", "    a1x", "  a2", "b"]);
  expect(tree.rows.map(({ followed }) => followed)).toEqual([[], [true], [true, false], [false], []]);
});

test("levels that have ended or not begun are left out, failed ones are not", () => {
  const statuses = ["completed", "cancelled", "skipped", "pending", "lost", "failed", "paused", "running"];
  const all = statuses.map((status) => level(status, { status }));
  expect(seen(growTree([running("a", { levels: all })], 10, 5))).toEqual(["a", "  failed", "  paused", "  running"]);
});

test("operations that are part of others stand below them; without theirs, at the top", () => {
  const parts = [running("b", { parentId: "a" }), running("c", { parentId: "b" }), running("d", { parentId: "gone" })];
  expect(seen(growTree([running("a", { levels: [level("a1")] }), ...parts], 10, 5))).toEqual([
    "a",
    "  a1",
    "  b",
    "    c",
    "d",
  ]);
});

describe("at most so many levels under each parent", () => {
  test("running ones rather than paused ones, in their order", () => {
    const some = [level("p", { status: "paused" }), ...levels(3), level("s", STALLED)];
    expect(seen(growTree([running("a", { levels: some })], 10, 3))).toEqual([
      "a",
      "  l0",
      "  l1",
      "  s",
      "0/0/2 hidden",
    ]);
  });

  test("failed ones take half of the places at most, the latest of them", () => {
    const failed = Array.from({ length: 5 }, (_, index) => level(`f${index}`, { status: "failed" }));
    const tree = growTree([running("a", { levels: [...failed, ...levels(5)] })], 10, 4);
    expect(seen(tree)).toEqual(["a", "  f3", "  f4", "  l0", "  l1", "0/0/6 hidden"]);
    expect(seen(growTree([running("a", { levels: [...failed, ...levels(1)] })], 10, 4))).toEqual([
      "a",
      "  f2",
      "  f3",
      "  f4",
      "  l0",
      "0/0/2 hidden",
    ]);
  });

  test("none when none are wanted, and nothing is said to be hidden then but that", () => {
    expect(seen(growTree([running("a", { levels: levels(2) })], 10, 0))).toEqual(["a", "0/0/2 hidden"]);
  });
});

describe("in a window that is too low", () => {
  test("every operation has its row before any level has", () => {
    const all = ["a", "b", "c"].map((id) => running(id, { levels: levels(2) }));
    expect(seen(growTree(all, 5, 5))).toEqual(["a", "  l0", "b", "c", "0/0/5 hidden"]);
    expect(seen(growTree(all, 7, 5))).toEqual(["a", "  l0", "b", "  l0", "c", "  l0", "0/0/3 hidden"]);
    expect(seen(growTree(all, 9, 5)).length).toBe(9);
  });

  test("stalled operations come first, then running, then paused ones", () => {
    const all = [
      running("paused", { status: "paused" }),
      running("one"),
      running("two"),
      running("stuck", STALLED),
      running("stuck too", STALLED),
    ];
    expect(seen(growTree(all, 4, 5))).toEqual(["one", "stuck", "stuck too", "2/0/0 hidden"]);
    expect(seen(growTree(all, 2, 5))).toEqual(["stuck", "4/1/0 hidden"]);
    expect(seen(growTree(all, 5, 5)).length).toBe(5);
  });

  test("of one row, it says how many there are", () => {
    expect(seen(growTree([running("a"), running("b", STALLED)], 1, 5))).toEqual(["2/1/0 hidden"]);
  });
});

test("never more rows than fit, nothing twice, and everything is either shown or counted", () => {
  const leaf = fc.constantFrom({}, STALLED, { status: "paused" }, { status: "failed" });
  const some = fc.array(leaf, { maxLength: 6 });
  const one = fc.record({ fields: leaf, levels: some, parent: fc.option(fc.nat({ max: 11 })) });
  fc.assert(
    fc.property(
      fc.array(one, { maxLength: 12 }),
      fc.integer({ min: 1, max: 30 }),
      fc.nat({ max: 7 }),
      (given, height, most) => {
        const all = given.map(({ fields, levels: below, parent }, index) =>
          running(`o${index}`, {
            ...fields,
            ...(parent !== null && parent < index && { parentId: `o${parent}` }),
            levels: below.map((of, at) => level(`o${index}l${at}`, of)),
          }),
        );
        const { rows, hidden } = growTree(all, height, most);
        expect(rows.length + (hidden === undefined ? 0 : 1)).toBeLessThanOrEqual(height);
        expect(new Set(rows.map(({ shown }) => shown.id)).size).toBe(rows.length);
        const operations = rows.filter(({ shown }) => !("operationId" in shown));
        expect(operations.length + (hidden?.operations ?? 0)).toBe(all.length);
      },
    ),
    { numRuns: 500 },
  );
});
