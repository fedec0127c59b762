import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { coreOf } from "../../src/instrumentation/core.js";
import type { Filter, ListOptions, Status } from "../../src/model.js";
import { matches, rowOfEntry, rowOfSnapshot, select, statistics } from "../../src/state/selection.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
const START = Date.UTC(2026, 0, 1);
const list = (options?: ListOptions) => test.progress.live.list(options).map(({ id }) => id);

/** At 4 s: a completed after 3.5 s, b failed after 1.5 s, c is running since 2 s, d paused since 3 s. */
beforeEach(() => {
  test = createTestProgress();
  const { progress, clock } = test;
  const a = progress.start("import", { id: "a", name: "Nightly" });
  clock.advance(1_000);
  const b = progress.start("export", { id: "b" });
  clock.advance(1_000);
  progress.start("import", { id: "c" }).message("parsing HEADER");
  clock.advance(500);
  b.fail(new Error("no"));
  clock.advance(500);
  progress.start("import", { id: "d" }).pause();
  clock.advance(500);
  a.complete();
  clock.advance(500);
});

describe("filters", () => {
  const cases: [string, Filter, string[]][] = [
    ["nothing", {}, ["d", "c", "b", "a"]],
    ["an id, exactly", { id: "d" }, ["d"]],
    ["one status", { status: ["running"] }, ["c"]],
    ["several", { status: ["completed", "failed"] }, ["b", "a"]],
    ["no status at all", { status: [] }, []],
    ["a type", { type: "export" }, ["b"]],
    ["text in a name, of any case", { text: "NIGHT" }, ["a"]],
    ["text in a type", { text: "expo" }, ["b"]],
    ["text in a message", { text: "header" }, ["c"]],
    ["text in an id or anywhere else", { text: "d" }, ["d", "c"]],
    ["since, inclusive", { since: new Date(START + 2_000) }, ["d", "c"]],
    ["until, exclusive", { until: new Date(START + 2_000).toISOString() }, ["b", "a"]],
    ["both", { since: new Date(START + 1_000).toISOString(), until: new Date(START + 2_000) }, ["b"]],
    ["since that is no date", { since: "yesterday" }, []],
    ["until that is no date", { until: new Date(Number.NaN) }, []],
    ["a parent", { parentId: "a" }, []],
    ["no parent", { parentId: null }, ["d", "c", "b", "a"]],
    ["all at once", { type: "import", status: ["running", "paused"], text: "c" }, ["c"]],
  ];
  it.each(cases)("by %s", (_, filter, expected) => {
    expect(list(filter)).toEqual(expected);
  });

  it("pass the same operations whether asked of the state or of snapshots", () => {
    const { state, snapshotContext } = coreOf(test.progress);
    const { now } = snapshotContext();
    for (const snapshot of test.progress.live.list()) {
      const [asked, given] = [rowOfEntry(state.get(snapshot.id)!, now), rowOfSnapshot(snapshot)];
      const fields = Object.keys(given) as (keyof typeof given)[];
      const read = fields.map((name) => (name === "updatedMillis" ? Math.trunc(asked[name]) : asked[name]));
      expect(read).toEqual(fields.map((name) => given[name]));
    }
  });

  it("by the parent of a nested operation", async () => {
    await test.progress.operation("outer", { id: "o" }, async (outer) => {
      await outer.level("part", () => test.progress.start("inner", { id: "i" }).complete());
    });
    expect([list({ parentId: "o" }), list({ parentId: null }).includes("i")]).toEqual([["i"], false]);
  });

  it("a snapshot without a start counts from its last change", () => {
    const [snapshot] = test.progress.live.list({ text: "nightly" });
    const { startedAt, ...rest } = snapshot!;
    const row = rowOfSnapshot(rest as typeof snapshot & object);
    expect([startedAt, row.startedMillis]).toEqual([new Date(START).toISOString(), START + 3_500]);
    expect(matches(row, { since: new Date(START + 3_500) })).toBe(true);
  });
});

describe("order and limit", () => {
  it("latest start first, unless told; then latest change or longest work", () => {
    expect([list(), list({ sort: "started" }), list({ sort: "updated" }), list({ sort: "duration" })]).toEqual([
      ["d", "c", "b", "a"],
      ["d", "c", "b", "a"],
      ["a", "d", "b", "c"],
      ["a", "c", "b", "d"],
    ]);
    expect(list({ sort: "unheard of" as "started" })).toEqual(["d", "c", "b", "a"]);
  });

  it("at most 100 unless told, and never a negative number", () => {
    for (let n = 0; n < 200; n++) test.progress.start("many");
    expect([list().length, list({ limit: 3 }).length, list({ limit: 0 }), list({ limit: -1 })]).toEqual([
      100,
      3,
      [],
      [],
    ]);
    expect(list({ limit: 1_000 }).length).toBe(204);
  });

  it("is what sorting all of them and cutting would give, equals in the order they came", () => {
    const item = fc.record({ key: fc.nat(20), status: fc.constantFrom<Status>("running", "paused") });
    fc.assert(
      fc.property(fc.array(item, { maxLength: 2_000, size: "max" }), fc.nat(400), (items, limit) => {
        const rowOf = ({ key, status }: (typeof items)[number]) => ({
          ...rowOfSnapshot(test.progress.live.get("a")!),
          elapsedSeconds: key,
          status,
        });
        const running = items.filter(({ status }) => status === "running");
        const expected = running.toSorted((a, b) => b.key - a.key).slice(0, limit);
        expect(select(items, rowOf, { status: ["running"], sort: "duration", limit })).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  it("works on anything that has rows", () => {
    const rows = test.progress.live.list().map(rowOfSnapshot);
    expect(select(rows, (row) => row, { type: "export" })).toEqual([rows[2]]);
  });
});

describe("statistics", () => {
  it("count since the start, also what is not kept any more", () => {
    test.progress.live.clearHistory();
    expect(statistics(coreOf(test.progress).state)).toEqual({
      active: 2,
      byStatus: { pending: 0, running: 1, paused: 1, completed: 1, failed: 1, cancelled: 0, lost: 0 },
      byType: { import: 2 },
      meanSeconds: 3.5,
      p95Seconds: 3.5,
      forgotten: { operations: 0, levels: 0 },
      losses: {},
    });
  });

  it("durations are unknown before a run completed, and losses are named", () => {
    const fresh = createTestProgress({ strict: false });
    fresh.progress.start("job").increment(-1);
    const stats = statistics(coreOf(fresh.progress).state);
    expect(stats).toEqual({
      active: 1,
      byStatus: { pending: 0, running: 1, paused: 0, completed: 0, failed: 0, cancelled: 0, lost: 0 },
      byType: { job: 1 },
      forgotten: { operations: 0, levels: 0 },
      losses: { misuse: 1 },
    });
    expect([Object.isFrozen(stats), Object.isFrozen(stats.byStatus), Object.isFrozen(stats.byType)]).toEqual([
      true,
      true,
      true,
    ]);
  });
});
