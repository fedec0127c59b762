import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coreOf } from "../../src/instrumentation/core.js";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Handle } from "../../src/instrumentation/handle.js";
import type { Level, Operation } from "../../src/instrumentation/handles.js";
import type { Snapshot } from "../../src/model.js";
import { snapshotOperation, wall } from "../../src/state/snapshot.js";
import { createTestProgress, startTestTelemetry, type TestProgress } from "../../src/testing.js";

const instance = { id: "test", host: "localhost", pid: 1 };
const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1_000).toISOString();
let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test.progress.shutdown());

/** Everything in it, down to the last level, is frozen. */
function frozen(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return true;
  return Object.isFrozen(value) && Object.values(value).every(frozen);
}

describe("an operation", () => {
  it("that has only begun says what is known and nothing else", () => {
    expect(test.progress.start("job").snapshot()).toEqual({
      id: "1",
      type: "job",
      name: "job",
      status: "running",
      startedAt: at(0),
      updatedAt: at(0),
      elapsedSeconds: 0,
      attempt: 1,
      attributes: {},
      instance,
      levels: [],
    });
  });

  it("in full swing says all of it", async () => {
    const op = test.progress.start("job", {
      id: "a",
      name: "Nightly",
      description: "all songs",
      total: 100,
      unit: "song",
      attributes: { source: "x" },
    });
    for (let n = 0; n < 10; n++) {
      await test.advance("900ms");
      op.increment(2);
      await test.advance("100ms");
    }
    op.update({ message: "half way", totalKind: "estimate" });
    op.itemFailed();
    op.itemSkipped(4);
    const { rate, peakRate, eta, curve, ...rest } = op.snapshot() as Snapshot;
    expect(rest).toEqual({
      id: "a",
      type: "job",
      name: "Nightly",
      description: "all songs",
      status: "running",
      current: 25,
      total: 100,
      totalKind: "estimate",
      unit: "song",
      percentage: 25,
      message: "half way",
      failedItems: 1,
      skippedItems: 4,
      startedAt: at(0),
      updatedAt: at(10),
      progressedAt: at(10),
      elapsedSeconds: 10,
      attempt: 1,
      meanRate: 2,
      attributes: { source: "x" },
      instance,
      levels: [],
    });
    expect([rate!.toFixed(1), peakRate! >= rate!, eta!.basis]).toEqual(["2.0", true, "rate"]);
    expect(eta!.seconds).toBeCloseTo(75 / rate!, 9);
    expect([curve![0], curve!.length, curve!.at(-1)]).toEqual([[0, 0], 11, [10, 0.2]]);
  });

  it("is a copy that does not change", () => {
    const op = test.progress.start("job", { total: 4, attributes: { a: ["x"] } });
    op.requestCancel("enough");
    test.progress.start("job").complete({ deep: { list: [1] } });
    test.clock.advance(200);
    const before = op.snapshot();
    const text = JSON.stringify(before);
    op.increment(2);
    op.setAttributes({ b: 1 });
    op.startLevel("part").complete();
    expect(JSON.stringify(before)).toBe(text);
    expect(test.progress.live.list().every(frozen)).toBe(true);
  });

  it("current and total are raw: absent when nothing was counted and nothing expected, zero when something is", () => {
    const op = test.progress.start("job");
    const numbers = () => {
      const { current, total, percentage, overrun } = op.snapshot();
      return { current, total, percentage, overrun };
    };
    const seen = [numbers()];
    op.setTotal(2);
    seen.push(numbers());
    op.increment(5);
    seen.push(numbers());
    op.setTotal(undefined);
    seen.push(numbers());
    op.setTotal(0);
    seen.push(numbers());
    expect(seen).toEqual([
      {},
      { current: 0, total: 2, percentage: 0 },
      { current: 5, total: 5, percentage: 99.9, overrun: true },
      { current: 5, percentage: 99.9 },
      { current: 5, total: 5, percentage: 99.9, overrun: true },
    ]);
  });

  it("has its trace when there is an SDK", async () => {
    await using telemetry = await startTestTelemetry();
    const op = test.progress.start("job");
    op.complete();
    const { traceId, spanId } = telemetry.spans()[0]!.spanContext();
    expect(op.snapshot()).toMatchObject({ traceId, spanId });
  });

  it("has its stage, its parent and the counts of its parts", async () => {
    const clip = defineOperation("clip", { stages: { load: [0, 50], save: [50, 100] } });
    await test.progress.operation("outer", { id: "o" }, async (outer) => {
      const op = test.progress.start(clip);
      expect("stage" in op.snapshot()).toBe(false);
      op.enterStage("save");
      expect(op.snapshot()).toMatchObject({ stage: "save", parentId: "o" });
      outer.startLevel("part").complete();
      outer.startLevel("part").fail(new Error("no"));
      outer.startLevel("part").skip();
      outer.declare("part");
      expect((outer.snapshot() as Snapshot).counts).toEqual({ total: 4, completed: 1, failed: 1, pending: 2 });
      expect(outer.snapshot().levels.map(({ status }) => status)).toEqual([
        "completed",
        "failed",
        "skipped",
        "pending",
      ]);
    });
  });
});

describe("a level", () => {
  it("that is only declared has no start, and changes with every look", () => {
    const op = test.progress.start("job", { id: "a" });
    op.declare("part", { weight: 3, total: 9 });
    test.clock.block(500);
    expect(op.snapshot().levels).toEqual([
      {
        id: "1",
        type: "part",
        name: "part",
        operationId: "a",
        status: "pending",
        weight: 3,
        current: 0,
        total: 9,
        percentage: 0,
        updatedAt: at(0.5),
        elapsedSeconds: 0,
        attempt: 1,
        attributes: {},
        levels: [],
      },
    ]);
  });

  it("that never began has an end and no start", () => {
    const op = test.progress.start("job", { id: "a" });
    op.declare("part").skip("not needed");
    const [level] = op.snapshot().levels;
    const { status, endedAt, updatedAt, elapsedSeconds, startedAt } = level as typeof level & { endedAt: string };
    expect({ status, endedAt, updatedAt, elapsedSeconds, startedAt }).toEqual({
      status: "skipped",
      endedAt: at(0),
      updatedAt: at(0),
      elapsedSeconds: 0,
    });
  });

  it("holds its own levels, and says how many are not kept", () => {
    test = createTestProgress({ limits: { levelsPerOperation: 1 } });
    const outer = test.progress.start("job").startLevel("outer");
    for (let n = 0; n < 3; n++) outer.startLevel("inner").complete();
    expect(outer.snapshot()).toMatchObject({ id: "1", levels: [{ id: "4", operationId: "1" }], droppedLevels: 2 });
  });
});

describe("how it stands", () => {
  const ended = { endedAt: at(1), percentage: undefined };
  const cases: [string, (op: Operation & Level) => void, object][] = [
    [
      "completed with a summary",
      (op) => op.complete({ n: 1 }),
      { status: "completed", ...ended, percentage: 100, summary: { n: 1 } },
    ],
    ["completed without", (op) => op.complete(), { status: "completed", ...ended, percentage: 100 }],
    [
      "failed",
      (op) => op.fail(new TypeError("no"), { code: "E1" }),
      { status: "failed", ...ended, error: { type: "TypeError", message: "no", code: "E1" } },
    ],
    ["cancelled with a reason", (op) => op.cancel("enough"), { status: "cancelled", ...ended, reason: "enough" }],
    ["cancelled without", (op) => op.cancel(), { status: "cancelled", ...ended }],
    ["paused with a reason", (op) => op.pause("night"), { status: "paused", reason: "night" }],
    ["paused without", (op) => op.pause(), { status: "paused" }],
    [
      "asked to cancel",
      (op) => op.requestCancel("enough"),
      { status: "running", cancelRequested: { reason: "enough", at: at(1) } },
    ],
    [
      "asked to cancel without a reason",
      (op) => op.requestCancel(),
      { status: "running", cancelRequested: { at: at(1) } },
    ],
  ];
  it.each(cases)("%s", async (_, act, expected) => {
    const op = test.progress.start("job") as unknown as Operation & Level;
    await test.advance("1s");
    act(op);
    const { status, endedAt, percentage, summary, error, reason, cancelRequested } = op.snapshot() as never as Record<
      string,
      unknown
    >;
    expect({ status, endedAt, percentage, summary, error, reason, cancelRequested }).toEqual(expected);
  });

  it("lost is when it was seen last", () => {
    const op = test.progress.start("job");
    const { state, snapshotContext } = coreOf(test.progress);
    const entry = op as unknown as Handle;
    state.end(entry, "lost", test.clock.monotonicMillis(), 0);
    const snapshot = snapshotOperation(entry, snapshotContext()) as Snapshot & { endedAt?: string };
    expect([snapshot.status, "lastSeenAt" in snapshot && snapshot.lastSeenAt, snapshot.endedAt]).toEqual([
      "lost",
      at(0),
      undefined,
    ]);
  });

  it("stalled says since when and what it waits for", async () => {
    test = createTestProgress({ stallTimeout: "1s" });
    const op = test.progress.start("job");
    coreOf(test.progress).state.inFlight.opened(op as unknown as Handle, {
      key: "k",
      parentKey: undefined,
      name: "SELECT",
      startedMillis: test.clock.monotonicMillis(),
      attributes: { "db.system": "x" },
    });
    await test.advance("3s");
    expect(op.snapshot()).toMatchObject({
      status: "running",
      stalled: { seconds: 3, waitingOn: [{ name: "SELECT", elapsedSeconds: 3, attributes: { "db.system": "x" } }] },
    });
    expect(frozen(op.snapshot())).toBe(true);
  });

  it("paused after a stall is not stalled", async () => {
    test = createTestProgress({ stallTimeout: "1s" });
    const op = test.progress.start("job");
    await test.advance("3s");
    op.pause();
    expect("stalled" in op.snapshot()).toBe(false);
    op.resume();
    expect("stalled" in op.snapshot()).toBe(false);
  });
});

describe("what has ended", () => {
  it("is copied once", () => {
    const op = test.progress.start("job");
    expect(op.snapshot()).not.toBe(op.snapshot());
    op.complete();
    expect(op.snapshot()).toBe(op.snapshot());
  });

  it("shows all its levels as they ended, also to those who looked in between", () => {
    const op = test.progress.start("job");
    const [first, second] = [op.startLevel("part"), op.startLevel("part")];
    second.startLevel("inner");
    op.complete();
    expect(op.snapshot().levels.map(({ status }) => status)).toEqual(["cancelled", "cancelled"]);
    expect(second.snapshot().levels.map(({ status }) => status)).toEqual(["cancelled"]);
    expect(first.snapshot()).toMatchObject({ reason: "parent ended" });
  });

  it("counts nested operations that ended after it", async () => {
    let inner: Operation | undefined;
    await test.progress.operation("outer", { id: "o" }, () => {
      inner = test.progress.start("inner") as Operation;
    });
    const before = test.progress.live.get("o")!.counts;
    inner!.complete();
    expect([before, test.progress.live.get("o")!.counts]).toEqual([
      { total: 1, completed: 0, failed: 0, pending: 1 },
      { total: 1, completed: 1, failed: 0, pending: 0 },
    ]);
  });
});

it("wall time is by the clock at the start, whatever steps the clock made since", () => {
  const op = test.progress.start("job") as unknown as Handle;
  test.clock.epochMillis = () => 0;
  test.clock.advance(1_000);
  expect(wall(op, 3_500)).toBe(at(2.5));
});
