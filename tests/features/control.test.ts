// What was asked for, row by row: F11 to F32, as far as they are about what progress is. See docs/features.md.

import { afterEach, beforeEach, expect, it } from "vitest";
import { coreOf } from "../../src/instrumentation/core.js";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

const clip = defineOperation("video.clip", {
  stages: {
    queued: [0, 5],
    downloading: { range: [5, 25], label: "Downloading" },
    transcribing: [25, 50],
    rendering: [50, 100],
  },
});
let test: TestProgress;
beforeEach(() => {
  test = createTestProgress({ strict: false });
});
afterEach(() => test.progress.shutdown());
const get = (id: string) => test.progress.live.get(id)!;
const losses = () => test.progress.live.stats().losses;

it("F10: remaining time from historical runs: at once, with a range, from one process to the next; another history is noticed", async () => {
  const etaHistory = new Map<string, string>();
  /** A job that is slow for half of its time. */
  const run = async (seconds: number, until: number) => {
    await using test = createTestProgress({ etaHistory });
    const op = test.progress.start("import", { total: 110 });
    const seen = [op.snapshot().eta];
    for (let second = 0; second < until; second++) {
      op.increment(second < seconds / 2 ? 10 / (seconds / 2) : 100 / (seconds / 2));
      await test.advance("1s");
    }
    seen.push(op.snapshot().eta);
    if (until === seconds) op.complete();
    else op.cancel();
    return seen;
  };
  expect((await run(100, 100))[0]).toBeUndefined();
  await run(100, 100);
  const [atOnce, later] = await run(100, 40);
  expect(atOnce).toMatchObject({ basis: "history" });
  expect(atOnce!.seconds).toBeCloseTo(100, 0);
  expect(later!.seconds).toBeGreaterThan(55);
  expect(later!.seconds).toBeLessThan(65);
  expect([later!.low < 60, later!.high > 60]).toEqual([true, true]);
  const [, another] = await run(4, 3);
  expect(another).toMatchObject({ basis: "rate" });
  expect(another!.seconds).toBeLessThan(10);
});

it("F11: performance data: items a second now, mean and peak, time per item, and CPU, memory and event loop of the process", async () => {
  const { state } = coreOf(test.progress);
  const sample = { loopActiveMillis: 0, loopIdleMillis: 0, cpuSeconds: 0, memoryBytes: 100e6, millis: 0 };
  state.usage = sample;
  const op = test.progress.start("job", { id: "a", total: 100 });
  for (let second = 0; second < 10; second++) {
    op.increment(second < 5 ? 2 : 6);
    await test.advance("1s");
  }
  state.usage = { loopActiveMillis: 2_500, loopIdleMillis: 7_500, cpuSeconds: 4, memoryBytes: 128e6, millis: 10_000 };
  const { rate, meanRate, peakRate, process, curve } = get("a");
  expect([meanRate, rate! > meanRate!, peakRate! >= rate!]).toEqual([4, true, true]);
  expect(process).toEqual({
    cpuSeconds: 4,
    cpuUtilization: 0.4,
    eventLoopUtilization: 0.25,
    memoryBytes: 128e6,
    memoryGrowthBytes: 28e6,
  });
  expect([curve![0], curve!.at(-1)![1]]).toEqual([[0, 0], 0.4]);
});

it("F12: cancellation is requested, seen and noticed by the work, which decides how it ends", async () => {
  const done = test.progress.operation("job", { id: "a" }, async (op) => {
    await new Promise((_, reject) => op.signal.addEventListener("abort", () => reject(op.signal.reason)));
  });
  expect(test.progress.live.requestCancel("a", "user left")).toBe(true);
  expect(get("a")).toMatchObject({ status: "running", cancelRequested: { reason: "user left" } });
  await expect(done).rejects.toMatchObject({ code: "CANCELLED" });
  expect(get("a")).toMatchObject({ status: "cancelled", reason: "user left" });
});

it("F17: concurrent operations and levels stay correct; a duplicate id is refused with a clear error and runs untracked", async () => {
  const { progress } = test;
  const work = (id: string) =>
    progress.operation("job", { id, total: 100 }, async (op) => {
      const level = async (n: number) =>
        op.level("part", { id: `p${n}`, total: 25 }, async (part) => {
          for (let k = 0; k < 25; k++) {
            await Promise.resolve();
            part.increment();
            progress.getActive()!.message(part.id);
          }
        });
      await Promise.all([level(0), level(1), level(2), level(3)]);
      op.increment(100);
    });
  await Promise.all(Array.from({ length: 20 }, (_, n) => work(`job-${n}`)));
  for (const { levels, current, status } of progress.live.list()) {
    expect([current, status]).toEqual([100, "completed"]);
    expect(levels.map(({ id, current, message }) => [id, current, message])).toEqual(
      [0, 1, 2, 3].map((n) => [`p${n}`, 25, `p${n}`]),
    );
  }
  progress.start("job", { id: "a" });
  expect(progress.operation("job", { id: "a" }, () => 42)).toBe(42);
  expect([test.misuse(), losses()["misuse"]]).toEqual([["DUPLICATE_ID"], 1]);
});

it("F18: notifications are throttled to ticks, the state is always exact, memory is bounded", async () => {
  const told: (number | undefined)[] = [];
  test.progress.subscribe(({ operation }) => told.push(operation.current), { events: ["updated"] });
  const op = test.progress.start("job", { id: "a" });
  for (let n = 1; n <= 10_000; n++) {
    op.increment();
    if (n % 2_500 === 0) {
      expect(get("a").current).toBe(n);
      await test.advance("100ms");
    }
  }
  for (let n = 0; n < 3_000; n++) op.startLevel("part").complete();
  expect(told).toEqual([2_500, 5_000, 7_500, 10_000]);
  expect([get("a").levels.length, get("a").droppedLevels, get("a").counts!.completed]).toEqual([1_000, 2_000, 3_000]);
});

it("F19: every option can be set in code and in the environment, and code wins", () => {
  process.env["PROGRESS_MAX_FINISHED"] = "1";
  try {
    const kept = (options: object) => {
      const progress = createProgress(options);
      for (const id of ["a", "b", "c"]) progress.start("job", { id }).complete();
      return progress.live.list().length;
    };
    expect([kept({}), kept({ limits: { finished: 2 } })]).toEqual([1, 2]);
  } finally {
    delete process.env["PROGRESS_MAX_FINISHED"];
  }
});

it("F21: stages with percent ranges: by stage, by status string, by percent, within a stage; a list with labels", async () => {
  const seen = () => [get("a").stage, get("a").percentage];
  const op = test.progress.start(clip, { id: "a" });
  op.enterStage("downloading");
  expect(seen()).toEqual(["downloading", 5]);
  op.enterStage("downloading", { percentage: 50 });
  expect(seen()).toEqual(["downloading", 15]);
  const text: string = "transcribing";
  if (clip.isStage(text)) test.progress.handle(clip, "a")!.enterStage(text);
  expect([seen(), clip.isStage("mixing")]).toEqual([["transcribing", 25], false]);
  op.update({ percentage: 60 });
  expect(seen()).toEqual(["transcribing", 60]);
  await op.stage("rendering", { total: 4 }, async (stage) => {
    stage.increment();
    expect(seen()).toEqual(["rendering", 62.5]);
  });
  expect(clip.stages.slice(0, 2)).toEqual([
    { name: "queued", label: "queued", from: 0, to: 5 },
    { name: "downloading", label: "Downloading", from: 5, to: 25 },
  ]);
});

it("F22: opaque work moves smoothly, marked as estimated, never to the end, and gives way to what the work says", async () => {
  const op = test.progress.start(clip, { id: "a" });
  op.enterStage("transcribing", { simulate: { expected: "100s" } });
  const shown: number[] = [];
  for (let second = 0; second < 300; second++) {
    await test.advance("1s");
    shown.push(get("a").percentage!);
    expect(get("a").estimated).toBe(true);
  }
  expect(shown.every((value, n) => value < 50 && value >= (shown[n - 1] ?? 25))).toBe(true);
  expect([shown[49]! > 36, shown[99]! > 46]).toEqual([true, true]);
  op.enterStage("rendering", { percentage: 10 });
  expect([get("a").percentage, get("a").estimated]).toEqual([55, undefined]);
});

it("F25: validation: descriptive errors for bad percents, unknown stages, invalid transitions", () => {
  const strict = createTestProgress();
  const op = strict.progress.start(clip) as Operation;
  const says = (call: () => void) => {
    try {
      call();
    } catch (error) {
      return (error as Error).message;
    }
    return "nothing";
  };
  expect([
    says(() => op.update({ percentage: 120 })),
    says(() => op.enterStage("mixing")),
    says(() => op.resume()),
    says(() => op.increment(Number.NaN)),
  ]).toEqual([
    "update: percentage: expected a number from 0 to 100, received 120",
    'a stage of video.clip: expected queued, downloading, transcribing, rendering, received "mixing"',
    'video.clip is running: expected paused, completed, failed, cancelled next, received "running"',
    "increment: expected a number from 0 to 2^53 - 1, received NaN",
  ]);
  expect(() => defineOperation("x", { stages: { a: [0, 40], b: [60, 100] } as never })).toThrow(
    "x: stage b is [60, 100]; expected it to start at 40 and to end later",
  );
});

it("F26: progress over time is kept in bounded space, and sub-operations are declared in advance as pending", async () => {
  const op = test.progress.start("session", { id: "a", total: 1_000 });
  op.declare("analyze", { id: "s1", name: "Analyze" });
  expect(get("a").levels[0]).toMatchObject({ id: "s1", name: "Analyze", status: "pending" });
  op.startLevel("analyze", { id: "s1" }).complete();
  expect(get("a").levels[0]!.status).toBe("completed");
  for (let n = 0; n < 1_000; n++) {
    op.increment();
    await test.advance("100ms");
  }
  const { curve } = get("a");
  expect([curve!.length <= 31, curve!.length > 15, curve![0]]).toEqual([true, true, [0, 0]]);
});

it("F27: paused with a reason and the percentage kept, cancelled with a reason, failed with a code, completed with a summary", async () => {
  const start = (id: string) => {
    const op = test.progress.start("job", { id, total: 10 });
    op.increment(4);
    return op;
  };
  start("p").pause("quota");
  start("c").cancel("not needed");
  start("f").fail(new Error("no"), { code: "E_NO" });
  start("d").complete({ rows: 4 });
  expect(get("p")).toMatchObject({ status: "paused", reason: "quota", percentage: 40 });
  expect(get("c")).toMatchObject({ status: "cancelled", reason: "not needed", percentage: 40 });
  expect(get("f")).toMatchObject({ status: "failed", error: { code: "E_NO", message: "no" }, percentage: 40 });
  expect(get("d")).toMatchObject({ status: "completed", summary: { rows: 4 }, percentage: 100 });
});
