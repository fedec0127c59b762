import pino from "pino";
import { expect, test } from "vitest";
import { logLines } from "../../src/exporters/log-lines.js";
import { createTestProgress, startTestTelemetry } from "../../src/testing.js";

/** A real pino, and the lines it wrote. */
function setUp(options: pino.LoggerOptions = {}) {
  const written: string[] = [];
  const logger = pino(
    { base: null, timestamp: false, ...options },
    { write: (line: string) => void written.push(line) },
  );
  return { logger, lines: () => written.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test("pino gets one line for each start, stall, recovery and end, with the ids of the span", async () => {
  await using telemetry = await startTestTelemetry();
  const { logger, lines } = setUp();
  const t = createTestProgress({ exporters: [logLines({ logger })], stallTimeout: "2s" });
  const op = t.progress.start("import", { id: "a", name: "Nightly", total: 4, unit: "row" });
  await t.advance("3s");
  op.increment();
  await t.advance("1s");
  op.fail(Object.assign(new Error("disk full"), { code: "ENOSPC" }));
  await t.progress.shutdown();
  const { traceId, spanId } = telemetry.spans()[0]!.spanContext();
  expect(lines().map(({ level, event_name, trace_id, span_id }) => [level, event_name, trace_id, span_id])).toEqual([
    [30, "progress.status", traceId, spanId],
    [40, "progress.stalled", traceId, spanId],
    [30, "progress.recovered", traceId, spanId],
    [50, "progress.status", traceId, spanId],
  ]);
  expect(lines()[0]).toEqual({
    level: 30,
    event_name: "progress.status",
    "progress.operation.id": "a",
    "progress.operation.type": "import",
    "progress.operation.name": "Nightly",
    "progress.status": "running",
    "progress.total": 4,
    "progress.unit": "row",
    "progress.ratio": 0,
    "progress.current": 0,
    trace_id: traceId,
    span_id: spanId,
    msg: "start Nightly: import, 4 rows, id a",
  });
  expect(lines()[3]).toMatchObject({ "progress.status": "failed", "error.type": "ENOSPC" });
  expect(lines()[3]!["msg"]).toContain("FAILED Nightly: ENOSPC: disk full");
});

test("the ids of the operation win over those of whatever is active when it is told, as a mixin adds them", async () => {
  await using _telemetry = await startTestTelemetry();
  const { logger, lines } = setUp({ mixin: () => ({ trace_id: "other", span_id: "other", trace_flags: "01" }) });
  const t = createTestProgress({ exporters: [logLines({ logger })] });
  t.progress.start("import").complete();
  await t.progress.shutdown();
  expect(lines()[0]!["trace_id"]).toMatch(/^[0-9a-f]{32}$/);
});

test("progress is as rare as plain lines, and a level that is off costs nothing more", async () => {
  const { logger, lines } = setUp();
  const t = createTestProgress({
    exporters: [logLines({ logger }), logLines({ logger: setUp({ level: "silent" }).logger })],
  });
  const op = t.progress.start("import", { total: 1_000 });
  for (let second = 0; second < 60; second++) {
    op.increment();
    await t.advance("1s");
  }
  op.complete();
  await t.progress.shutdown();
  expect(lines().filter(({ event_name }) => event_name === "progress.update").length).toBeLessThanOrEqual(6);
  expect(lines().length).toBeGreaterThanOrEqual(4);
  expect(lines().some((line) => "trace_id" in line)).toBe(false);
});

test.each([undefined, { info() {} }])("a logger that is none is refused at once: %o", (logger) => {
  expect(() => logLines({ logger: logger as never })).toThrow(
    "logger: expected an object with info(), warn() and error(), received",
  );
});
