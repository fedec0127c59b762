import { AggregationTemporality, DataPointType } from "@opentelemetry/sdk-metrics";
import { afterEach, describe, expect, it } from "vitest";
import { type MetricProducerOptions, ProgressMetricProducer } from "../../src/instrumentation/metric-producer.js";
import { createTestProgress, startTestTelemetry, type TestProgress, type TestTelemetry } from "../../src/testing.js";

let telemetry: TestTelemetry;
let test: TestProgress;

async function start(options: Omit<MetricProducerOptions, "progress"> = {}): Promise<ProgressMetricProducer> {
  test = createTestProgress();
  const producer = new ProgressMetricProducer({ progress: test.progress, ...options });
  telemetry = await startTestTelemetry({ metricProducers: [producer] });
  return producer;
}
afterEach(async () => {
  await test[Symbol.asyncDispose]();
  await telemetry[Symbol.asyncDispose]();
});

const OWN = ["ratio", "rate", "elapsed_time", "remaining_time"].map((name) => `progress.operation.${name}`);
/** The per-operation series a real reader collects. */
const collected = async () => (await telemetry.metrics()).filter(({ name }) => OWN.includes(name));
const idsOf = async (name: string) =>
  (await collected()).filter((one) => one.name === name).map(({ attributes }) => attributes["progress.operation.id"]);

describe("per-operation series", () => {
  it("have the names, units, attributes and values of the contract", async () => {
    await start();
    const op = test.progress.start("job", { id: "a", name: "Nightly", total: 100 });
    for (let tick = 0; tick < 200; tick++) {
      if (tick % 10 === 0) op.increment();
      test.clock.advance(100);
    }
    const attributes = {
      "progress.operation.id": "a",
      "progress.operation.type": "job",
      "progress.operation.name": "Nightly",
    };
    const { rate, eta } = op.snapshot();
    expect(rate).toBeCloseTo(1, 1);
    expect(await collected()).toEqual([
      { name: "progress.operation.ratio", unit: "1", attributes, value: 0.2 },
      { name: "progress.operation.rate", unit: "{item}/s", attributes, value: rate },
      { name: "progress.operation.elapsed_time", unit: "s", attributes, value: 20 },
      { name: "progress.operation.remaining_time", unit: "s", attributes, value: eta!.seconds },
    ]);
  });

  it("what is unknown has no series", async () => {
    await start();
    test.progress.start("job");
    test.clock.advance(15_000);
    expect((await collected()).map(({ name, value }) => [name, value])).toEqual([
      ["progress.operation.elapsed_time", 15],
    ]);
  });

  it("elapsed time leaves pauses out, and a paused operation has no remaining time", async () => {
    await start();
    const op = test.progress.start("job", { total: 10 });
    op.increment();
    test.clock.advance(20_000);
    op.pause();
    test.clock.advance(40_000);
    const seen = await collected();
    expect(seen.map(({ name }) => name)).toEqual(OWN.slice(0, 3));
    expect(seen[2]!.value).toBe(20);
  });

  it("an ended operation's series are gone at the next collection, while others and the instruments stay", async () => {
    await start();
    const [first] = [
      test.progress.start("job", { id: "a", total: 2 }),
      test.progress.start("job", { id: "b", total: 2 }),
    ];
    test.clock.advance(15_000);
    expect(await idsOf("progress.operation.elapsed_time")).toEqual(["a", "b"]);
    first.complete();
    expect(await idsOf("progress.operation.elapsed_time")).toEqual(["b"]);
    expect(await idsOf("progress.operation.ratio")).toEqual(["b"]);
    const active = (await telemetry.metrics()).filter(({ name }) => name === "progress.operation.active");
    expect(active.map(({ value }) => value)).toEqual([1]);
    test.progress.handle("b")!.complete();
    expect(await collected()).toEqual([]);
  });

  it("are given from an age of 15 seconds, or another", async () => {
    await start();
    test.progress.start("job", { id: "a" });
    test.clock.advance(14_999);
    expect(await collected()).toEqual([]);
    test.clock.advance(1);
    expect(await idsOf("progress.operation.elapsed_time")).toEqual(["a"]);
    const eager = new ProgressMetricProducer({ progress: test.progress, minAge: 0 });
    test.progress.start("job", { id: "b" });
    const { resourceMetrics } = await eager.collect();
    expect(resourceMetrics.scopeMetrics[0].metrics[0].dataPoints).toHaveLength(2);
  });

  it("are those of the hundred longest running operations, or of as many as told", async () => {
    await start();
    for (let n = 0; n < 150; n++) {
      test.progress.start("job", { id: `op ${n}` });
      test.clock.advance(10);
    }
    test.clock.advance(15_000);
    const expected = Array.from({ length: 100 }, (_, n) => `op ${n}`);
    expect(await idsOf("progress.operation.elapsed_time")).toEqual(expected);
    const few = await new ProgressMetricProducer({ progress: test.progress, limit: 2 }).collect();
    const ids = few.resourceMetrics.scopeMetrics[0].metrics[0].dataPoints.map(
      (point: { attributes: Record<string, unknown> }) => point.attributes["progress.operation.id"],
    );
    expect(ids).toEqual(["op 0", "op 1"]);
  });

  it("levels have none", async () => {
    await start();
    const op = test.progress.start("job", { id: "a" });
    op.startLevel("part", { total: 2 });
    test.clock.advance(15_000);
    expect(new Set(await idsOf("progress.operation.elapsed_time"))).toEqual(new Set(["a"]));
  });

  it("are cumulative gauges with exact times, by the numbers the installed SDK has for these words", async () => {
    const producer = await start();
    test.progress.start("job");
    test.clock.advance(15_250);
    const { resourceMetrics, errors } = await producer.collect();
    const begin = Date.UTC(2026, 0, 1) / 1_000;
    expect(errors).toEqual([]);
    expect(resourceMetrics.scopeMetrics).toHaveLength(1);
    const [elapsed] = resourceMetrics.scopeMetrics[0].metrics;
    expect(elapsed.dataPointType).toBe(DataPointType.GAUGE);
    expect(elapsed.aggregationTemporality).toBe(AggregationTemporality.CUMULATIVE);
    expect(elapsed.dataPoints[0].startTime).toEqual([begin, 0]);
    expect(elapsed.dataPoints[0].endTime).toEqual([begin + 15, 250_000_000]);
  });

  it("bad options throw when it is made", async () => {
    await start();
    expect(() => new ProgressMetricProducer({ progress: test.progress, minAge: "soon" as "1s" })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    expect(() => new ProgressMetricProducer({ progress: {} as TestProgress["progress"] })).not.toThrow();
    await expect(new ProgressMetricProducer({ progress: {} as TestProgress["progress"] }).collect()).rejects.toThrow(
      TypeError,
    );
  });
});
