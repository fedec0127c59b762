import { type HrTime, SpanStatusCode, trace } from "@opentelemetry/api";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createTestProgress, type RecordedSpan, startTestTelemetry, type TestTelemetry } from "../../src/testing.js";

const EPOCH = Date.UTC(2026, 0, 1);
/** Milliseconds since the manual clock began. */
const millis = ([seconds, nanos]: HrTime) => seconds * 1_000 + nanos / 1e6 - EPOCH;

let telemetry: TestTelemetry;
beforeEach(async () => {
  telemetry = await startTestTelemetry();
});
afterEach(() => telemetry[Symbol.asyncDispose]());

const named = (name: string): RecordedSpan => {
  const found = telemetry.spans().filter((span) => span.name === name);
  expect(found.map((span) => span.name)).toEqual([name]);
  return found[0]!;
};
const events = (span: RecordedSpan) =>
  span.events.map(({ name, time, attributes }) => ({ at: millis(time), name, ...attributes }));
const updates = (span: RecordedSpan) => events(span).filter(({ name }) => name === "progress.update");

describe("what a span says", () => {
  it("an operation and a level carry who they are, how they ended and exact times", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("catalog.import", { id: "a", name: "Nightly import", total: 4, unit: "row" });
    test.clock.block(250);
    const level = op.startLevel("song", { id: "s", name: "Help!" });
    level.increment(2);
    level.itemFailed(undefined, 1);
    level.itemSkipped(3);
    test.clock.block(500);
    level.complete();
    op.increment(3);
    test.clock.block(250);
    op.complete();
    const [song, whole] = [named("song"), named("catalog.import")];
    expect([millis(song.startTime), millis(song.endTime)]).toEqual([250, 750]);
    expect([millis(whole.startTime), millis(whole.endTime)]).toEqual([0, 1_000]);
    expect(song.attributes).toEqual({
      "progress.operation.id": "a",
      "progress.operation.type": "catalog.import",
      "progress.level.id": "s",
      "progress.level.type": "song",
      "progress.level.name": "Help!",
      "progress.status": "completed",
      "progress.current": 6,
      "progress.ratio": 1,
      "progress.items.failed": 1,
      "progress.items.skipped": 3,
      "progress.rate.mean": 4,
      "progress.rate.peak": 4,
    });
    expect(whole.attributes).toEqual({
      "progress.operation.id": "a",
      "progress.operation.type": "catalog.import",
      "progress.operation.name": "Nightly import",
      "progress.status": "completed",
      "progress.current": 3,
      "progress.total": 4,
      "progress.unit": "row",
      "progress.ratio": 1,
      "progress.rate.mean": 3,
      "progress.rate.peak": 3,
    });
    expect([song.status, whole.status]).toEqual([{ code: SpanStatusCode.UNSET }, { code: SpanStatusCode.UNSET }]);
  });

  it("what is unknown is absent", async () => {
    await using test = createTestProgress();
    test.progress.start("job", { id: "a" }).cancel();
    expect(named("job").attributes).toEqual({
      "progress.operation.id": "a",
      "progress.operation.type": "job",
      "progress.status": "cancelled",
    });
    expect(named("job").events.map(({ name }) => name)).toEqual(["progress.status"]);
  });

  it("reason, attempt and reached ratio of a cancelled operation are told, and it is no error", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a", total: 8 });
    op.newAttempt("flaky disk");
    op.increment(2);
    op.cancel("not needed");
    const span = named("job");
    expect(span.attributes).toEqual({
      "progress.operation.id": "a",
      "progress.operation.type": "job",
      "progress.status": "cancelled",
      "progress.reason": "not needed",
      "progress.attempt": 2,
      "progress.current": 2,
      "progress.total": 8,
      "progress.ratio": 0.25,
    });
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
  });

  it("a failure sets status ERROR, error.type and one recorded exception", async () => {
    await using test = createTestProgress();
    const error = new RangeError("disk is full");
    const work = () => test.progress.operation("job", () => Promise.reject(error));
    await expect(work()).rejects.toBe(error);
    const span = named("job");
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: "disk is full" });
    expect(span.attributes["error.type"]).toBe("RangeError");
    expect(events(span)).toEqual([
      {
        at: 0,
        name: "exception",
        "exception.type": "RangeError",
        "exception.message": "disk is full",
        "exception.stacktrace": error.stack,
      },
    ]);
  });

  it("the code of a failure wins over the class of its error", async () => {
    await using test = createTestProgress();
    test.progress.start("job").fail("no disk", { code: "DISK_FULL" });
    const span = named("job");
    expect(span.attributes["error.type"]).toBe("DISK_FULL");
    expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: "no disk" });
    expect(events(span)).toEqual([
      { at: 0, name: "exception", "exception.type": "DISK_FULL", "exception.message": "no disk" },
    ]);
  });

  it("an error whose code has no text does not disturb the work that failed", async () => {
    await using test = createTestProgress();
    const error = Object.assign(new Error("odd"), { code: Object.create(null) });
    await expect(test.progress.operation("job", () => Promise.reject(error))).rejects.toBe(error);
    expect(named("job").attributes["error.type"]).toBe("Error");
  });

  it("a timeout is an error of type TIMEOUT at the tick that found it", async () => {
    await using test = createTestProgress();
    test.progress.start("job", { timeout: "1s" });
    await test.advance("2s");
    const span = named("job");
    expect(span.attributes["error.type"]).toBe("TIMEOUT");
    expect(millis(span.endTime)).toBe(1_000);
  });

  it("attributes of the user are on the span, and leave room for the results at the SDK's limit of 128", async () => {
    await using test = createTestProgress({ strict: false });
    const many = Object.fromEntries(Array.from({ length: 200 }, (_, index) => [`app.a${index}`, index]));
    const op = test.progress.start("job", { attributes: { "app.tenant": "acme" } });
    op.setAttributes(many);
    op.increment();
    op.complete();
    const { attributes } = named("job");
    expect(Object.keys(attributes).filter((name) => name.startsWith("app."))).toHaveLength(64);
    expect([attributes["app.tenant"], attributes["app.a62"], attributes["app.a63"]]).toEqual(["acme", 62, undefined]);
    expect([attributes["progress.status"], attributes["progress.current"]]).toEqual(["completed", 1]);
  });

  it("the stage an operation was in is told", async () => {
    const { defineOperation } = await import("../../src/instrumentation/definition.js");
    const clip = defineOperation("clip", { stages: { download: [0, 50], encode: [50, 100] } });
    await using test = createTestProgress();
    const op = test.progress.start(clip);
    op.enterStage("encode");
    op.fail(new Error("x"));
    expect(named("clip").attributes["progress.stage"]).toBe("encode");
  });
});

describe("events", () => {
  it("a million increments leave at most 32 updates, the first and the last among them, evenly spread", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job", { total: 1_000_000 });
    for (let round = 0; round < 1_000; round++) {
      for (let n = 0; n < 1_000; n++) op.increment();
      test.clock.advance(100);
    }
    test.clock.block(50);
    op.complete();
    const seen = updates(named("job"));
    expect(seen.length).toBeGreaterThan(16);
    expect(seen.length).toBeLessThanOrEqual(32);
    expect(seen[0]).toEqual({
      at: 0,
      name: "progress.update",
      "progress.current": 0,
      "progress.total": 1_000_000,
      "progress.ratio": 0,
    });
    const last = seen.at(-1)!;
    expect(last).toEqual({
      at: 100_050,
      name: "progress.update",
      "progress.current": 1_000_000,
      "progress.total": 1_000_000,
      "progress.ratio": 1,
      "progress.rate.current": 1_000_000 / 100.05,
    });
    const gaps = new Set(seen.slice(1, -1).map(({ at }, index) => at - seen[index]!.at));
    expect([...gaps]).toEqual([6_400]);
    expect(seen.slice(0, -1).map((event) => event["progress.current" as never])).toEqual(
      seen.slice(0, -1).map(({ at }) => at * 10),
    );
    expect(named("job").events).toHaveLength(seen.length);
  });

  it("a million increments in one blocked loop are told by its start and its end", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    for (let n = 0; n < 1_000_000; n++) op.increment();
    test.clock.block(2_000);
    op.complete();
    expect(updates(named("job"))).toEqual([
      { at: 0, name: "progress.update", "progress.current": 0 },
      {
        at: 2_000,
        name: "progress.update",
        "progress.current": 1_000_000,
        "progress.ratio": 1,
        "progress.rate.current": 500_000,
      },
    ]);
  });

  it("whatever the length and the budget, updates are few, start at 0, end with the end, and are evenly spread", async () => {
    const byBudget = new Map(
      [2, 3, 8, 32, 100].map((most) => [most, createTestProgress({ eventsPerSpan: most, checkpointAfter: "never" })]),
    );
    let spans = 0;
    fc.assert(
      fc.property(fc.constantFrom(2, 3, 8, 32, 100), fc.integer({ min: 0, max: 150 }), (most, ticks) => {
        const { progress, clock } = byBudget.get(most)!;
        const begun = clock.epochMillis() - EPOCH;
        const op = progress.start("job");
        for (let tick = 0; tick < ticks; tick++) {
          op.increment();
          clock.advance(100);
        }
        op.increment();
        clock.block(1);
        op.complete();
        const seen = updates(telemetry.spans()[spans++]!);
        expect(seen.length).toBeLessThanOrEqual(most);
        expect(seen.length).toBeGreaterThanOrEqual(Math.min(ticks + 2, Math.max(2, most / 2)));
        expect(seen[0]!.at).toBe(begun);
        expect(seen.at(-1)).toMatchObject({ at: begun + ticks * 100 + 1, "progress.current": ticks + 1 });
        const gaps = seen.slice(1, -1).map(({ at }, index) => at - seen[index]!.at);
        expect(new Set(gaps).size).toBeLessThanOrEqual(1);
        clock.advance(99); // back onto the grid of the ticks
      }),
      { numRuns: 1_000 },
    );
  });

  it("status, stall, recovery, attempt and user events are written when they happen", async () => {
    await using test = createTestProgress({ stallTimeout: "5s" });
    const op = test.progress.start("job");
    op.pause("lunch");
    await test.advance("10s");
    op.resume();
    await test.advance("5s");
    op.increment();
    await test.advance("100ms");
    op.newAttempt("again");
    op.event("cache.miss", { "cache.key": "k" });
    op.cancel();
    const [paused, resumed, stalled, ...rest] = events(named("job")).filter(({ name }) => name !== "progress.update");
    expect(paused).toEqual({
      at: 0,
      name: "progress.status",
      "progress.status": "paused",
      "progress.reason": "lunch",
    });
    expect(resumed).toEqual({ at: 10_000, name: "progress.status", "progress.status": "running" });
    expect(stalled).toEqual({ at: 15_000, name: "progress.stalled", "progress.idle_time": 5 });
    expect(rest).toEqual([
      { at: 15_100, name: "progress.recovered" },
      { at: 15_100, name: "progress.attempt", "progress.attempt": 2, "progress.reason": "again" },
      { at: 15_100, name: "cache.miss", "cache.key": "k" },
      { at: 15_100, name: "progress.status", "progress.status": "cancelled" },
    ]);
  });

  it("user events and status events each have a budget of 32, and what is over it is counted", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    for (let n = 0; n < 50; n++) op.event("beat", { n });
    for (let n = 0; n < 50; n++) {
      op.pause();
      op.resume();
    }
    op.increment();
    op.complete();
    const seen = events(named("job"));
    const count = (name: string) => seen.filter((event) => event.name === name).length;
    expect([count("beat"), count("progress.status"), count("progress.update")]).toEqual([32, 32, 2]);
    expect(test.progress.live.stats().losses).toEqual({ events_dropped: 18 + 68 });
  });

  it("at the largest budget of updates no event is pushed out of the 128 a span keeps", async () => {
    await using test = createTestProgress({ eventsPerSpan: 100 });
    const op = test.progress.start("job");
    for (let n = 0; n < 50; n++) {
      op.event("beat", { n });
      op.pause();
      op.resume();
    }
    for (let tick = 0; tick < 98; tick++) {
      op.increment();
      test.clock.advance(100);
    }
    op.increment();
    test.clock.block(1);
    op.fail(new Error("x"));
    const span = named("job");
    expect((span as unknown as { droppedEventsCount: number }).droppedEventsCount).toBe(0);
    expect(events(span)[0]).toEqual({ at: 0, name: "beat", n: 0 });
    expect(updates(span)).toHaveLength(100);
    expect(span.events.at(-1)!.name).toBe("exception");
  });

  it("events can be switched off, and nothing else changes", async () => {
    await using test = createTestProgress({ events: "none" });
    const op = test.progress.start("job");
    op.event("beat");
    op.pause();
    op.resume();
    op.increment(3);
    op.fail(new Error("x"));
    const span = named("job");
    expect(span.events).toEqual([]);
    expect(span.attributes).toMatchObject({ "progress.current": 3, "error.type": "Error" });
    expect(span.status.code).toBe(SpanStatusCode.ERROR);
  });
});

describe("providers", () => {
  it("an SDK registered while an operation runs gives spans to what starts from then on", async () => {
    await telemetry[Symbol.asyncDispose]();
    await using test = createTestProgress();
    const op = test.progress.start("early");
    telemetry = await startTestTelemetry();
    op.startLevel("part").complete();
    test.progress.start("late").complete();
    op.complete();
    expect(telemetry.spans().map(({ name }) => name)).toEqual(["part", "late"]);
    expect(op.snapshot().spanId).toBeUndefined();
  });

  it("a provider that replaces another gets the spans from the next tick on", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("long");
    test.progress.start("before").complete();
    const first = telemetry;
    trace.disable();
    telemetry = await startTestTelemetry();
    test.clock.advance(100);
    test.progress.start("after").complete();
    op.complete();
    expect(first.spans().map(({ name }) => name)).toEqual(["before", "long"]);
    expect(telemetry.spans().map(({ name }) => name)).toEqual(["after"]);
    await first[Symbol.asyncDispose]();
  });
});
