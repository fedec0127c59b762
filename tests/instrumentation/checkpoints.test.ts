import { trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkpointInterval } from "../../src/instrumentation/checkpoints.js";
import { ProgressSpanProcessor } from "../../src/instrumentation/span-processor.js";
import {
  createTestProgress,
  type RecordedSpan,
  startTestTelemetry,
  type TestProgress,
  type TestTelemetry,
} from "../../src/testing.js";

const START = Date.UTC(2026, 0, 1);
let test: TestProgress;
let telemetry: TestTelemetry;
beforeEach(async () => {
  test = createTestProgress({ stallTimeout: "7d" });
  telemetry = await startTestTelemetry({ spanProcessors: [new ProgressSpanProcessor({ progress: test.progress })] });
});
afterEach(async () => {
  await telemetry[Symbol.asyncDispose]();
  await test.progress.shutdown();
});

const seconds = ([whole, nanos]: readonly [number, number]) => (whole * 1e3 + nanos / 1e6 - START) / 1e3;
const marks = (spans = telemetry.spans()) =>
  spans
    .filter(({ attributes }) => "progress.span.role" in attributes)
    .map((span): [string, number, number] => [span.name, seconds(span.startTime), seconds(span.endTime)]);
const last = (name: string): RecordedSpan => telemetry.spans().findLast((span) => span.name === name)!;

describe("a running operation", () => {
  it("leaves no trace of its own before ten seconds", async () => {
    const op = test.progress.start("job");
    await test.advance("9900ms");
    op.complete();
    expect([marks(), telemetry.spans().length]).toEqual([[], 1]);
  });

  it("is told of at ten seconds, as a span of a millisecond at its start, under its own", async () => {
    const op = test.progress.start("job", { id: "a", name: "Nightly" });
    await test.advance("10s");
    expect(marks()).toEqual([["job started", 0, 0.001]]);
    const started = last("job started");
    expect(started.attributes).toEqual({
      "progress.operation.id": "a",
      "progress.operation.type": "job",
      "progress.operation.name": "Nightly",
      "progress.span.role": "started",
    });
    op.complete();
    const { traceId, spanId } = last("job").spanContext();
    expect([started.parentSpanContext!.spanId, started.spanContext().traceId]).toEqual([spanId, traceId]);
    expect(started.spanContext().spanId).not.toBe(spanId);
  });

  it("then leaves a checkpoint of every stretch, moved or not, with how far it is", async () => {
    const op = test.progress.start("job", { total: 10, unit: "row" });
    op.update({ current: 4, message: "parsing" });
    await test.advance("70s");
    expect(marks()).toEqual([
      ["job started", 0, 0.001],
      ["job checkpoint", 0, 40],
      ["job checkpoint", 40, 70],
    ]);
    const { "progress.rate.current": rate, ...rest } = last("job checkpoint").attributes;
    expect(rate).toBeGreaterThan(0);
    expect(rest).toEqual({
      "progress.operation.id": op.id,
      "progress.operation.type": "job",
      "progress.span.role": "checkpoint",
      "progress.status": "running",
      "progress.current": 4,
      "progress.total": 10,
      "progress.unit": "row",
      "progress.ratio": 0.4,
      "progress.message": "parsing",
    });
  });

  it("is told of while paused, with the reason, and in its stage and attempt", async () => {
    const op = test.progress.start("job");
    op.newAttempt("again");
    op.pause("quota");
    await test.advance("40s");
    expect(last("job checkpoint").attributes).toMatchObject({
      "progress.status": "paused",
      "progress.reason": "quota",
      "progress.attempt": 2,
    });
    op.complete();
  });

  it("says while it is stalled for how long, and what it waits for", async () => {
    test.progress.operation("job", { id: "a", stallTimeout: "20s" }, () => {
      trace.getTracer("app").startSpan("GET supplier");
      return new Promise(() => {});
    });
    await test.advance("30s");
    expect(last("job checkpoint").attributes).toMatchObject({
      "progress.status": "running",
      "progress.idle_time": 30,
      "progress.waiting_on": ["GET supplier"],
    });
    test.progress.handle("a")!.increment();
    await test.advance("15s");
    test.progress.handle("a")!.increment();
    await test.advance("15s");
    expect(marks().length).toBe(3);
    expect(Object.keys(last("job checkpoint").attributes)).not.toContain("progress.idle_time");
  });

  it("is told of as soon as it stalls, at most twice a minute", async () => {
    const op = test.progress.start("job", { stallTimeout: "65s" });
    for (let minute = 0; minute < 300; minute++) {
      op.increment();
      test.clock.advance(60_000);
    }
    const ends = () => marks().map(([, , to]) => to);
    const before = ends().at(-1)!;
    test.clock.advance(6_000);
    expect([before, ends().at(-1)]).toEqual([17_972.6, 18_005.2]);
    const count = ends().length;
    for (let times = 0; times < 10; times++) {
      op.increment();
      test.clock.advance(66_000);
    }
    expect(ends().length - count).toBe(10);
    const [quick, told] = [test.progress.start("quick", { stallTimeout: "1s" }), ends().length];
    for (let times = 0; times < 60; times++) {
      quick.increment();
      test.clock.advance(2_000);
    }
    expect(ends().length - told).toBe(5);
  });

  it("over a day leaves a few hundred, at most ten minutes apart, and no id twice", async () => {
    const op = test.progress.start("job");
    for (let minute = 0; minute < 1_440; minute++) test.clock.advance(60_000);
    op.complete();
    const found = marks();
    const stretches = found.slice(1).map(([, from, to]) => to - from);
    expect([found.length > 200, found.length < 500, Math.max(...stretches) <= 660]).toEqual([true, true, true]);
    const ids = telemetry.spans().map((span) => span.spanContext().spanId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it("is not among what an operation waits for", async () => {
    const op = test.progress.start("job", { stallTimeout: "12s" });
    await test.advance("12s");
    expect(op.snapshot()).toMatchObject({ stalled: { waitingOn: [] } });
    op.complete();
  });
});

it.each([
  [0, 30_000],
  [1_500_000, 30_000],
  [3_000_000, 60_000],
  [30_000_000, 600_000],
  [1e12, 600_000],
])("at an age of %d ms the next checkpoint comes after %d ms", (elapsed, interval) => {
  expect(checkpointInterval(elapsed)).toBe(interval);
});

describe("nothing is told", () => {
  it("of levels, nor of operations when told never to", async () => {
    await using quiet = createTestProgress({ checkpointAfter: "never" });
    const op = quiet.progress.start("quiet");
    test.progress.start("job").startLevel("part");
    await quiet.advance("1h");
    await test.advance("40s");
    op.complete();
    expect(marks().map(([name]) => name)).toEqual(["job started", "job checkpoint"]);
  });

  it("without an SDK, and it is not asked again", async () => {
    await telemetry[Symbol.asyncDispose]();
    const op = test.progress.start("job");
    await test.advance("1h");
    op.complete();
    telemetry = await startTestTelemetry();
    expect(telemetry.spans()).toEqual([]);
  });

  it("sooner or later than is asked for", async () => {
    await using soon = createTestProgress({ checkpointAfter: "1s" });
    const op = soon.progress.start("soon");
    await soon.advance("900ms");
    const before = marks().length;
    await soon.advance("100ms");
    expect([before, marks()]).toEqual([0, [["soon started", 0, 0.001]]]);
    op.complete();
  });
});
