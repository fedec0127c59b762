import { context, type Span, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Handle } from "../../../src/instrumentation/handle.js";
import type { Operation } from "../../../src/instrumentation/handles.js";
import { tellLost } from "../../../src/instrumentation/journal/lost.js";
import { lostSpansOf } from "../../../src/instrumentation/journal/lost-spans.js";
import { ProgressSpanProcessor } from "../../../src/instrumentation/span-processor.js";
import type { RecordedSpan, TestTelemetry } from "../../../src/testing.js";
import { startTestTelemetry } from "../../../src/testing.js";
import { deadProcess, finder, Member, START, temporary, turn } from "./members.js";

/** What the SDK gives an exporting processor, and what ours does. */
class Collector {
  readonly spans: (RecordedSpan & { readonly resource: { readonly attributes: object } })[] = [];
  readonly started: string[] = [];
  onStart({ name }: { readonly name: string }): void {
    this.started.push(name);
  }
  onEnd(span: unknown): void {
    this.spans.push(span as (typeof this.spans)[number]);
  }
  async forceFlush(): Promise<void> {}
  async shutdown(): Promise<void> {}
  named(name: string) {
    return this.spans.filter((span) => span.name === name);
  }
}

let directory: string;
let me: Member;
let mine: TestTelemetry;
let started: TestTelemetry[];
beforeEach(async () => {
  directory = temporary();
  started = [];
  me = new Member(directory, "me");
  mine = await telemetryOf(me);
});
afterEach(async () => {
  for (const telemetry of started.reverse()) await telemetry[Symbol.asyncDispose]();
});

async function telemetryOf({ progress }: Member, exporting: readonly Collector[] = [], sampler?: unknown) {
  const spanProcessors = [new ProgressSpanProcessor({ progress, exporting }), ...exporting];
  const telemetry = await startTestTelemetry({ spanProcessors, sampler });
  started.push(telemetry);
  return telemetry;
}

/** The process of `me` dies; another one comes, with an SDK of its own. */
async function next(seconds = 60) {
  me.die();
  await mine[Symbol.asyncDispose]();
  const collector = new Collector();
  const other = new Member(directory, "other");
  await telemetryOf(other, [collector]);
  other.clock.block(seconds * 1_000);
  await turn();
  return { other, collector };
}
const job = (options = {}): Operation => me.progress.start("job", { id: "a", ...options });
const seconds = ([whole, nanos]: readonly [number, number]) => (whole * 1e3 + nanos / 1e6 - START) / 1e3;
const idsOf = (handle: unknown) => (handle as { span: Span }).span.spanContext();

describe("the span of a lost operation", () => {
  it("is exported with its own ids, its true start, the last sign of life as its end, its last progress, as an error", async () => {
    me.clock.advance(500);
    const op = job({ name: "Nightly", total: 10, unit: "row", attributes: { tenant: "x" } });
    const ids = idsOf(op);
    op.increment(3);
    op.itemFailed();
    me.clock.advance(2_500);
    const { collector } = await next();
    expect(collector.spans.length).toBe(1);
    const [span] = collector.spans;
    expect(span!.spanContext()).toEqual({ traceId: ids.traceId, spanId: ids.spanId, traceFlags: 1 });
    expect([span!.name, seconds(span!.startTime), seconds(span!.endTime)]).toEqual(["job", 0.5, 3]);
    expect(span!.attributes).toEqual({
      tenant: "x",
      "progress.operation.id": "a",
      "progress.operation.type": "job",
      "progress.operation.name": "Nightly",
      "progress.status": "lost",
      "progress.current": 4,
      "progress.total": 10,
      "progress.unit": "row",
      "progress.ratio": 0.4,
      "progress.items.failed": 1,
      "progress.rate.mean": 1.2,
      "progress.rate.peak": 1.2,
      "error.type": "LOST",
    });
    expect(span!.status).toEqual({ code: 2, message: "its process died" });
    expect(span!.parentSpanContext).toBeUndefined();
    expect([span!.links, span!.events]).toEqual([[], []]);
  });

  it("has what exporters read, as a span of the SDK has it", async () => {
    job();
    me.clock.advance(1_000);
    const { collector } = await next();
    trace.getTracer("otel-progress").startSpan("twin", { root: true }).end();
    const [lost, twin] = [collector.named("job")[0]!, collector.named("twin")[0]!];
    expect(lost.resource).toBe(twin.resource);
    const shape = (span: object, names: readonly string[]) =>
      names.map((name) => {
        const value = (span as Record<string, unknown>)[name];
        return [name, Array.isArray(value) ? "array" : typeof value];
      });
    const read = [
      "name",
      "kind",
      "startTime",
      "endTime",
      "status",
      "attributes",
      "links",
      "events",
      "duration",
      "ended",
    ];
    const more = [
      "resource",
      "instrumentationScope",
      "droppedAttributesCount",
      "droppedEventsCount",
      "droppedLinksCount",
    ];
    const names = [...read, ...more, "spanContext"];
    expect(shape(lost, names)).toEqual(shape(twin, names));
  });

  it("stays in its trace, under its parent", async () => {
    const request = trace.getTracer("app").startSpan("request");
    const op = context.with(trace.setSpan(context.active(), request), () => job());
    const nested = me.progress.operation("around", { id: "o" }, () => me.progress.start("nested"));
    me.clock.advance(1_000);
    const { traceId, spanId } = request.spanContext();
    const { collector } = await next();
    const [lost] = collector.named("job");
    expect([lost!.spanContext().traceId, lost!.parentSpanContext]).toEqual([
      traceId,
      { traceId, spanId, traceFlags: 1 },
    ]);
    expect(lost!.spanContext().spanId).toBe(idsOf(op).spanId);
    expect(collector.named("nested")[0]!.parentSpanContext!.traceId).toBe(idsOf(nested).traceId);
  });

  it("ends a millisecond after its start at least", async () => {
    const other = await finder(directory);
    const moments = { startedMillis: START, movedMillis: START, seenMillis: START, workMillis: 0 };
    const ids = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
    const record = { id: "a", type: "job", ...moments, span: ids };
    const header = { journal: 1, instance: { id: "i", host: "h", pid: 1 }, process: deadProcess() } as const;
    tellLost(other.core, { header, records: [record], lastSeenMillis: 0 });
    const handle = other.core.state.get("a") as Handle;
    const [span] = lostSpansOf({ handle, record, lastSeenMillis: START }, undefined);
    expect([seconds(span!.startTime), seconds(span!.endTime)]).toEqual([0, 0.001]);
  });
});

describe("levels that were open", () => {
  it("are exported innermost first, under what was around them; those that had ended are not", async () => {
    const op = job();
    const file = op.startLevel("file", { id: "f", name: "a.csv" });
    const page = file.startLevel("page");
    op.startLevel("file").complete();
    const ids = [page, file, op].map((handle) => idsOf(handle).spanId);
    me.clock.advance(1_000);
    const { collector } = await next();
    expect(collector.spans.map(({ name }) => name)).toEqual(["page", "file", "job"]);
    expect(collector.spans.map((span) => span.spanContext().spanId)).toEqual(ids);
    expect(collector.spans.map((span) => span.parentSpanContext?.spanId)).toEqual([ids[1], ids[2], undefined]);
    expect(collector.named("file")[0]!.attributes).toEqual({
      "progress.operation.id": "a",
      "progress.operation.type": "job",
      "progress.level.id": "f",
      "progress.level.type": "file",
      "progress.level.name": "a.csv",
      "progress.status": "lost",
      "error.type": "LOST",
    });
  });

  it("are exported too where the span of the operation is somebody else's", async () => {
    trace.getTracer("app").startSpan("job", { attributes: { "progress.operation.id": "theirs" } });
    me.progress.handle("theirs")!.startLevel("part");
    me.clock.advance(1_000);
    const { collector } = await next();
    expect(collector.spans.map(({ name }) => name)).toEqual(["part"]);
  });
});

describe("nothing is exported", () => {
  it("of what was not sampled", async () => {
    await mine[Symbol.asyncDispose]();
    mine = await telemetryOf(me, [], { shouldSample: () => ({ decision: 0 }), toString: () => "none" });
    job().startLevel("part");
    me.clock.advance(1_000);
    const { other, collector } = await next();
    expect([other.progress.live.get("a")!.status, collector.spans]).toEqual(["lost", []]);
  });

  it("where no processor exports", async () => {
    job();
    me.clock.advance(1_000);
    me.die();
    await mine[Symbol.asyncDispose]();
    const other = await finder(directory);
    const telemetry = await telemetryOf(other);
    trace.getTracer("app").startSpan("something").end();
    expect([other.progress.live.get("a")!.status, telemetry.spans().map(({ name }) => name)]).toEqual([
      "lost",
      ["something"],
    ]);
  });

  it("of the span that shows what the resource is", async () => {
    job();
    me.clock.advance(1_000);
    const { collector } = await next();
    expect([collector.started, collector.spans.map(({ name }) => name)]).toEqual([["otel-progress probe"], ["job"]]);
  });
});

describe("where the SDK starts later", () => {
  it("they wait for the first span, those found first come first", async () => {
    for (const id of ["a", "b"]) me.progress.start("job", { id });
    me.clock.advance(1_000);
    me.die();
    await mine[Symbol.asyncDispose]();
    const other = await finder(directory);
    const collector = new Collector();
    await telemetryOf(other, [collector]);
    expect(collector.spans).toEqual([]);
    trace.getTracer("app").startSpan("first");
    expect(collector.spans.map(({ attributes }) => attributes["progress.operation.id"])).toEqual(["a", "b"]);
    other.core.lostSpans.introduce();
    expect(collector.spans.length).toBe(2);
  });

  it("a thousand operations wait, the newest; spans of the others are counted", async () => {
    await mine[Symbol.asyncDispose]();
    const other = await finder(directory, "other", 60, { limits: { finished: 5 } });
    tellMany(other, 1_003);
    expect(other.losses["spans_dropped"]).toBe(6);
    const collector = new Collector();
    await telemetryOf(other, [collector]);
    other.core.lostSpans.introduce();
    expect(collector.named("job")[0]!.attributes["progress.operation.id"]).toBe("3");
  });
});

/** Operations that were lost, each with an open level: two spans. */
function tellMany({ core }: Member, count: number): void {
  const moments = { startedMillis: START, movedMillis: START, seenMillis: START, workMillis: 0 };
  const span = { traceId: "0af7651916cd43dd8448eb211c80319c", spanId: "b7ad6b7169203331", traceFlags: 1 };
  const levels = [{ id: "l", type: "part", startedMillis: START, span }];
  const records = Array.from({ length: count }, (_, n) => ({ id: String(n), type: "job", ...moments, span, levels }));
  const header = { journal: 1, instance: { id: "i", host: "h", pid: 1 }, process: deadProcess() } as const;
  tellLost(core, { header, records, lastSeenMillis: 0 });
}

describe("more than an exporter can hold at once", () => {
  let other: Member;
  let collector: Collector;
  let telemetry: TestTelemetry;
  let processor: ProgressSpanProcessor;
  const exported = () => collector.spans.length;
  beforeEach(async () => {
    await mine[Symbol.asyncDispose]();
    collector = new Collector();
    other = new Member(directory, "other", { limits: { finished: 5 } });
    processor = new ProgressSpanProcessor({ progress: other.progress, exporting: [collector] });
    telemetry = await startTestTelemetry({ spanProcessors: [processor, collector] });
    started.push(telemetry);
  });

  it("leaves by a thousand spans a second, in order, and nothing is lost", () => {
    tellMany(other, 1_200);
    expect(exported()).toBe(1_000);
    tellMany(other, 1);
    expect(exported()).toBe(1_000);
    other.clock.advance(999);
    expect(exported()).toBe(1_000);
    other.clock.advance(1);
    expect(exported()).toBe(2_000);
    other.clock.advance(1_000);
    expect([exported(), other.losses]).toEqual([2_402, {}]);
    other.clock.advance(2_000);
    tellMany(other, 500);
    expect(exported()).toBe(3_402);
  });

  it("is too much from ten thousand waiting operations on: spans of the oldest are counted", () => {
    tellMany(other, 10_503);
    expect([exported(), other.losses["spans_dropped"]]).toEqual([1_000, 6]);
  });

  it("is flushed by as much as it can hold, each time it has sent what it had, however many ask at once", async () => {
    const sizes: number[] = [];
    collector.forceFlush = async () => void sizes.push(exported());
    tellMany(other, 1_200);
    await Promise.all([processor.forceFlush(), processor.forceFlush(), processor.forceFlush()]);
    expect(sizes).toEqual([1_000, 2_000, 2_400]);
    await processor.forceFlush();
    expect(sizes.length).toBe(3);
  });

  it("is handed over at once when the SDK ends", async () => {
    tellMany(other, 1_200);
    await telemetry[Symbol.asyncDispose]();
    expect(exported()).toBe(2_400);
  });
});

it("a processor that fails is counted, and keeps nothing from the others, nor from the user's span", async () => {
  job();
  me.clock.advance(1_000);
  me.die();
  await mine[Symbol.asyncDispose]();
  const other = await finder(directory);
  const [broken, collector] = [new Collector(), new Collector()];
  broken.onEnd = () => {
    throw new Error("no");
  };
  await telemetryOf(other, [broken, collector]);
  trace.getTracer("app").startSpan("first");
  expect([collector.spans.map(({ name }) => name), other.losses]).toEqual([["job"], { internal_errors: 1 }]);
});

describe("an owner that comes back", () => {
  let other: Member;
  let collector: Collector;
  beforeEach(async () => {
    await mine[Symbol.asyncDispose]();
    collector = new Collector();
    other = new Member(directory, "other");
    const exporting = [collector];
    const spanProcessors = [
      new ProgressSpanProcessor({ progress: me.progress }),
      new ProgressSpanProcessor({ progress: other.progress, exporting }),
    ];
    mine = await startTestTelemetry({ spanProcessors });
    started.push(mine);
  });
  const ended = () => mine.spans().map(({ name }) => name);

  /** It stands still for a minute, and is taken for dead meanwhile. */
  function standStill(): Operation {
    const op = job();
    op.startLevel("part", { id: "open" });
    me.clock.advance(1_000);
    me.die();
    other.clock.advance(60_000);
    expect(collector.spans.map(({ name }) => name)).toEqual(["part", "job"]);
    me.clock.block(60_000);
    return op;
  }

  it("does not end its spans again, whatever it does first", () => {
    const op = standStill();
    op.getLevel("open")!.complete();
    op.complete();
    me.clock.advance(5_000);
    expect([ended(), me.losses]).toEqual([[], { operations_claimed: 1 }]);
    expect(me.progress.live.get("a")!.status).toBe("completed");
  });

  it("ends those that nobody ended for it", () => {
    standStill();
    const short = me.progress.start("short");
    me.clock.advance(500);
    short.complete();
    expect(ended()).toEqual(["short"]);
  });

  it("goes on in the same trace, and is found again when it dies again, without its spans", async () => {
    const op = standStill();
    const { traceId, spanId } = op.snapshot();
    me.clock.advance(1_000);
    op.increment(5);
    op.startLevel("later").complete();
    me.clock.advance(1_000);
    const [later] = mine.spans();
    expect([later!.spanContext().traceId, later!.parentSpanContext!.spanId]).toEqual([traceId, spanId]);
    me.die();
    other.clock.advance(120_000);
    await turn();
    expect(other.events.map(({ operation }) => [operation.id, operation.current])).toEqual([
      ["a", undefined],
      ["a", 5],
    ]);
    expect(other.progress.live.get("a")).toMatchObject({ status: "lost", current: 5, traceId, spanId });
    expect(collector.spans.map(({ name }) => name)).toEqual(["part", "job"]);
  });
});
