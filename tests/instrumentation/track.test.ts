import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { Operation } from "../../src/instrumentation/handles.js";
import { createTestProgress } from "../../src/testing.js";

/** A source that remembers whether it was closed. */
function source(items: readonly number[], fails?: Error) {
  const state = { closed: 0 };
  function* sync() {
    try {
      yield* items;
      if (fails !== undefined) throw fails;
    } finally {
      state.closed++;
    }
  }
  async function* async() {
    yield* sync();
  }
  return { state, sync: sync(), async: async() };
}
const currentOf = (op: Operation<never, string>) => op.snapshot().current ?? 0;

describe("op.track", () => {
  it("counts on its own handle and opens no level; the total comes from length or size", async () => {
    await using test = createTestProgress();
    for (const items of [
      [1, 2, 3],
      new Set([1, 2, 3]),
      new Map([
        [1, 1],
        [2, 2],
        [3, 3],
      ]),
      new Uint8Array(3),
    ]) {
      const op = test.progress.start("job");
      expect([...op.track(items as Iterable<unknown> & object)]).toEqual([...(items as Iterable<unknown>)]);
      expect(op.snapshot()).toMatchObject({ status: "running", current: 3, total: 3, levels: [] });
    }
  });

  it("a generator has no total; one that is given wins, and one the handle has stays", async () => {
    await using test = createTestProgress();
    const [none, given, own] = [
      test.progress.start("a"),
      test.progress.start("b"),
      test.progress.start("c", { total: 9 }),
    ];
    none.track(source([1]).sync);
    given.track([1, 2], { total: 5, unit: "page" });
    own.track([1, 2]);
    expect([none, given, own].map((op) => [op.snapshot().total, op.snapshot().unit])).toEqual([
      [undefined, undefined],
      [5, "page"],
      [9, undefined],
    ]);
  });

  it("an item counts when the next one is requested", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const seen: number[] = [];
    for (const _ of op.track([1, 2, 3])) seen.push(currentOf(op));
    seen.push(currentOf(op));
    for await (const _ of op.track(source([1, 2]).async)) seen.push(currentOf(op));
    seen.push(currentOf(op));
    expect(seen).toEqual([0, 1, 2, 3, 3, 4, 5]);
  });

  it.each(["sync", "async"] as const)(
    "break does not count the item in hand and closes the source (%s)",
    async (kind) => {
      await using test = createTestProgress();
      const op = test.progress.start("job");
      const from = source([1, 2, 3]);
      for await (const item of op.track(from[kind] as AsyncIterable<number>)) if (item === 2) break;
      expect([currentOf(op), from.state.closed, op.snapshot().status]).toEqual([1, 1, "running"]);
    },
  );

  it.each(["sync", "async"] as const)(
    "a throw in the loop does not either, and comes out unchanged (%s)",
    async (kind) => {
      await using test = createTestProgress();
      const op = test.progress.start("job");
      const from = source([1, 2, 3]);
      const error = new Error("x");
      const run = async () => {
        for await (const item of op.track(from[kind] as AsyncIterable<number>)) if (item === 3) throw error;
      };
      await expect(run()).rejects.toBe(error);
      expect([currentOf(op), from.state.closed]).toEqual([2, 1]);
    },
  );

  it("an error of the source comes out unchanged", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const error = new Error("x");
    expect(() => [...op.track(source([1], error).sync)]).toThrow(error);
    expect([currentOf(op), op.snapshot().status]).toEqual([1, "running"]);
  });

  it("what cannot be a total is none", async () => {
    await using test = createTestProgress();
    for (const length of [-1, Number.NaN, "3", undefined, Number.POSITIVE_INFINITY]) {
      const op = test.progress.start("job");
      const items = { length, [Symbol.iterator]: () => [1][Symbol.iterator]() };
      expect([[...op.track(items)], op.snapshot().total]).toEqual([[1], undefined]);
    }
    expect(test.misuse()).toEqual([]);
  });

  it("a total given that is no count is misuse", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    expect([...op.track([1], { total: -1, unit: "x".repeat(10_000) })]).toEqual([1]);
    expect([op.snapshot().total, op.snapshot().unit?.length, test.misuse()]).toEqual([
      undefined,
      256,
      ["INVALID_NUMBER"],
    ]);
  });

  it("after the end of its handle the items still come", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    op.complete();
    expect([...op.track([1, 2])]).toEqual([1, 2]);
  });

  it("gives the same items as the loop without it, and counts those it went past", async () => {
    await using test = createTestProgress();
    fc.assert(
      fc.property(fc.array(fc.integer()), fc.nat(), (items, stop) => {
        const op = test.progress.start("job");
        const seen: number[] = [];
        for (const item of op.track(items)) {
          seen.push(item);
          if (seen.length > stop) break;
        }
        expect(seen).toEqual(items.slice(0, stop + 1));
        expect(currentOf(op)).toBe(Math.min(items.length, stop));
        op.complete();
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("progress.track", () => {
  it("is an operation around the loop, begun with the first item asked for", async () => {
    await using test = createTestProgress();
    const files = test.progress.track("files.scan", ["a", "b"], { id: "s", unit: "file" });
    expect(test.progress.live.get("s")).toBe(undefined);
    const seen: unknown[] = [];
    for (const file of files) seen.push([file, test.progress.live.get("s")?.current]);
    expect(seen).toEqual([
      ["a", 0],
      ["b", 1],
    ]);
    expect(test.progress.live.get("s")).toMatchObject({
      type: "files.scan",
      status: "completed",
      current: 2,
      total: 2,
      unit: "file",
    });
  });

  it("takes a total over the size, and async items", async () => {
    await using test = createTestProgress();
    for await (const _ of test.progress.track("scan", source([1, 2]).async, { id: "s", total: 3 }));
    expect(test.progress.live.get("s")).toMatchObject({ status: "completed", current: 2, total: 3 });
  });

  it.each(["sync", "async"] as const)("break cancels it, and closes the source (%s)", async (kind) => {
    await using test = createTestProgress();
    const from = source([1, 2]);
    for await (const _ of test.progress.track("scan", from[kind] as AsyncIterable<number>, { id: "s" })) break;
    expect(test.progress.live.get("s")).toMatchObject({ status: "cancelled", reason: "loop left early" });
    expect([test.progress.live.get("s")?.current ?? 0, from.state.closed]).toEqual([0, 1]);
  });

  it.each(["sync", "async"] as const)("an error of the source fails it and comes out unchanged (%s)", async (kind) => {
    await using test = createTestProgress();
    const error = new Error("x");
    const run = async () => {
      for await (const _ of test.progress.track("scan", source([1], error)[kind] as AsyncIterable<number>, {
        id: "s",
      }));
    };
    await expect(run()).rejects.toBe(error);
    expect(test.progress.live.get("s")).toMatchObject({ status: "failed", current: 1, error: { message: "x" } });
  });

  it.each(["sync", "async"] as const)("untracked the loop is the same (%s)", async (kind) => {
    await using test = createTestProgress({ enabled: false });
    const error = new Error("x");
    const [whole, early, fails] = [source([1, 2]), source([1, 2]), source([1], error)];
    const seen: number[] = [];
    const loop = (items: unknown) => test.progress.track("scan", items as AsyncIterable<number>);
    for await (const item of loop(whole[kind])) seen.push(item);
    for await (const _ of loop(early[kind])) break;
    const failing = async () => {
      for await (const item of loop(fails[kind])) seen.push(item);
    };
    await expect(failing()).rejects.toBe(error);
    expect([seen, early.state.closed]).toEqual([[1, 2, 1], 1]);
  });

  it("begins nothing when nothing is asked for", async () => {
    await using test = createTestProgress();
    const items = vi.fn();
    test.progress.track("scan", { [Symbol.iterator]: items });
    expect([items.mock.calls, test.progress.live.stats().active]).toEqual([[], 0]);
  });

  it("of what is no collection fails in the loop, as it would without us", async () => {
    await using test = createTestProgress();
    const loop = (items: unknown) => () => [...test.progress.track("scan", items as number[], { id: "s" })];
    expect(loop(undefined)).toThrow("items is not iterable");
    expect(test.progress.live.get("s")).toMatchObject({ status: "failed", error: { type: "TypeError" } });
    expect(loop(5)).toThrow("items is not iterable");
    const op = test.progress.start("job");
    expect(() => [...op.track(null as never)]).toThrow(TypeError);
    expect(op.snapshot().status).toBe("running");
  });
});
