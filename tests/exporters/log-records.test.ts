import { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } from "@opentelemetry/sdk-logs";
import { expect, test } from "vitest";
import { logRecords } from "../../src/exporters/log-records.js";
import { createTestProgress, startTestTelemetry } from "../../src/testing.js";

/** A logger of the installed SDK, and what it has got. */
function setUp() {
  const exporter = new InMemoryLogRecordExporter();
  const Processor = SimpleLogRecordProcessor as unknown as new (given: unknown) => never;
  // The constructor of 2.x takes the exporter, that of 3.x an object with it.
  const provider = new LoggerProvider({ processors: [new Processor(Object.assign(exporter, { exporter }))] });
  return { logger: provider.getLogger("otel-progress"), records: () => exporter.getFinishedLogRecords() };
}

test("start, stall, recovery and end are log records with severity, attributes and the ids of the span", async () => {
  await using telemetry = await startTestTelemetry();
  const { logger, records } = setUp();
  const t = createTestProgress({ exporters: [logRecords({ logger })], stallTimeout: "2s" });
  const op = t.progress.start("import", { id: "a", name: "Nightly", total: 4 });
  await t.advance("3s");
  op.increment();
  await t.advance("1s");
  op.fail(Object.assign(new Error("disk full"), { code: "ENOSPC" }));
  await t.progress.shutdown();
  expect(
    records().map(({ eventName, severityText, severityNumber }) => [eventName, severityText, severityNumber]),
  ).toEqual([
    ["progress.status", "INFO", 9],
    ["progress.stalled", "WARN", 13],
    ["progress.recovered", "INFO", 9],
    ["progress.status", "ERROR", 17],
  ]);
  const [started, , , ended] = records();
  expect(started!.attributes).toMatchObject({ "progress.operation.name": "Nightly", "progress.status": "running" });
  expect(started!.body).toBe("start Nightly: import, 4, id a");
  expect(started!.hrTime[0]).toBe(Date.UTC(2026, 0, 1) / 1_000);
  expect(ended!.attributes).toMatchObject({
    "progress.status": "failed",
    "error.type": "ENOSPC",
    "progress.ratio": 0.25,
  });
  expect(ended!.body).toContain("FAILED Nightly: ENOSPC: disk full, 25%, 1 of 4");
  const { traceId, spanId } = telemetry.spans()[0]!.spanContext();
  expect(records().map(({ spanContext }) => [spanContext!.traceId, spanContext!.spanId])).toEqual(
    Array(4).fill([traceId, spanId]),
  );
});

test("without a span there are no ids", async () => {
  const { logger, records } = setUp();
  const t = createTestProgress({ exporters: [logRecords({ logger })] });
  t.progress.start("import").complete();
  await t.progress.shutdown();
  expect(records().map(({ eventName, spanContext }) => [eventName, spanContext])).toEqual([
    ["progress.status", undefined],
  ]);
});

test("a logger that throws is counted, and the work goes on", async () => {
  const logger = {
    emit() {
      throw new Error("full");
    },
  };
  const t = createTestProgress({ exporters: [logRecords({ logger })] });
  expect(t.progress.operation("import", () => 42)).toBe(42);
  await t.progress.shutdown();
  expect(t.progress.live.stats().losses).toEqual({ exports_failed: 1 });
});

test("a logger that is none is refused at once", () => {
  expect(() => logRecords({ logger: console as never })).toThrow("logger: expected an object with emit(), received");
});
