import * as otel from "@opentelemetry/api";
import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { registeredLoggers } from "../../src/instrumentation/log-events.js";
import type { ProgressOptions } from "../../src/instrumentation/options.js";
import { ProgressSpanProcessor } from "../../src/instrumentation/span-processor.js";
import { createTestProgress, startTestTelemetry } from "../../src/testing.js";
import { finder, Member, START, temporary } from "./journal/members.js";

interface LogsApi {
  setGlobalLoggerProvider(provider: unknown): unknown;
  disable(): void;
}
/** Core from 1.10 on, a package of its own before. */
const api: LogsApi =
  (otel as unknown as { logs?: LogsApi }).logs ?? ((await import("@opentelemetry/api-logs")).logs as never);

let exporter: InMemoryLogRecordExporter;
beforeEach(() => {
  exporter = new InMemoryLogRecordExporter();
  const Processor = SimpleLogRecordProcessor as unknown as new (given: unknown) => never;
  // The constructor of 2.x takes the exporter, that of 3.x an object with it.
  const processor = new Processor(Object.assign(exporter, { exporter }));
  api.setGlobalLoggerProvider(new LoggerProvider({ processors: [processor] }));
});
afterEach(() => api.disable());

const test = (options: ProgressOptions = {}) => createTestProgress({ events: "log", stallTimeout: "5s", ...options });
const records = () =>
  exporter.getFinishedLogRecords().map(({ eventName, severityText, attributes }) => ({
    eventName,
    severityText,
    attributes: Object.fromEntries(Object.entries(attributes ?? {}).filter(([name]) => !/operation|level/.test(name))),
  }));

describe("log-based events", () => {
  it("leave at once: start, status, stall, recovery, attempt and user events", async () => {
    await using t = test();
    const op = t.progress.start("job");
    op.pause("lunch");
    op.resume();
    op.newAttempt("again");
    op.event("cache.miss", { key: "a" });
    await t.advance("5s");
    op.increment();
    await t.advance("100ms");
    expect(records()).toEqual([
      { eventName: "progress.status", severityText: "INFO", attributes: { "progress.status": "running" } },
      {
        eventName: "progress.status",
        severityText: "INFO",
        attributes: { "progress.status": "paused", "progress.reason": "lunch" },
      },
      { eventName: "progress.status", severityText: "INFO", attributes: { "progress.status": "running" } },
      {
        eventName: "progress.attempt",
        severityText: "INFO",
        attributes: { "progress.attempt": 2, "progress.reason": "again" },
      },
      { eventName: "cache.miss", severityText: "INFO", attributes: { key: "a" } },
      { eventName: "progress.stalled", severityText: "WARN", attributes: { "progress.idle_time": 5 } },
      { eventName: "progress.recovered", severityText: "INFO", attributes: {} },
    ]);
  });

  it("updates come on the schedule of checkpoints, and the end says what the run was", async () => {
    await using t = test({ stallTimeout: "7d" });
    const op = t.progress.start("job", { id: "a", total: 4 });
    op.increment();
    await t.advance("40s");
    op.fail(Object.assign(new Error("no"), { code: "E_NO" }));
    expect(
      records().map(({ eventName, severityText, attributes }) => [
        eventName,
        severityText,
        attributes["progress.ratio"],
        attributes["progress.status"],
        attributes["error.type"],
      ]),
    ).toEqual([
      ["progress.status", "INFO", undefined, "running", undefined],
      ["progress.update", "INFO", 0.25, "running", undefined],
      ["progress.update", "INFO", 0.25, "running", undefined],
      ["progress.status", "ERROR", 0.25, "failed", "E_NO"],
    ]);
  });

  it("carry the ids of the operation and of its span, at the true time", async () => {
    await using telemetry = await startTestTelemetry();
    await using t = test();
    const op = t.progress.start("job", { id: "a", name: "Nightly" });
    t.clock.advance(1_000);
    op.pause();
    op.complete();
    const [first, record] = exporter.getFinishedLogRecords();
    const [span] = telemetry.spans();
    expect(record!.spanContext!.spanId).toBe(span!.spanContext().spanId);
    expect(record!.attributes).toMatchObject({ "progress.operation.id": "a", "progress.operation.name": "Nightly" });
    expect([first, record].map((one) => one!.hrTime[0])).toEqual(
      [0, 1].map((second) => Date.UTC(2026, 0, 1) / 1_000 + second),
    );
    expect(first!.spanContext).toEqual(record!.spanContext);
    // On the span there are none of them.
    expect(span!.events).toEqual([]);
  });

  it("carry the ids of spans that others write, at the start and at the end", async () => {
    await using t = test();
    const processor = new ProgressSpanProcessor({ progress: t.progress });
    await using telemetry = await startTestTelemetry({ spanProcessors: [processor] });
    const attributes = { "progress.operation.type": "import" };
    otel.trace.getTracer("another").startSpan("import", { attributes }).end();
    const { spanId } = telemetry.spans()[0]!.spanContext();
    expect(exporter.getFinishedLogRecords().map((record) => record.spanContext!.spanId)).toEqual([spanId, spanId]);
  });

  it("tell of what was lost, with the ids of the span that died, when it was last seen", async () => {
    await using _telemetry = await startTestTelemetry();
    const directory = temporary();
    const dead = new Member(directory, "dead");
    const op = dead.progress.start("job", { id: "a", total: 4 });
    const { spanId } = op.snapshot();
    op.increment();
    dead.clock.advance(6_000);
    dead.die();
    await finder(directory, "finder", 60, { events: "log" });
    const [record, ...more] = exporter.getFinishedLogRecords();
    expect(more).toEqual([]);
    expect(record).toMatchObject({ eventName: "progress.status", severityText: "ERROR" });
    expect(record!.attributes).toMatchObject({
      "progress.operation.id": "a",
      "progress.status": "lost",
      "progress.ratio": 0.25,
      "error.type": "LOST",
    });
    expect(record!.spanContext!.spanId).toBe(spanId);
    expect(record!.hrTime[0]).toBe(START / 1_000 + 6);
  });

  it("and events on the span are both written when both are wanted", async () => {
    await using telemetry = await startTestTelemetry();
    await using t = test({ events: "both" });
    const op = t.progress.start("job");
    op.pause();
    op.complete();
    expect(telemetry.spans()[0]!.events.map(({ name }) => name)).toEqual(["progress.status"]);
    expect(records().map(({ eventName }) => eventName)).toEqual(Array(3).fill("progress.status"));
  });

  it.each(["span", "none"] as const)("are not written with events: %s", async (events) => {
    await using t = test({ events });
    const op = t.progress.start("job");
    op.pause();
    await t.advance("1m");
    op.complete();
    expect(records()).toEqual([]);
  });

  it("of levels are written only at the finest granularity", async () => {
    const of = async (granularity: "detailed" | "verbose") => {
      exporter.reset();
      await using t = test({ granularity });
      t.progress.operation("job", (op) => op.level("part", () => {}));
      return records().length;
    };
    expect([await of("detailed"), await of("verbose")]).toEqual([2, 3]);
  });

  it("without a provider go nowhere, and go out once there is one", async () => {
    api.disable();
    expect(registeredLoggers()).toBeUndefined();
    await using t = test();
    const op = t.progress.start("job");
    op.pause();
    api.setGlobalLoggerProvider(
      new LoggerProvider({
        processors: [
          new (SimpleLogRecordProcessor as never as new (x: unknown) => never)(Object.assign(exporter, { exporter })),
        ],
      }),
    );
    op.resume();
    expect(records().map(({ attributes }) => attributes["progress.status"])).toEqual(["running"]);
  });

  it("of a processor that throws disturb nothing, and are counted", async () => {
    api.disable();
    const broken = {
      onEmit: () => {
        throw new Error("processor");
      },
      forceFlush: async () => {},
      shutdown: async () => {},
    };
    api.setGlobalLoggerProvider(new LoggerProvider({ processors: [broken as never] }));
    await using t = test();
    t.progress.start("job").complete();
    expect(t.progress.live.stats().losses).toEqual({ internal_errors: 2 });
  });
});
