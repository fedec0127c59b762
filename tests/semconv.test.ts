import { readFileSync } from "node:fs";
import { metrics, trace } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { describe, expect, it } from "vitest";
import { coreOf } from "../src/instrumentation/core.js";
import { defineOperation } from "../src/instrumentation/definition.js";
import { ProgressMetricProducer } from "../src/instrumentation/metric-producer.js";
import { ProgressSpanProcessor } from "../src/instrumentation/span-processor.js";
import * as semconv from "../src/semconv.js";
import { createTestProgress, startTestTelemetry } from "../src/testing.js";

const page = readFileSync(new URL("../docs/semantic-conventions.md", import.meta.url), "utf8");

/** The rows of the table under a heading, each cell by the title of its column. */
function table(heading: string): Record<string, string>[] {
  const section = page.split(/^#+ /m).find((part) => part.startsWith(`${heading}\n`));
  const lines = section?.split("\n").filter((line) => line.startsWith("|")) ?? [];
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  const titles = cells(lines[0] ?? "");
  return lines.slice(2).map((line) => Object.fromEntries(cells(line).map((cell, index) => [titles[index], cell])));
}
const words = (cell: string | undefined) => [...(cell ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1]!);
const names = (heading: string, column: string) => table(heading).flatMap((row) => words(row[column]));
const constants = (prefix: string) =>
  Object.entries(semconv).flatMap(([name, value]) => (name.startsWith(prefix) ? [value] : []));

const attributes = ["Span attributes", "Job attributes", "Event attributes", "Metric attributes"].flatMap((one) =>
  names(one, "attribute"),
);
const documented = [...table("Metrics"), ...table("Per-operation series")];

describe("docs/semantic-conventions.md", () => {
  it("names every attribute, event and metric of the code once, and no other", () => {
    expect(attributes.toSorted()).toEqual(constants("ATTR_").toSorted());
    expect(names("Events", "event").toSorted()).toEqual(constants("EVENT_").toSorted());
    expect(documented.flatMap((row) => words(row["metric"])).toSorted()).toEqual(constants("METRIC_").toSorted());
    expect(page).toContain(`\`${semconv.SCOPE_NAME}\``);
  });

  it("uses no attribute, event or metric that it does not explain", () => {
    const known = new Set<string>([...constants("ATTR_"), ...constants("EVENT_"), ...constants("METRIC_")]);
    expect([...new Set(page.match(/\bprogress(\.[a-z_]+)+/g))].filter((name) => !known.has(name))).toEqual([]);
  });

  it("explains every row", () => {
    const rows = [
      ...documented,
      ...table("Span attributes"),
      ...table("Job attributes"),
      ...table("Events"),
      ...table("Event attributes"),
    ];
    expect([...rows, ...table("Metric attributes")].filter((row) => !row["meaning"])).toEqual([]);
  });

  it("gives the instrument, unit and attributes that a real SDK collects", async () => {
    const collected = await collectAll();
    const expected = documented.map((row) => ({
      name: words(row["metric"])[0]!,
      instrument: row["instrument"],
      unit: words(row["unit"])[0],
      attributes: words(row["attributes"]).toSorted(),
    }));
    const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);
    expect(collected.toSorted(byName)).toEqual(expected.toSorted(byName));
  });

  it("gives the attributes of spans and events, and when they are written", async () => {
    const { spans, atStart } = await recordAll();
    const rows = table("Span attributes");
    const on = (what: "operation" | "level", written?: string) =>
      rows
        .filter((row) => [what, "both"].includes(row["on"]!) && (written === undefined || row["written"] === written))
        .flatMap((row) => words(row["attribute"]))
        .toSorted();
    const of = (what: "operation" | "level", from: typeof spans) =>
      [
        ...new Set(from.filter((span) => span.name === what).flatMap((span) => Object.keys(span.attributes))),
      ].toSorted();
    for (const what of ["operation", "level"] as const) {
      expect(of(what, spans)).toEqual(on(what));
      expect(of(what, atStart)).toEqual(on(what, "start"));
    }
    for (const row of table("Events")) {
      const [name] = words(row["event"]);
      const found = spans.flatMap((span) => span.events).filter((event) => event.name === name);
      const keys = new Set(found.flatMap((event) => Object.keys(event.attributes ?? {})));
      expect([name, [...keys].toSorted()]).toEqual([name, words(row["attributes"]).toSorted()]);
      expect(found.length).toBeGreaterThan(0);
    }
  });
});

describe("names", () => {
  const all = [...constants("ATTR_"), ...constants("EVENT_"), ...constants("METRIC_")];

  it("are lower-case and dotted, with snake_case inside a word", () => {
    expect(all.filter((name) => !/^[a-z]+(_[a-z]+)*(\.[a-z]+(_[a-z]+)*)+$/.test(name))).toEqual([]);
  });

  it("are in our namespace, but for OpenTelemetry's own", () => {
    expect(all.filter((name) => !/^(progress|messaging)\./.test(name))).toEqual(["error.type"]);
  });

  it("of metrics carry neither a unit nor _total: backends add them", () => {
    const suffixes = /(_total|\.total|_seconds|_ratio|_count|_sum|_bucket|_milliseconds|_bytes)$/;
    expect(constants("METRIC_").filter((name) => suffixes.test(name))).toEqual([]);
  });

  it("are unique among attributes, among events and among metrics", () => {
    for (const kind of ["ATTR_", "EVENT_", "METRIC_"])
      expect(new Set(constants(kind)).size).toBe(constants(kind).length);
  });

  it("units are UCUM, and annotations are singular", () => {
    const units = [...documented, ...table("Span attributes"), ...table("Event attributes")];
    const used = new Set(units.flatMap((row) => words(row["unit"])));
    expect([...used].toSorted()).toEqual(["1", "By", "s", "{item}", "{item}/s", "{loss}", "{operation}"]);
  });
});

const INSTRUMENTS: Record<string, string> = {
  OBSERVABLE_UP_DOWN_COUNTER: "observable up-down counter",
  OBSERVABLE_GAUGE: "observable gauge",
  OBSERVABLE_COUNTER: "observable counter",
  HISTOGRAM: "histogram",
  GAUGE: "gauge",
};

/** A run in which everything occurs that can be measured. */
async function collectAll() {
  await using test = createTestProgress({ strict: false });
  class Reader extends MetricReader {
    protected async onForceFlush(): Promise<void> {}
    protected async onShutdown(): Promise<void> {}
  }
  const reader = new Reader({ metricProducers: [new ProgressMetricProducer({ progress: test.progress })] });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  const { progress } = test;
  for (let run = 0; run < 20; run++) progress.start("job").complete();
  progress.start("job").fail(new Error("x"));
  const op = progress.start("job", { total: 10 });
  op.level("part", (level) => level.increment());
  op.increment(-1);
  op.increment();
  await test.advance("20s");
  const { resourceMetrics } = await reader.collect();
  metrics.disable();
  await provider.shutdown();
  return resourceMetrics.scopeMetrics
    .flatMap((scope) => scope.metrics)
    .map(({ descriptor, dataPoints }) => ({
      name: descriptor.name,
      instrument: INSTRUMENTS[(descriptor as unknown as { type: string }).type],
      unit: descriptor.unit,
      attributes: [...new Set(dataPoints.flatMap((point) => Object.keys(point.attributes)))].toSorted(),
    }));
}

/** Spans in which every attribute and event occurs, and what they had when they were started. */
async function recordAll() {
  const definition = defineOperation("operation", { stages: { level: [0, 100] } });
  const atStart: { name: string; attributes: object }[] = [];
  const starts = {
    onStart: ({ name, attributes }: { name: string; attributes: object }) =>
      atStart.push({ name, attributes: { ...attributes } }),
    onEnd() {},
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  await using test = createTestProgress({ stallTimeout: "1s" });
  const processor = new ProgressSpanProcessor({ progress: test.progress });
  await using telemetry = await startTestTelemetry({ spanProcessors: [starts, processor] });
  const { state } = coreOf(test.progress);
  const usage = { cpuSeconds: 1, loopActiveMillis: 1, loopIdleMillis: 1, memoryBytes: 1 };
  const work = (fail: boolean) => async () => {
    state.usage = { ...usage, millis: 0 };
    const op = test.progress.start(definition, { name: "Name", total: 9, unit: "row" });
    op.newAttempt("again");
    op.enterStage("level");
    const level = op.startLevel("level", { name: "Name", total: 9, unit: "row" });
    level.newAttempt("again");
    for (const handle of [level, op]) {
      handle.message("busy");
      handle.pause("lunch");
      handle.resume();
      handle.increment();
      handle.itemFailed();
      handle.itemSkipped();
    }
    await test.advance("200ms");
    level.declare("piece").run(() => void trace.getTracer("app").startSpan("fetch"));
    await test.advance("2s");
    op.increment();
    await test.advance("200ms");
    state.usage = { ...usage, millis: 1_000, loopActiveMillis: 2 };
    for (const handle of [level, op]) fail ? handle.fail(new Error("x")) : handle.cancel("enough");
  };
  await work(true)();
  await work(false)();
  return { spans: telemetry.spans(), atStart: atStart as never as ReturnType<typeof telemetry.spans> };
}
