import { context, metrics, trace } from "@opentelemetry/api";
import { AlwaysOffSampler, createAlwaysRecordSampler } from "@opentelemetry/sdk-trace";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProgressOptions } from "../src/instrumentation/options.js";
import {
  createTestProgress,
  ManualClock,
  type RecordedSpan,
  startTestTelemetry,
  type TestTelemetry,
} from "../src/testing.js";

const EPOCH = Date.UTC(2026, 0, 1);

describe("ManualClock", () => {
  it("begins at 2026 and moves only when told", () => {
    const clock = new ManualClock();
    expect([clock.epochMillis(), clock.monotonicMillis()]).toEqual([EPOCH, 1_000]);
    clock.advance(250);
    expect([clock.epochMillis(), clock.monotonicMillis()]).toEqual([EPOCH + 250, 1_250]);
  });

  it("runs timers when they are due, in order, and not after they were stopped", () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    const note = (who: string) => () => seen.push(`${who} ${clock.epochMillis() - EPOCH}`);
    clock.every(30, note("slow"));
    const stop = clock.every(20, note("fast"));
    clock.advance(60);
    stop();
    clock.advance(30);
    expect(seen).toEqual(["fast 20", "slow 30", "fast 40", "slow 60", "fast 60", "slow 90"]);
  });

  it("while blocked no timer runs, and afterwards each runs once, late, as setInterval does", () => {
    const clock = new ManualClock();
    const seen: number[] = [];
    clock.every(100, () => seen.push(clock.epochMillis() - EPOCH));
    clock.block(1_050);
    expect(seen).toEqual([]);
    clock.advance(200);
    expect(seen).toEqual([1_050, 1_150, 1_250]);
  });

  it("a timer may be stopped from inside another", () => {
    const clock = new ManualClock();
    const seen: string[] = [];
    const stop = clock.every(20, () => seen.push("late"));
    clock.every(10, () => {
      seen.push("early");
      stop();
    });
    clock.advance(20);
    expect(seen).toEqual(["early", "early"]);
  });
});

describe("createTestProgress", () => {
  it("gives ids in order, one instance and strict misuse", async () => {
    await using test = createTestProgress();
    const [first, second] = [test.progress.start("job"), test.progress.start("job")];
    expect([first.id, second.id]).toEqual(["1", "2"]);
    expect(first.snapshot().instance).toEqual({ id: "test", host: "localhost", pid: 1 });
    expect(() => first.increment(-1)).toThrow(expect.objectContaining({ code: "INVALID_NUMBER" }));
    expect(test.misuse()).toEqual(["INVALID_NUMBER"]);
  });

  it("collects misuse without throwing when it is told not to be strict", async () => {
    await using test = createTestProgress({ strict: false });
    test.progress.start("job", { id: "a" });
    test.progress.start("job", { id: "a" });
    test.progress.start("job").setTotal(-1);
    expect(test.misuse()).toEqual(["DUPLICATE_ID", "INVALID_NUMBER"]);
  });

  it("records every event in order, with the times of the clock", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 2 });
    op.increment();
    await test.advance("250ms");
    op.complete();
    await test.advance(0);
    expect(test.events.map(({ event, time, operation }) => [event, time, operation.current])).toEqual([
      ["started", "2026-01-01T00:00:00.000Z", 0],
      ["updated", "2026-01-01T00:00:00.100Z", 1],
      ["completed", "2026-01-01T00:00:00.250Z", 1],
    ]);
  });

  it("advance lets promises that wait for the passing time go on, step by step", async () => {
    await using test = createTestProgress();
    const sleep = (millis: number) =>
      new Promise<void>((resolve) => {
        const stop = test.clock.every(millis, () => {
          stop();
          resolve();
        });
      });
    const work = test.progress.operation("job", { id: "a" }, async (op) => {
      for (let n = 0; n < 3; n++) {
        await sleep(100);
        op.increment();
      }
    });
    await test.advance("1s");
    expect(test.progress.live.get("a")).toMatchObject({ status: "completed", current: 3, elapsedSeconds: 0.3 });
    await work;
  });
});

describe("startTestTelemetry", () => {
  it("registers a real SDK, gives spans and series, and takes everything back", async () => {
    const telemetry = await startTestTelemetry();
    const counter = metrics.getMeter("test").createCounter("things", { unit: "{thing}" });
    const histogram = metrics.getMeter("test").createHistogram("sizes", { unit: "By" });
    counter.add(2, { color: "red" });
    histogram.record(3);
    histogram.record(4);
    trace.getTracer("test").startActiveSpan("outer", (outer) => {
      trace.getTracer("test").startSpan("inner").end();
      outer.end();
    });
    const [inner, outer] = telemetry.spans();
    expect([inner!.name, outer!.name]).toEqual(["inner", "outer"]);
    expect(inner!.parentSpanContext?.spanId).toBe(outer!.spanContext().spanId);
    expect(await telemetry.metrics()).toEqual([
      { name: "things", unit: "{thing}", attributes: { color: "red" }, value: 2 },
      { name: "sizes", unit: "By", attributes: {}, value: { count: 2, sum: 7 } },
    ]);
    await telemetry[Symbol.asyncDispose]();
    expect(trace.getTracer("test").startSpan("after").isRecording()).toBe(false);
    expect(
      context.with(context.active().setValue(Symbol.for("k"), 1), () => context.active().getValue(Symbol.for("k"))),
    ).toBe(undefined);
  });

  it("is of the major these tests are run for", async () => {
    const { createRequire } = await import("node:module");
    const require = createRequire(`${process.cwd()}/compat/${process.env["SDK"]}/package.json`);
    const path = require.resolve("@opentelemetry/sdk-trace");
    expect((await import(path)).AlwaysOffSampler).toBe(AlwaysOffSampler);
  });
});

let telemetry: TestTelemetry;
/** A run with a bit of everything, and what the live state says of it: while it runs and at its end. */
async function liveState(options: ProgressOptions = {}) {
  await using test = createTestProgress(options);
  const op = test.progress.start("job", { id: "a", total: 1_000_000 });
  op.level("part", { id: "p", total: 2 }, (part) => part.increment(2));
  for (let round = 0; round < 100; round++) {
    for (let n = 0; n < 10_000; n++) op.increment();
    test.clock.advance(100);
  }
  op.event("beat");
  const running = op.snapshot();
  op.fail(new Error("x"));
  const { traceId: _, spanId: __, ...ended } = op.snapshot();
  const { traceId, spanId, ...before } = running;
  return { before, ended, traceId, spanId, kinds: test.events.map(({ event }) => event) };
}

describe("sampling", () => {
  beforeEach(async () => {
    telemetry = await startTestTelemetry();
  });
  afterEach(() => telemetry[Symbol.asyncDispose]());
  const restart = async (sampler: unknown) => {
    await telemetry[Symbol.asyncDispose]();
    telemetry = await startTestTelemetry({ sampler });
  };

  it("the live state is the same when the trace is sampled out and when there is no SDK at all", async () => {
    const options = { strict: false };
    const recorded = await liveState(options);
    await restart(new AlwaysOffSampler());
    const sampledOut = await liveState(options);
    expect(telemetry.spans()).toEqual([]);
    await telemetry[Symbol.asyncDispose]();
    const none = await liveState(options);
    expect(recorded.before).toMatchObject({
      current: 1_000_000,
      total: 1_000_000,
      percentage: 99.9,
      status: "running",
    });
    expect(recorded.before.levels[0]).toMatchObject({ id: "p", status: "completed", current: 2 });
    for (const other of [sampledOut, none]) {
      expect(other.before).toEqual(recorded.before);
      expect(other.ended).toEqual(recorded.ended);
      expect(other.kinds).toEqual(recorded.kinds);
    }
    expect(recorded.traceId).toMatch(/^[0-9a-f]{32}$/);
    // Valid ids also for a span that is not sampled; without an SDK there are none, and zeros are no id.
    expect(sampledOut.traceId).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
    expect(sampledOut.spanId).toMatch(/^(?!0{16})[0-9a-f]{16}$/);
    expect([none.traceId, none.spanId]).toEqual([undefined, undefined]);
  });

  it("a span that is recorded but not sampled is written, and not exported", async () => {
    const seen: RecordedSpan[] = [];
    const watcher = {
      onStart() {},
      onEnd: (span: RecordedSpan) => seen.push(span),
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    await telemetry[Symbol.asyncDispose]();
    telemetry = await startTestTelemetry({
      sampler: createAlwaysRecordSampler(new AlwaysOffSampler()),
      spanProcessors: [watcher],
    });
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 2 });
    op.increment();
    op.complete();
    expect(telemetry.spans()).toEqual([]);
    expect(seen.map((span) => [span.name, span.attributes["progress.current"], span.events.length])).toEqual([
      ["job", 1, 2],
    ]);
  });
});
