import { describe, expect, it } from "vitest";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Handle } from "../../src/instrumentation/handle.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { handleRecovery } from "../../src/instrumentation/verdicts.js";
import type { ProgressEvent } from "../../src/model.js";
import { createTestProgress, startTestTelemetry, type TestProgress } from "../../src/testing.js";

const names = (test: TestProgress) => test.events.map(({ event, level }) => (level ? `${event} ${level.id}` : event));

describe("a timeout", () => {
  it("fails the operation with the code TIMEOUT and aborts its signal", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a", timeout: "2s" });
    const { signal } = op;
    await test.advance("1900ms");
    expect([op.snapshot().status, signal.aborted]).toEqual(["running", false]);
    await test.advance("100ms");
    expect(op.snapshot()).toMatchObject({
      status: "failed",
      endedAt: "2026-01-01T00:00:02.000Z",
      error: { type: "ProgressError", code: "TIMEOUT", message: "job took longer than its timeout" },
    });
    expect(signal.reason).toMatchObject({ code: "TIMEOUT" });
    expect(names(test)).toEqual(["started", "updated", "failed"]);
  });

  it("is not moved by progress, but paused time is left out", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { timeout: "2s" });
    op.increment();
    await test.advance("1s");
    op.pause();
    await test.advance("1h");
    op.resume();
    await test.advance("900ms");
    expect(op.snapshot().status).toBe("running");
    await test.advance("100ms");
    expect(op.snapshot()).toMatchObject({ status: "failed", elapsedSeconds: 2 });
  });

  it("leaves the work alone: it goes on, its late calls are counted silently, its result comes back", async () => {
    await using test = createTestProgress();
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const run = test.progress.operation("job", { id: "a", timeout: "1s" }, async (op) => {
      await gate;
      op.increment();
      op.update({ current: 5 });
      op.message("late");
      return op.level("part", () => "result");
    });
    await test.advance("1s");
    release();
    expect(await run).toBe("result");
    await test.advance("100ms");
    expect(test.progress.live.get("a")?.status).toBe("failed");
    expect([test.misuse(), test.progress.live.stats().losses]).toEqual([[], { late_updates: 4 }]);
  });

  it("comes from the operation, else its definition, else the instance", async () => {
    await using test = createTestProgress({ timeout: "3s" });
    const clip = defineOperation("clip", { timeout: "2s" });
    test.progress.start("plain", { id: "instance" });
    test.progress.start(clip, { id: "definition" });
    test.progress.start(clip, { id: "own", timeout: "1s" });
    await test.advance("3s");
    const ended = test.events.filter(({ event }) => event === "failed");
    expect(ended.map(({ operation, time }) => [operation.id, time.slice(17, 19)])).toEqual([
      ["own", "01"],
      ["definition", "02"],
      ["instance", "03"],
    ]);
  });
});

describe("abandonment", () => {
  it("is off by default: idle for a year is not abandoned", async () => {
    await using test = createTestProgress({ interval: "1m" });
    const op = test.progress.start("job");
    test.clock.block(365 * 86_400_000);
    await test.advance("1m");
    expect(op.snapshot().status).toBe("running");
  });

  it("fails with the code ABANDONED after that long without progress or heartbeat", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { abandonAfter: "1s" });
    await test.advance("500ms");
    op.increment();
    await test.advance("1s");
    expect(op.snapshot().status).toBe("running");
    op.heartbeat();
    await test.advance("900ms");
    expect(op.snapshot().status).toBe("running");
    await test.advance("100ms");
    expect(op.snapshot()).toMatchObject({
      status: "failed",
      error: { code: "ABANDONED", message: "job showed no sign of life for too long" },
    });
  });

  it("a heartbeat of a level keeps its operation; paused work is not abandoned", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { abandonAfter: "1s" });
    const level = op.startLevel("part");
    for (let n = 0; n < 5; n++) {
      await test.advance("900ms");
      level.heartbeat();
    }
    op.pause();
    await test.advance("1h");
    expect(op.snapshot().status).toBe("paused");
    op.resume();
    await test.advance("1s");
    expect(op.snapshot().status).toBe("failed");
  });
});

describe("a stall", () => {
  it("is told once, shown while it lasts, and over with the next progress", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { stallTimeout: "1s", total: 10 });
    op.increment();
    await test.advance("1500ms");
    expect(op.snapshot()).toMatchObject({ status: "running", stalled: { seconds: 1.4, waitingOn: [] } });
    expect(op.snapshot()).not.toHaveProperty("eta");
    op.heartbeat();
    await test.advance("500ms");
    expect(op.snapshot()).toHaveProperty("stalled");
    op.increment();
    await test.advance("100ms");
    expect(op.snapshot()).not.toHaveProperty("stalled");
    await test.advance("1s");
    expect(names(test).filter((name) => name !== "updated")).toEqual(["started", "stalled", "recovered", "stalled"]);
    const stalled = test.events.find(({ event }) => event === "stalled") as ProgressEvent<"stalled">;
    expect([stalled.idleSeconds, stalled.waitingOn]).toEqual([1, []]);
  });

  it("says what it waits on, in the event, the snapshot and on the span", async () => {
    await using telemetry = await startTestTelemetry();
    await using test = createTestProgress();
    const op = test.progress.start("job", { stallTimeout: "1s" });
    const { clock, inFlight } = (op as unknown as Handle).core.state;
    const startedMillis = clock.monotonicMillis();
    inFlight.opened(op as unknown as Handle, {
      key: "k",
      parentKey: undefined,
      name: "GET /slow",
      startedMillis,
      attributes: { "http.request.method": "GET" },
    });
    await test.advance("1s");
    const waitingOn = [{ name: "GET /slow", elapsedSeconds: 1, attributes: { "http.request.method": "GET" } }];
    expect(op.snapshot()).toMatchObject({ stalled: { seconds: 1, waitingOn } });
    expect(test.events.find(({ event }) => event === "stalled")).toMatchObject({ idleSeconds: 1, waitingOn });
    op.complete();
    const stalled = telemetry.spans()[0]!.events.find(({ name }) => name === "progress.stalled");
    expect(Object.values(stalled!.attributes!)).toEqual([1, ["GET /slow"]]);
  });

  it("of a level has its own limit and is told for the level", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.startLevel("part", { id: "p", stallTimeout: "1s" });
    op.startLevel("part", { id: "q" });
    await test.advance("2s");
    expect(names(test).filter((name) => name.startsWith("stalled"))).toEqual(["stalled p"]);
  });

  it("paused work is not stalled; a pause ends a stall, and after it the limit begins anew", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { stallTimeout: "1s" });
    await test.advance("1s");
    expect(op.snapshot()).toHaveProperty("stalled");
    op.pause("lunch");
    await test.advance("1h");
    expect(op.snapshot()).not.toHaveProperty("stalled");
    op.resume();
    expect(op.snapshot()).not.toHaveProperty("stalled");
    await test.advance("900ms");
    expect(op.snapshot()).not.toHaveProperty("stalled");
    await test.advance("100ms");
    expect(op.snapshot()).toHaveProperty("stalled");
  });

  it("a new attempt ends a stall, and after it the limit begins anew", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { stallTimeout: "1s" });
    await test.advance("1s");
    op.newAttempt();
    expect(op.snapshot()).not.toHaveProperty("stalled");
    await test.advance("1s");
    expect(names(test).filter((name) => name === "stalled")).toHaveLength(2);
  });

  it("percentages reported by the work itself are progress; the same one again is not", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { stallTimeout: "1s" });
    for (let percentage = 1; percentage <= 5; percentage++) {
      op.update({ percentage });
      await test.advance("800ms");
    }
    expect(op.snapshot()).not.toHaveProperty("stalled");
    op.update({ percentage: 5 });
    await test.advance("300ms");
    expect(op.snapshot()).toHaveProperty("stalled");
  });
});

it("a recovery is told to listeners and touches the operation", async () => {
  await using test = createTestProgress();
  const op: Operation<never, string> = test.progress.start("job", { id: "a" });
  handleRecovery(op as unknown as Handle);
  await test.advance(0);
  expect(names(test)).toEqual(["started", "recovered"]);
});
