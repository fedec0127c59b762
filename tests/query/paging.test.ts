import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../src/model.js";
import { type Cursor, decodeCursor, encodeCursor, pageOf, type Sort } from "../../src/query/paging.js";
import { snapshotOf, sourceOf } from "./source.js";

const SORTS: readonly Sort[] = ["started", "updated", "duration"];
const ids = (snapshots: readonly Snapshot[]) => snapshots.map(({ id }) => id);

/** All pages, one after the other; `between` may change what there is. */
async function walk(snapshots: Snapshot[], sort: Sort, limit: number, between = () => {}): Promise<Snapshot[][]> {
  const source = sourceOf(snapshots);
  const pages: Snapshot[][] = [];
  let after: Cursor | undefined;
  do {
    const { operations, next } = await pageOf(source, {}, { sort, limit, after });
    pages.push([...operations]);
    after = next && decodeCursor(encodeCursor(next), sort);
    between();
  } while (after !== undefined);
  return pages;
}

/** Few different times, so that many are equal. */
const operations = fc
  .uniqueArray(fc.record({ id: fc.string({ minLength: 1, maxLength: 3 }), at: fc.nat(6), took: fc.nat(3) }), {
    selector: ({ id }) => id,
    maxLength: 40,
  })
  .map((all) =>
    all.map(({ id, at, took }) =>
      snapshotOf(id, at, { elapsedSeconds: took, updatedAt: new Date(Date.UTC(2026, 0, 2) + took).toISOString() }),
    ),
  );

describe("pages", () => {
  test("together are the whole list, in order, each operation once, whatever the limit and the order", async () => {
    await fc.assert(
      fc.asyncProperty(
        operations,
        fc.constantFrom(...SORTS),
        fc.integer({ min: 1, max: 12 }),
        async (all, sort, limit) => {
          const pages = await walk(all, sort, limit);
          const key = (s: Snapshot) =>
            sort === "duration" ? s.elapsedSeconds : Date.parse(sort === "updated" ? s.updatedAt : s.startedAt!);
          const expected = [...all].sort((a, b) => key(b) - key(a) || (a.id < b.id ? -1 : 1));
          expect(ids(pages.flat())).toEqual(ids(expected));
          expect(pages.slice(0, -1).every((page) => page.length === limit)).toBe(true);
        },
      ),
    );
  });

  test("by start, nothing comes twice and nothing is left out while others begin", async () => {
    await fc.assert(
      fc.asyncProperty(operations, fc.integer({ min: 1, max: 5 }), async (all, limit) => {
        const growing = [...all];
        let begun = 0;
        const between = () => {
          growing.unshift(snapshotOf(`later ${++begun}`, 1000 + begun));
        };
        expect(ids((await walk(growing, "started", limit, between)).flat()).sort()).toEqual(ids(all).sort());
      }),
    );
  });

  test("by start, nothing that stays is left out while others are forgotten", async () => {
    const all = Array.from({ length: 30 }, (_, i) => snapshotOf(`o${String(i).padStart(2, "0")}`, Math.floor(i / 7)));
    const stay = all.filter((_, i) => i % 3 !== 0);
    const shrinking = [...all];
    const between = () => {
      const gone = shrinking.findIndex((snapshot) => !stay.includes(snapshot));
      if (gone >= 0) shrinking.splice(gone, 1);
    };
    const seen = ids((await walk(shrinking, "started", 4, between)).flat());
    expect(seen.length).toBe(new Set(seen).size);
    expect(ids(stay).filter((id) => !seen.includes(id))).toEqual([]);
  });

  test("the last page has no cursor, also when it is full", async () => {
    const all = Array.from({ length: 4 }, (_, i) => snapshotOf(`o${i}`, i));
    const page = await pageOf(sourceOf(all), {}, { sort: "started", limit: 4 });
    expect(page.next).toBeUndefined();
    expect(await pageOf(sourceOf([]), {}, { sort: "started", limit: 4 })).toEqual({ operations: [] });
  });

  test("far behind, by start, no more is asked of the source than at the beginning", async () => {
    const all = Array.from({ length: 500 }, (_, i) => snapshotOf(`o${i}`, i));
    const source = sourceOf(all);
    let after: Cursor | undefined;
    do after = (await pageOf(source, {}, { sort: "started", limit: 50, after })).next;
    while (after !== undefined);
    expect(Math.max(...source.asked.map(({ limit }) => limit!))).toBe(53);
  });

  test("a filter's own end stays an end", async () => {
    const all = Array.from({ length: 9 }, (_, i) => snapshotOf(`o${i}`, i));
    const until = all[5]!.startedAt!;
    const first = await pageOf(sourceOf(all), { until }, { sort: "started", limit: 2 });
    const second = await pageOf(sourceOf(all), { until }, { sort: "started", limit: 9, after: first.next });
    expect([ids(first.operations), ids(second.operations)]).toEqual([
      ["o4", "o3"],
      ["o2", "o1", "o0"],
    ]);
    const earlier = new Date(all[1]!.startedAt!);
    const none = await pageOf(sourceOf(all), { until: earlier }, { sort: "started", limit: 9, after: first.next });
    expect(ids(none.operations)).toEqual(["o0"]);
  });

  test("more equals than can be looked at are refused instead of being left out", async () => {
    const all = Array.from({ length: 20_001 }, (_, i) => snapshotOf(`o${i}`, 0));
    await expect(pageOf(sourceOf(all), {}, { sort: "started", limit: 10 })).rejects.toMatchObject({
      code: "invalid-parameter",
      message: "cursor: too many operations are before this page; narrow the filter",
    });
  });
});

describe("a cursor", () => {
  const cursor: Cursor = { sort: "started", key: 1_767_225_600_000, id: "ü/\u{1f600}", passed: 3 };

  test("comes back as it went, whatever the id", () => {
    expect(encodeCursor(cursor)).toMatch(/^[\w-]+$/);
    expect(decodeCursor(encodeCursor(cursor), "started")).toEqual(cursor);
    expect(decodeCursor(undefined, "started")).toBeUndefined();
  });

  test("of another order is refused by name", () => {
    expect(() => decodeCursor(encodeCursor(cursor), "updated")).toThrow(
      "cursor: comes from a list by started; ask with the same sort",
    );
  });

  test("that is none is refused, whatever it is", () => {
    const refused = "cursor: expected the nextCursor of an earlier answer";
    const made = (value: unknown) => btoa(JSON.stringify(value)).replaceAll("=", "");
    const bad = [
      "",
      "x",
      "%%%",
      "=",
      made({}),
      made(null),
      made([2, "started", 1, "a", 0]),
      made([1, "name", 1, "a", 0]),
      made([1, "started", "1", "a", 0]),
      made([1, "started", 1e300, "a", 0]),
      made([1, "started", 1, 5, 0]),
      made([1, "started", 1, "a", -1]),
      made([1, "started", 1, "a", 0.5]),
      made([1, "started", 1, "a", 1e9]),
      "a".repeat(7000),
    ];
    for (const text of bad) expect(() => decodeCursor(text, "started"), text).toThrow(refused);
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeCursor(text, "started")).toThrow(refused);
      }),
    );
  });
});
