import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Change, ListOptions, Snapshot } from "../../src/model.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";
import { describeOperationSource } from "../contracts/operation-source.js";

const ids = (snapshots: readonly Snapshot[]) => snapshots.map(({ id }) => id);

/** Starts watching; every change is kept in `changes`, and `ended` resolves when the watch is over. */
function watching(test: TestProgress, ...args: Parameters<TestProgress["progress"]["live"]["watch"]>) {
  const changes: Change[] = [];
  const ended = (async () => {
    for await (const change of test.progress.live.watch(...args)) changes.push(change);
  })();
  return { changes, ended };
}
const brief = (change: Change) =>
  change.kind === "snapshot"
    ? ["snapshot", ids(change.operations)]
    : [change.changed.map(({ id, status, current }) => `${id} ${status} ${current}`), change.removed, change.missed];

describe("get", () => {
  it("is synchronous and exact at the moment of the call, running or ended", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a", total: 4 });
    op.increment();
    expect(test.progress.live.get("a")).toMatchObject({ current: 1, percentage: 25, status: "running" });
    op.complete();
    expect(test.progress.live.get("a")).toMatchObject({ percentage: 100, status: "completed" });
    expect(test.progress.live.get("b")).toBe(undefined);
  });

  it("by definition gives only operations of that type", async () => {
    await using test = createTestProgress();
    const [clip, other] = [defineOperation("clip", { stages: { a: 1 } }), defineOperation("other", {})];
    test.progress.start(clip, { id: "a" });
    expect([test.progress.live.get(clip, "a")?.id, test.progress.live.get(other, "a")]).toEqual(["a", undefined]);
    expect(test.progress.live.get(clip, "b")).toBe(undefined);
  });

  it("gives frozen copies that later progress does not change", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.startLevel("part");
    const before = op.snapshot();
    op.increment(5);
    expect([before.current, op.snapshot().current]).toEqual([undefined, 5]);
    expect([before, before.levels, before.levels[0], before.attributes, before.counts].every(Object.isFrozen)).toBe(
      true,
    );
  });
});

describe("list", () => {
  it("filters by status, type, text, time and parent, sorts and limits", async () => {
    await using test = createTestProgress();
    const { progress } = test;
    const first = progress.start("import", { id: "a", name: "Nightly" });
    await test.advance("1s");
    progress.start("export", { id: "b" }).message("Writing ROWS");
    await test.advance("1s");
    progress.start("import", { id: "c" }).complete();
    await test.advance("1s");
    first.message("still");
    const { live } = progress;
    const at = (seconds: number) => `2026-01-01T00:00:0${seconds}Z`;
    expect(ids(live.list())).toEqual(["c", "b", "a"]);
    expect(ids(live.list({ status: ["running"] }))).toEqual(["b", "a"]);
    expect(ids(live.list({ type: "import" }))).toEqual(["c", "a"]);
    expect([ids(live.list({ text: "rows" })), ids(live.list({ text: "NIGHT" }))]).toEqual([["b"], ["a"]]);
    expect([ids(live.list({ since: at(1) })), ids(live.list({ until: new Date(at(1)) }))]).toEqual([["c", "b"], ["a"]]);
    expect([ids(live.list({ limit: 2 })), live.list({ limit: 0 })]).toEqual([["c", "b"], []]);
    expect(ids(live.list({ sort: "duration" }))).toEqual(["a", "b", "c"]);
    expect(ids(live.list({ sort: "updated" }))).toEqual(["a", "c", "b"]);
    expect(Object.isFrozen(live.list())).toBe(true);
  });

  it("leaves the levels out where they are not needed, and keeps them for who needs them", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.startLevel("part").complete();
    const levels = (options?: ListOptions) => test.progress.live.list(options)[0]!.levels.length;
    expect([levels({ levels: false }), levels(), levels({ levels: true })]).toEqual([0, 1, 1]);
    op.complete();
    expect(levels()).toBe(1);
  });

  it("gives at most 100 unless told", async () => {
    await using test = createTestProgress();
    for (let n = 0; n < 120; n++) test.progress.start("job");
    expect([test.progress.live.list().length, test.progress.live.list({ limit: 110 }).length]).toEqual([100, 110]);
  });
});

describe("stats and history", () => {
  it("counts what is active, by status and type, and how long completed ones took", async () => {
    await using test = createTestProgress();
    const { progress } = test;
    const [a, b, c] = ["x", "x", "y"].map((type) => progress.start(type));
    progress.start("y").pause();
    await test.advance("2s");
    a!.complete();
    await test.advance("2s");
    b!.complete();
    c!.fail("x");
    expect(progress.live.stats()).toEqual({
      active: 1,
      byStatus: { pending: 0, running: 0, paused: 1, completed: 2, failed: 1, cancelled: 0, lost: 0 },
      byType: { y: 1 },
      meanSeconds: 3,
      p95Seconds: 4,
      forgotten: { operations: 0, levels: 0 },
      losses: {},
    });
  });

  it("clearHistory forgets the ended ones and keeps the counts", async () => {
    await using test = createTestProgress();
    test.progress.operation("job", { id: "a" }, () => {});
    test.progress.start("job", { id: "b" });
    test.progress.live.clearHistory();
    expect(ids(test.progress.live.list())).toEqual(["b"]);
    expect(test.progress.live.stats().byStatus.completed).toBe(1);
  });

  it("says what it can do", async () => {
    await using test = createTestProgress();
    expect(test.progress.live.capabilities).toEqual(["live", "watch", "history", "control"]);
  });
});

describe("watch", () => {
  it("gives the whole state first, then every changed operation as a complete snapshot", async () => {
    await using test = createTestProgress();
    test.progress.operation("job", { id: "old" }, () => {});
    const op = test.progress.start("job", { id: "a", total: 4 });
    const { changes } = watching(test);
    await test.advance("300ms");
    op.increment();
    await test.advance("300ms");
    op.complete();
    await test.advance("100ms");
    expect(changes.map(brief)).toEqual([
      ["snapshot", ["a", "old"]],
      [["a running 1"], [], 0],
      [["a completed 1"], [], 0],
    ]);
    expect(changes[2]).toMatchObject({ changed: [op.snapshot()] });
  });

  it("gives what started after the first look, and what left the history as removed", async () => {
    await using test = createTestProgress();
    const { changes } = watching(test);
    await test.advance(0);
    const op = test.progress.start("job", { id: "a" });
    await test.advance("100ms");
    op.complete();
    await test.advance("100ms");
    test.progress.live.clearHistory();
    test.progress.start("job", { id: "b" });
    await test.advance("100ms");
    expect(changes.map(brief)).toEqual([
      ["snapshot", []],
      [["a running undefined"], [], 0],
      [["a completed undefined"], [], 0],
      [["b running undefined"], ["a"], 0],
    ]);
  });

  it("of two operations with one id shows the later one, from the start and when the earlier leaves the history", async () => {
    await using test = createTestProgress({ limits: { finished: 1 } });
    test.progress.operation("job", { id: "a" }, () => {});
    const op = test.progress.start("job", { id: "a" });
    const now = op.snapshot();
    const { changes } = watching(test);
    await test.advance("100ms");
    expect(changes).toEqual([{ kind: "snapshot", operations: [now] }]);
    test.progress.operation("job", { id: "b" }, () => {});
    await test.advance("100ms");
    expect(changes.slice(1).map(brief)).toEqual([[["b completed undefined"], [], 0]]);
  });

  it("a slow reader gets the latest of each operation, and how many states it missed", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a" });
    const reader = test.progress.live.watch()[Symbol.asyncIterator]();
    await reader.next();
    for (let n = 0; n < 5; n++) {
      op.increment();
      await test.advance("100ms");
    }
    const { value } = await reader.next();
    expect(brief(value)).toEqual([["a running 5"], [], 4]);
    op.increment();
    const next = reader.next();
    await test.advance("100ms");
    expect(brief((await next).value)).toEqual([["a running 6"], [], 0]);
    await reader.return?.();
  });

  it("what no longer passes the filter is removed for this watcher, once", async () => {
    await using test = createTestProgress();
    const [a, b] = [test.progress.start("job", { id: "a" }), test.progress.start("job", { id: "b" })];
    test.progress.start("other", { id: "c" });
    const { changes } = watching(test, { type: "job", status: ["running"] });
    await test.advance("100ms");
    a.complete();
    await test.advance("100ms");
    b.pause();
    await test.advance("100ms");
    b.message("still paused");
    await test.advance("100ms");
    b.resume();
    await test.advance("100ms");
    test.progress.live.clearHistory();
    await test.advance("100ms");
    expect(changes.map(brief)).toEqual([
      ["snapshot", ["a", "b"]],
      [[], ["a"], 0],
      [[], ["b"], 0],
      [["b running undefined"], [], 0],
    ]);
  });

  it("removed and back before the reader looked is a change, not a removal; a state of one that is gone since was missed", async () => {
    await using test = createTestProgress();
    const [a, b] = [test.progress.start("job", { id: "a" }), test.progress.start("job", { id: "b" })];
    const reader = test.progress.live.watch({ status: ["running"] })[Symbol.asyncIterator]();
    await reader.next();
    a.pause();
    b.message("x");
    await test.advance("100ms");
    a.resume();
    b.complete();
    await test.advance("100ms");
    expect(brief((await reader.next()).value)).toEqual([["a running undefined"], ["b"], 1]);
    await reader.return?.();
  });

  it("ends with its signal, while it waits and while it is read, also when that is aborted already", async () => {
    await using test = createTestProgress();
    test.progress.start("job", { id: "a" });
    const controller = new AbortController();
    const early = watching(test, {}, { signal: controller.signal });
    await test.advance("100ms");
    controller.abort();
    await early.ended;
    const late = watching(test, {}, { signal: controller.signal });
    await late.ended;
    expect([early.changes, late.changes].map((changes) => changes.map(brief))).toEqual([
      [["snapshot", ["a"]]],
      [["snapshot", ["a"]]],
    ]);
  });

  it("break stops it: nothing is collected for it any more", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a" });
    for await (const change of test.progress.live.watch()) {
      expect(change.kind).toBe("snapshot");
      break;
    }
    op.increment();
    await test.advance("100ms");
    expect(test.progress.live.stats().losses).toEqual({});
  });

  it("whatever happens, applying the changes gives the state", async () => {
    const step = fc.tuple(
      fc.constantFrom("start", "increment", "complete", "tick", "read"),
      fc.integer({ min: 0, max: 3 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        await using test = createTestProgress({ limits: { finished: 2 }, strict: false });
        const known = new Map<string, Snapshot>();
        const reader = test.progress.live.watch()[Symbol.asyncIterator]();
        let reading = false;
        const read = () => {
          if (reading) return;
          reading = true;
          reader.next().then(({ value }) => {
            reading = false;
            if (value === undefined) return; // shut down
            const change = value as Change;
            for (const snapshot of change.kind === "snapshot" ? change.operations : change.changed)
              known.set(snapshot.id, snapshot);
            for (const id of change.kind === "snapshot" ? [] : change.removed) known.delete(id);
          });
        };
        read();
        for (const [what, n] of steps) {
          const op = test.progress.handle(`op${n}`);
          if (what === "start" && op === undefined) test.progress.start("job", { id: `op${n}` });
          if (what === "increment") op?.increment();
          if (what === "complete") op?.complete();
          if (what === "tick") await test.advance("100ms");
          if (what === "read") read();
        }
        for (let turn = 0; turn < 4; turn++) {
          read();
          await test.advance("100ms");
        }
        const now = [...new Set(ids(test.progress.live.list()))].map((id) => test.progress.live.get(id)!);
        const plain = (all: readonly Snapshot[]) =>
          all.map(({ id, status, current }) => `${id} ${status} ${current}`).sort();
        expect(plain([...known.values()])).toEqual(plain(now));
      }),
      { numRuns: 1_000 },
    );
  }, 60_000);
});

it("over the limit on subscribers a watcher gets the present state, and its stream ends; a place that is left can be taken", async () => {
  await using test = createTestProgress({ strict: false, limits: { subscribers: 2 } });
  test.progress.start("job", { id: "a" });
  const stop = new AbortController();
  const first = watching(test, {}, { signal: stop.signal });
  await test.advance("100ms");
  const second = watching(test);
  await second.ended;
  expect(second.changes.map(brief)).toEqual([["snapshot", ["a"]]]);
  expect(test.progress.live.stats().losses).toEqual({ subscribers_refused: 1 });
  stop.abort();
  await first.ended;
  const third = watching(test);
  test.progress.handle("a")!.increment();
  await test.advance("100ms");
  expect(third.changes.map(brief)).toEqual([
    ["snapshot", ["a"]],
    [["a running 1"], [], 0],
  ]);
});

it("a watch can be left while it waits, and ends when the instance is shut down", async () => {
  const test = createTestProgress();
  const left = test.progress.live.watch()[Symbol.asyncIterator]();
  await left.next();
  const pending = left.next();
  expect(await left.return!()).toEqual({ done: true, value: undefined });
  expect(await pending).toEqual({ done: true, value: undefined });
  const shut = watching(test);
  await test.advance("100ms");
  test.progress.start("job", { id: "last" });
  await test.progress.shutdown();
  await shut.ended;
  expect(shut.changes.map(brief)).toEqual([
    ["snapshot", []],
    [["last running undefined"], [], 0],
  ]);
});

describeOperationSource("this process", async () => {
  const test = createTestProgress();
  const { progress } = test;
  const advance = (millis: number) => test.advance(millis);
  return { source: progress.live, progress, advance, [Symbol.asyncDispose]: () => progress.shutdown() };
}, ["live", "watch", "history", "control"]);
