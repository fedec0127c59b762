// What was asked for, row by row: F28, F29, F30 and F32. See docs/features.md.

import { expect, it } from "vitest";
import type { ProgressError } from "../../src/errors.js";
import { createTestProgress } from "../../src/testing.js";

it("F28: granularity from basic to verbose, an update interval, batching, event filters", async () => {
  const told = async (granularity: "basic" | "standard" | "detailed" | "verbose") => {
    await using test = createTestProgress({ granularity, interval: "1s" });
    const seen: string[] = [];
    test.progress.subscribe(({ event, level }) => seen.push(level === undefined ? event : `level ${event}`));
    await test.progress.operation("job", async (op) => {
      op.startLevel("part").complete();
      for (let n = 0; n < 10; n++) op.increment();
      await test.advance("1s");
      op.pause();
      op.resume();
    });
    await test.advance("1s");
    return seen;
  };
  expect(await told("basic")).toEqual(["started", "paused", "resumed", "completed"]);
  expect(await told("standard")).toEqual(["started", "updated", "paused", "resumed", "completed"]);
  const levels = ["started", "level started", "level completed", "updated", "paused", "resumed", "completed"];
  expect(await told("verbose")).toEqual(levels);

  await using test = createTestProgress();
  const filtered: string[] = [];
  test.progress.subscribe(({ operation }) => filtered.push(operation.id), {
    events: ["completed"],
    filter: { type: "import" },
  });
  for (const [n, type] of ["import", "export", "import"].entries())
    test.progress.start(type, { id: `${n}` }).complete();
  await test.advance("1s");
  expect(filtered).toEqual(["0", "2"]);
});

it("F29: a limit on concurrent operations, abandoned ones ended, timeouts as failures with a code, retries as attempts", async () => {
  await using test = createTestProgress({ strict: false, limits: { active: 2 }, timeout: "1m", abandonAfter: "10s" });
  const { progress } = test;
  const [busy] = [progress.start("job", { id: "busy" }), progress.start("job", { id: "idle" })];
  expect(progress.operation("job", { id: "third" }, () => "runs all the same")).toBe("runs all the same");
  expect([progress.live.get("third"), progress.live.stats().losses]).toEqual([undefined, { operations_refused: 1 }]);
  const { signal } = busy!;
  for (let second = 0; second < 61; second++) {
    busy!.heartbeat();
    await test.advance("1s");
  }
  expect(progress.live.get("idle")).toMatchObject({ status: "failed", error: { code: "ABANDONED" } });
  expect(progress.live.get("busy")).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
  expect([signal.aborted, (signal.reason as ProgressError).code]).toEqual([true, "TIMEOUT"]);

  let calls = 0;
  const flaky = async () => {
    if (++calls < 3) throw new Error(`failed ${calls}`);
    return "done";
  };
  const retry = async (fn: () => Promise<string>): Promise<string> => fn().catch(() => retry(fn));
  const result = await progress.operation("job", { id: "retried" }, async (op) => retry(op.attempts(flaky)));
  expect([result, progress.live.get("retried")!.attempt]).toEqual(["done", 3]);
});

it("F30: statistics: active, by status and type, mean and 95th percentile of durations, totals since the start", async () => {
  await using test = createTestProgress({ limits: { finished: 2 } });
  const { progress } = test;
  for (const seconds of [1, 2, 9]) {
    const op = progress.start("import");
    await test.advance(seconds * 1_000);
    op.complete();
    await test.advance("100ms");
  }
  progress.start("import").fail(new Error("no"));
  progress.start("export").cancel();
  progress.start("export").pause();
  progress.start("import");
  expect(progress.live.stats()).toEqual({
    active: 2,
    byStatus: { pending: 0, running: 1, paused: 1, completed: 3, failed: 1, cancelled: 1, lost: 0 },
    byType: { import: 1, export: 1 },
    meanSeconds: 4,
    p95Seconds: 9,
    forgotten: { operations: 3, levels: 0 },
    losses: {},
  });
});

it("F32: the work may report percentage and remaining time itself; retries, timeouts and results keep codes and summaries", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("job", { id: "a", total: 10 });
  op.increment(2);
  op.newAttempt("connection lost");
  op.update({ percentage: 42.5, etaSeconds: 90 });
  await test.advance("30s");
  expect(op.snapshot()).toMatchObject({
    attempt: 2,
    percentage: 42.5,
    eta: { seconds: 60, low: 60, high: 60, basis: "reported" },
  });
  op.complete({ exitCode: 0, files: ["a.mp4"] });
  expect(op.snapshot()).toMatchObject({ attempt: 2, summary: { exitCode: 0, files: ["a.mp4"] } });
  const late = test.progress.start("job", { id: "b", timeout: "5s" });
  late.update({ percentage: 42.5 });
  await test.advance("5s");
  expect(late.snapshot()).toMatchObject({ status: "failed", percentage: 42.5, error: { code: "TIMEOUT" } });
});
