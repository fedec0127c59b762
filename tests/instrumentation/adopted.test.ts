import { type Attributes, context, type Span, SpanStatusCode, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { ProgressOptions } from "../../src/instrumentation/options.js";
import { ProgressSpanProcessor } from "../../src/instrumentation/span-processor.js";
import type { LevelSnapshot } from "../../src/model.js";
import { createTestProgress, startTestTelemetry, type TestProgress, type TestTelemetry } from "../../src/testing.js";

let telemetry: TestTelemetry;
let test: TestProgress;
async function start(options: ProgressOptions = {}): Promise<void> {
  test = createTestProgress(options);
  const processor = new ProgressSpanProcessor({ progress: test.progress });
  telemetry = await startTestTelemetry({ spanProcessors: [processor] });
}
async function stop(): Promise<void> {
  await test[Symbol.asyncDispose]();
  await telemetry[Symbol.asyncDispose]();
}
beforeEach(() => start());
afterEach(stop);

const open = (name: string, attributes: Attributes): Span => trace.getTracer("app").startSpan(name, { attributes });
const under = (span: Span, name: string, attributes: Attributes): Span =>
  context.with(trace.setSpan(context.active(), span), () => open(name, attributes));
const operation = (id: string, more: Attributes = {}) =>
  open("span name", { "progress.operation.id": id, "progress.operation.type": "import", ...more });
const get = (id: string) => test.progress.live.get(id)!;

describe("an operation whose span somebody else writes", () => {
  it("is in the live state under its own ids, with what its attributes say", async () => {
    const span = operation("a", {
      "progress.operation.name": "Nightly",
      "progress.current": 1,
      "progress.total": 4,
      "progress.unit": "row",
      "progress.message": "reading",
    });
    const { traceId, spanId } = span.spanContext();
    expect(get("a")).toMatchObject({
      id: "a",
      type: "import",
      name: "Nightly",
      status: "running",
      current: 1,
      total: 4,
      unit: "row",
      message: "reading",
      percentage: 25,
      startedAt: "2026-01-01T00:00:00.000Z",
      traceId,
      spanId,
    });
  });

  it("is read again at every tick: a processor hears nothing between start and end", async () => {
    const span = operation("a", { "progress.total": 100 });
    for (let n = 1; n <= 50; n++) {
      span.setAttribute("progress.current", n);
      test.clock.advance(100);
    }
    span.setAttribute("progress.message", "half");
    expect(get("a").message).toBeUndefined();
    await test.advance("100ms");
    expect(get("a")).toMatchObject({ current: 50, percentage: 50, message: "half" });
    expect(get("a").rate).toBeCloseTo(10, 0);
    span.setAttribute("progress.current", 60);
    span.end();
    expect(get("a")).toMatchObject({ status: "completed", current: 60, percentage: 100, elapsedSeconds: 5.1 });
    const items = (await telemetry.metrics()).filter(({ name }) => name === "progress.items");
    expect(items.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ "progress.operation.type": "import", "progress.item.status": "done" }, 60],
    ]);
  });

  it("gets no second span, and counts as any other in the metrics", async () => {
    operation("a").end();
    expect(telemetry.spans().map(({ name }) => name)).toEqual(["span name"]);
    const series = (await telemetry.metrics()).filter(({ name }) => name === "progress.operation.duration");
    expect(series.map(({ attributes, value }) => [Object.values(attributes), value])).toEqual([
      [["import", "completed"], { count: 1, sum: 0 }],
    ]);
  });

  it("needs a type or an id: the other one is made up from the span's name", () => {
    open("by.type", { "progress.operation.type": "import" });
    open("by.id", { "progress.operation.id": "a" });
    open("neither", { "progress.current": 3 });
    expect(test.progress.live.list().map(({ id, type }) => [id, type])).toEqual([
      ["1", "import"],
      ["a", "by.id"],
    ]);
  });

  it("ends as its span does: failed with its error, cancelled with its reason, or completed", () => {
    const failed = operation("f");
    failed.setAttribute("error.type", "DISK_FULL");
    failed.setStatus({ code: SpanStatusCode.ERROR, message: "no room" });
    failed.end();
    expect(get("f")).toMatchObject({ status: "failed", error: { message: "no room", code: "DISK_FULL" } });
    const bare = operation("b");
    bare.setStatus({ code: SpanStatusCode.ERROR });
    bare.end();
    expect(get("b")).toMatchObject({ status: "failed", error: { type: "Error", message: "failed" } });
    const cancelled = operation("c");
    cancelled.setAttributes({ "progress.status": "cancelled", "progress.reason": "not needed" });
    cancelled.end();
    expect(get("c")).toMatchObject({ status: "cancelled", reason: "not needed" });
    const completed = operation("d");
    completed.setStatus({ code: SpanStatusCode.OK });
    completed.end();
    expect(get("d")).toMatchObject({ status: "completed", percentage: 100 });
  });

  it("numbers and texts that are none are left out", async () => {
    const span = operation("a", { "progress.current": "12", "progress.total": -1, "progress.message": 3 });
    span.setAttribute("progress.current", Number.NaN);
    await test.advance("100ms");
    const { current, total, message } = get("a");
    expect([current, total, message]).toEqual([undefined, undefined, undefined]);
    span.end();
    expect(test.misuse()).toEqual([]);
  });

  it("may time out and be cancelled from here, and its span's end changes nothing more", async () => {
    await stop();
    await start({ timeout: "1s" });
    const span = operation("a");
    await test.advance("2s");
    expect(get("a")).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
    span.setAttribute("progress.current", 5);
    await test.advance("1s");
    span.end();
    expect(get("a").current).toBeUndefined();
    expect(test.progress.live.stats().losses).toEqual({});
  });

  it("is refused when its id is taken or there are too many, and that is counted", async () => {
    await stop();
    await start({ limits: { active: 2 } });
    test.progress.start("mine", { id: "a" });
    operation("a").end();
    expect(get("a")).toMatchObject({ type: "mine", status: "running" });
    operation("b");
    operation("c");
    expect(test.progress.live.get("c")).toBeUndefined();
    expect(test.progress.live.stats().losses).toEqual({ operations_refused: 2 });
  });

  it("is a nested operation when it starts inside of one", () => {
    const outer = operation("outer");
    under(outer, "x", { "progress.operation.id": "inner" }).end();
    test.progress.operation("mine", { id: "m" }, () => operation("in mine").end());
    expect([get("inner").parentId, get("in mine").parentId]).toEqual(["outer", "m"]);
    expect(get("m").counts).toEqual({ total: 1, completed: 1, failed: 0, pending: 0 });
  });

  it("started inside of an operation that has ended is nobody's part", () => {
    let carried = context.active();
    test.progress.operation("mine", { id: "m" }, () => {
      carried = context.active();
    });
    const before = get("m");
    context.with(carried, () => operation("late"));
    context.with(carried, () => open("song", { "progress.level.type": "song" }));
    expect(get("late").parentId).toBeUndefined();
    expect(get("m")).toEqual(before);
  });
});

describe("a level whose span somebody else writes", () => {
  const song = { "progress.level.type": "song" };

  it("is part of the operation or level of the span around it", async () => {
    const outer = operation("a");
    const first = under(outer, "x", { ...song, "progress.level.id": "s", "progress.level.name": "Help!" });
    const verse = under(first, "y", { "progress.level.type": "verse", "progress.total": 4, "progress.current": 3 });
    expect(get("a").levels).toMatchObject([
      {
        id: "s",
        type: "song",
        name: "Help!",
        operationId: "a",
        levels: [{ type: "verse", id: "2", current: 3, total: 4, percentage: 75 }],
      },
    ]);
    expect(get("a").percentage).toBe(75);
    verse.end();
    first.setStatus({ code: SpanStatusCode.ERROR, message: "silence" });
    first.end();
    outer.end();
    expect(get("a").levels).toMatchObject([
      { status: "failed", error: { message: "silence" }, levels: [{ status: "completed", percentage: 100 }] },
    ]);
  });

  it("is part of our own innermost level where it starts", () => {
    test.progress.operation("mine", { id: "m" }, (op) =>
      op.level("album", { id: "album" }, () => {
        open("x", { ...song, "progress.level.id": "s" }).end();
      }),
    );
    expect(get("m").levels).toMatchObject([{ id: "album", levels: [{ id: "s", type: "song", status: "completed" }] }]);
  });

  it("is part of the adopted one through a span in between that says nothing", () => {
    const outer = operation("a");
    const between = under(outer, "plain", {});
    under(between, "x", { ...song, "progress.level.id": "s" });
    expect(get("a").levels).toMatchObject([{ id: "s" }]);
  });

  it("may be skipped", () => {
    const outer = operation("a");
    const level = under(outer, "x", song);
    level.setAttributes({ "progress.status": "skipped", "progress.reason": "cached" });
    level.end();
    expect(get("a").levels).toMatchObject([{ status: "skipped", reason: "cached" }]);
  });

  it("with no operation around it is nothing", () => {
    open("x", song).end();
    expect(test.progress.live.list()).toEqual([]);
    expect(test.progress.live.stats().losses).toEqual({});
  });

  it("is refused beyond the open levels, the depth, or under a taken id, and that is counted", async () => {
    await stop();
    await start({ limits: { openLevels: 2, depth: 3 } });
    const outer = operation("a");
    const first = under(outer, "x", { ...song, "progress.level.id": "s" });
    under(outer, "same id", { ...song, "progress.level.id": "s" });
    const second = under(first, "y", song);
    under(outer, "third", song);
    second.end();
    const deep = under(first, "z", song);
    under(deep, "deeper", song);
    expect(test.progress.live.stats().losses).toEqual({ levels_refused: 3 });
    expect(get("a").levels).toMatchObject([{ id: "s", levels: [{ status: "completed" }, { status: "running" }] }]);
  });

  it("a thousand nested in each other stay within the limit on depth", async () => {
    let span = operation("a");
    for (let depth = 0; depth < 1_000; depth++) span = under(span, "x", song);
    await test.advance("1s");
    const depthOf = ({ levels }: Pick<LevelSnapshot, "levels">): number => 1 + Math.max(0, ...levels.map(depthOf));
    expect(depthOf(get("a"))).toBe(32);
    const { levels_refused, internal_errors } = test.progress.live.stats().losses;
    expect([levels_refused! > 0, internal_errors]).toEqual([true, undefined]);
  });

  it("of our own on an adopted operation hangs under the span of that operation", () => {
    const span = operation("a");
    test.progress.handle("a")!.startLevel("part").complete();
    const part = telemetry.spans().find(({ name }) => name === "part")!;
    expect(part.parentSpanContext?.spanId).toBe(span.spanContext().spanId);
    expect(part.spanContext().traceId).toBe(span.spanContext().traceId);
  });
});
