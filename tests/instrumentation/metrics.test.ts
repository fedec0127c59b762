import { metrics } from "@opentelemetry/api";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  createTestProgress,
  type RecordedSeries,
  startTestTelemetry,
  type TestProgress,
  type TestTelemetry,
} from "../../src/testing.js";

const EPOCH_SECONDS = Date.UTC(2026, 0, 1) / 1_000;

let telemetry: TestTelemetry;
let test: TestProgress;
beforeEach(async () => {
  telemetry = await startTestTelemetry();
  test = createTestProgress();
});
afterEach(async () => {
  await test[Symbol.asyncDispose]();
  await telemetry[Symbol.asyncDispose]();
});

/** The series of one instrument: attribute values without names, and the value. */
async function series(name: string, from: TestTelemetry = telemetry): Promise<[string, RecordedSeries["value"]][]> {
  const found = (await from.metrics()).filter((one) => one.name === name);
  return found.map(({ attributes, value }) => [Object.values(attributes).join(" "), value]);
}

/** Whole instruments as the SDK sees them, and what is in them. */
async function instruments() {
  class Reader extends MetricReader {
    protected async onForceFlush(): Promise<void> {}
    protected async onShutdown(): Promise<void> {}
  }
  await telemetry[Symbol.asyncDispose]();
  const reader = new Reader();
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  const collect = async () => {
    const { resourceMetrics, errors } = await reader.collect();
    expect(errors).toEqual([]);
    return resourceMetrics.scopeMetrics;
  };
  const stop = () => {
    metrics.disable();
    return provider.shutdown();
  };
  return { collect, stop };
}

describe("instruments", () => {
  it("have the names, kinds, units, attributes and buckets of the contract, under one scope", async () => {
    const { collect, stop } = await instruments();
    for (let run = 0; run < 20; run++) test.progress.start("job").complete();
    const op = test.progress.start("job");
    op.increment();
    const level = op.startLevel("part");
    level.increment();
    level.fail(new Error("x"));
    op.fail(new RangeError("x"));
    test.progress.start("job").message("too long".repeat(1_000));
    const scopes = await collect();
    expect(scopes.map(({ scope }) => scope.name)).toEqual(["otel-progress"]);
    const all = scopes[0]!.metrics.map(({ descriptor, dataPointType, dataPoints, ...rest }) => ({
      name: descriptor.name,
      type: (descriptor as unknown as { type: string }).type,
      unit: descriptor.unit,
      monotonic: (rest as { isMonotonic?: boolean }).isMonotonic,
      attributes: [...new Set(dataPoints.flatMap((point) => Object.keys(point.attributes)))],
    }));
    const type = "progress.operation.type";
    const expected: [string, string, string, string[]][] = [
      ["progress.operation.active", "OBSERVABLE_UP_DOWN_COUNTER", "{operation}", [type]],
      ["progress.operation.stalled", "OBSERVABLE_GAUGE", "{operation}", [type]],
      ["progress.operation.oldest_start_time", "OBSERVABLE_GAUGE", "s", [type]],
      ["progress.operation.expected_duration", "OBSERVABLE_GAUGE", "s", [type]],
      ["progress.instance.heartbeat_time", "OBSERVABLE_GAUGE", "s", []],
      ["progress.operation.finished", "OBSERVABLE_COUNTER", "{operation}", [type, "progress.status"]],
      ["progress.items", "OBSERVABLE_COUNTER", "{item}", [type, "progress.item.status", "progress.level.type"]],
      ["progress.losses", "OBSERVABLE_COUNTER", "{loss}", ["progress.loss.cause"]],
      ["progress.operation.duration", "HISTOGRAM", "s", [type, "progress.status", "error.type"]],
      ["progress.level.duration", "HISTOGRAM", "s", [type, "progress.level.type", "progress.status"]],
    ];
    const key = (one: { name: string }) => one.name;
    expect(all.map(({ name, type, unit, attributes }) => ({ name, type, unit, attributes })).sort(byKey(key))).toEqual(
      expected.map(([name, type, unit, attributes]) => ({ name, type, unit, attributes })).sort(byKey(key)),
    );
    expect(all.filter(({ monotonic }) => monotonic === false).map(key)).toEqual(["progress.operation.active"]);
    for (const metric of scopes[0]!.metrics.filter(({ descriptor }) => descriptor.name.endsWith(".duration"))) {
      const { boundaries } = (metric.dataPoints[0]!.value as { buckets: { boundaries: number[] } }).buckets;
      expect(boundaries).toEqual([
        0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400,
      ]);
    }
    await stop();
  });
});

const byKey =
  <T>(key: (one: T) => string) =>
  (a: T, b: T) =>
    key(a) < key(b) ? -1 : 1;

describe("active", () => {
  it("counts operations, not levels, and is 0, not absent, for every type seen once they ended", async () => {
    const op = test.progress.start("job");
    op.startLevel("part");
    const other = test.progress.start("other.job");
    test.progress.start("job");
    expect(await series("progress.operation.active")).toEqual([
      ["job", 2],
      ["other.job", 1],
    ]);
    op.complete();
    other.cancel();
    expect(await series("progress.operation.active")).toEqual([
      ["job", 1],
      ["other.job", 0],
    ]);
  });
});

describe("finished", () => {
  it("is there with 0 for every ending before the first operation ends, so that its first increase is seen", async () => {
    const op = test.progress.start("job");
    expect(await series("progress.operation.finished")).toEqual([
      ["job completed", 0],
      ["job failed", 0],
      ["job cancelled", 0],
    ]);
    op.fail(new Error("x"));
    test.progress.start("job").complete();
    expect(await series("progress.operation.finished")).toEqual([
      ["job completed", 1],
      ["job failed", 1],
      ["job cancelled", 0],
    ]);
  });
});

describe("items", () => {
  it("are counted exactly once, seen by a tick or not, ended or not", async () => {
    const op = test.progress.start("job");
    op.increment(3);
    expect(await series("progress.items")).toEqual([["job done", 3]]);
    expect(await series("progress.items")).toEqual([["job done", 3]]);
    op.increment(4);
    await test.advance("1s");
    op.increment(5);
    op.complete();
    expect(await series("progress.items")).toEqual([["job done", 12]]);
    await test.advance("1s");
    expect(await series("progress.items")).toEqual([["job done", 12]]);
  });

  it("failed and skipped ones are told apart, and those of levels carry the level's type", async () => {
    const op = test.progress.start("job");
    const level = op.startLevel("part");
    op.itemFailed(undefined, 2);
    op.increment(3);
    level.itemSkipped(4);
    level.increment(1);
    const expected = [
      ["job done", 3],
      ["job failed", 2],
      ["job part done", 1],
      ["job part skipped", 4],
    ];
    expect(await series("progress.items")).toEqual(expected);
    await test.advance("1s");
    level.complete();
    op.complete();
    expect(await series("progress.items")).toEqual(expected);
  });

  it("done in an attempt that is given up between two ticks are counted too", async () => {
    const op = test.progress.start("job");
    op.increment(3);
    op.itemFailed();
    op.newAttempt();
    op.increment(2);
    expect(await series("progress.items")).toEqual([
      ["job done", 5],
      ["job failed", 1],
    ]);
    op.complete();
    expect(await series("progress.items")).toEqual([
      ["job done", 5],
      ["job failed", 1],
    ]);
  });

  it("a million increments in a blocked loop are a million items", async () => {
    await test[Symbol.asyncDispose]();
    test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    for (let n = 0; n < 1_000_000; n++) {
      op.increment();
      if (n % 1_000 === 0) test.clock.block(30);
    }
    expect(await series("progress.items")).toEqual([["job done", 1_000_000]]);
    op.complete();
    expect(await series("progress.items")).toEqual([["job done", 1_000_000]]);
  });

  it("that come after the end are not counted", async () => {
    await test[Symbol.asyncDispose]();
    test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    op.increment();
    op.complete();
    op.increment(7);
    await test.advance("1s");
    expect(await series("progress.items")).toEqual([["job done", 1]]);
    expect(await series("progress.losses")).toEqual([["late_updates", 7]]);
  });
});

describe("gauges", () => {
  it("stalled is decided by each operation's own limit and is 0 again after recovery and after the end", async () => {
    const quick = test.progress.start("job", { stallTimeout: "5s" });
    test.progress.start("job", { stallTimeout: "1h" });
    const paused = test.progress.start("job", { stallTimeout: "5s" });
    paused.pause();
    expect(await series("progress.operation.stalled")).toEqual([["job", 0]]);
    await test.advance("6s");
    expect(await series("progress.operation.stalled")).toEqual([["job", 1]]);
    quick.increment();
    await test.advance("100ms");
    expect(await series("progress.operation.stalled")).toEqual([["job", 0]]);
    await test.advance("6s");
    quick.complete();
    expect(await series("progress.operation.stalled")).toEqual([["job", 0]]);
  });

  it("oldest_start_time is that of the longest running operation of each type, in Unix seconds", async () => {
    await test.advance("10s");
    const first = test.progress.start("job");
    await test.advance("5s");
    test.progress.start("job");
    test.progress.start("other");
    expect(await series("progress.operation.oldest_start_time")).toEqual([
      ["job", EPOCH_SECONDS + 10],
      ["other", EPOCH_SECONDS + 15],
    ]);
    first.complete();
    expect((await series("progress.operation.oldest_start_time"))[0]).toEqual(["job", EPOCH_SECONDS + 15]);
  });

  it("expected_duration is the 95th percentile of completed runs, told from the twentieth on", async () => {
    const run = (seconds: number) => {
      const op = test.progress.start("job");
      test.clock.block(seconds * 1_000);
      op.complete();
    };
    for (let seconds = 1; seconds <= 19; seconds++) run(seconds);
    test.progress.start("job").fail(new Error("x"));
    expect(await series("progress.operation.expected_duration")).toEqual([]);
    run(20);
    expect(await series("progress.operation.expected_duration")).toEqual([["job", 19]]);
  });

  it("the heartbeat is the time of the collection, also when nothing runs", async () => {
    test.progress.start("job").complete();
    await test.advance("1h");
    expect(await series("progress.instance.heartbeat_time")).toEqual([["", EPOCH_SECONDS + 3_600]]);
  });
});

describe("durations", () => {
  it("are recorded at the end, pauses left out, by ending and by what failed", async () => {
    const op = test.progress.start("job");
    const level = op.startLevel("part");
    await test.advance("2s");
    op.pause();
    await test.advance("30s");
    op.resume();
    level.fail(new RangeError("x"));
    await test.advance("1s");
    op.complete();
    test.progress.start("job").fail(new Error("x"), { code: "DISK_FULL" });
    expect(await series("progress.operation.duration")).toEqual([
      ["job completed", { count: 1, sum: 3 }],
      ["job failed DISK_FULL", { count: 1, sum: 0 }],
    ]);
    expect(await series("progress.level.duration")).toEqual([["job part failed", { count: 1, sum: 2 }]]);
  });

  it("a level that was declared and never began has none", async () => {
    const op = test.progress.start("job");
    op.declare("part").skip("not needed");
    op.declare("part");
    op.complete();
    expect(await series("progress.level.duration")).toEqual([]);
  });
});

describe("types", () => {
  it("beyond 200 are counted as other in every instrument, and keep their name in the live state", async () => {
    const all = Array.from({ length: 250 }, (_, n) => test.progress.start(`type.${n}`));
    for (const op of all) {
      op.increment();
      op.startLevel("part").complete();
    }
    expect(all[249]!.snapshot().type).toBe("type.249");
    const active = await series("progress.operation.active");
    expect(active).toHaveLength(201);
    expect(active.at(-1)).toEqual(["other", 50]);
    expect((await series("progress.items")).at(-1)).toEqual(["other done", 50]);
    for (const op of all) op.complete();
    const durations = await series("progress.operation.duration");
    expect(durations).toHaveLength(201);
    expect(durations.at(-1)).toEqual(["other completed", { count: 50, sum: 0 }]);
    const levels = await series("progress.level.duration");
    expect(levels).toHaveLength(200 + 1);
    expect(levels.at(-1)).toEqual(["other other completed", { count: 50, sum: 0 }]);
    expect((await series("progress.operation.finished")).at(-3)).toEqual(["other completed", 50]);
  });

  it("an operation type that is called other shares the series of those beyond the limit", async () => {
    await test[Symbol.asyncDispose]();
    test = createTestProgress({ limits: { types: 2 } });
    for (const type of ["other", "job", "job.2", "job.3"]) {
      const op = test.progress.start(type);
      op.increment();
      op.complete();
    }
    expect(await series("progress.items")).toEqual([
      ["job done", 1],
      ["job.2 done", 1],
      ["other done", 2],
    ]);
    expect((await series("progress.operation.duration")).map(([type]) => type)).toEqual([
      "other completed",
      "job completed",
      "job.2 completed",
    ]);
  });
});

describe("providers", () => {
  it("an SDK started while an operation runs sees everything since the start of the process", async () => {
    await telemetry[Symbol.asyncDispose]();
    const early = test.progress.start("job");
    early.increment(2);
    test.progress.start("job").complete();
    telemetry = await startTestTelemetry();
    early.increment(3);
    early.complete();
    expect(await series("progress.items")).toEqual([["job done", 5]]);
    expect((await series("progress.operation.finished"))[0]).toEqual(["job completed", 2]);
    // Only ends seen by the SDK are in its histogram.
    expect(await series("progress.operation.duration")).toEqual([["job completed", { count: 1, sum: 0 }]]);
  });

  it("an SDK started while nothing runs is found by the next operation", async () => {
    await telemetry[Symbol.asyncDispose]();
    test.progress.start("job").complete();
    await test.advance("10s");
    telemetry = await startTestTelemetry();
    test.progress.start("job").complete();
    expect(await series("progress.operation.duration")).toEqual([["job completed", { count: 1, sum: 0 }]]);
  });

  it("a provider that replaces another gets the totals, and the ends from the next tick on", async () => {
    const op = test.progress.start("job");
    op.increment(2);
    test.progress.start("job").complete();
    const first = telemetry;
    metrics.disable();
    telemetry = await startTestTelemetry();
    test.clock.advance(100);
    op.increment();
    op.complete();
    expect(await series("progress.items")).toEqual([["job done", 3]]);
    expect(await series("progress.operation.duration")).toEqual([["job completed", { count: 1, sum: 0.1 }]]);
    expect(await series("progress.operation.duration", first)).toEqual([["job completed", { count: 1, sum: 0 }]]);
    await first[Symbol.asyncDispose]();
  });
});

describe("losses", () => {
  it("what was refused or dropped is counted by cause", async () => {
    await test[Symbol.asyncDispose]();
    test = createTestProgress({ limits: { active: 1 }, strict: false });
    test.progress.start("job").setTotal(-1);
    test.progress.start("job");
    expect(await series("progress.losses")).toEqual([
      ["misuse", 1],
      ["operations_refused", 1],
    ]);
  });
});
