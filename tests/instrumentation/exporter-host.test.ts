import { afterEach, expect, it } from "vitest";
import type { ExporterHost } from "../../src/exporter-host.js";
import { createTestProgress, startTestTelemetry, type TestTelemetry } from "../../src/testing.js";

let telemetry: TestTelemetry | undefined;
afterEach(async () => {
  await telemetry?.[Symbol.asyncDispose]();
  telemetry = undefined;
});

function hosted() {
  const test = createTestProgress({ strict: false });
  let host: ExporterHost | undefined;
  test.progress.addExporter({
    connect: (given) => {
      host = given;
    },
    export() {},
  });
  return { ...test, host: host! };
}

it("gives what an exporter shares: one operation or all of them, those that ended first", () => {
  const { progress, host } = hosted();
  const op = progress.start("job", { id: "a" });
  progress.start("job", { id: "b" }).complete();
  progress.start("job", { id: "c" }).complete();
  expect(host.instance).toEqual({ id: "test", host: "localhost", pid: 1 });
  expect(host.get("a")).toEqual(op.snapshot());
  expect(host.get("unknown")).toBe(undefined);
  expect(host.all().map(({ id }) => id)).toEqual(["b", "c", "a"]);
});

it("asks a running operation to stop, and says when there is none", () => {
  const { progress, host } = hosted();
  const op = progress.start("job", { id: "a" });
  expect([host.requestCancel("a", "enough"), host.requestCancel("b")]).toEqual([true, false]);
  expect(op.snapshot()).toMatchObject({ cancelRequested: { reason: "enough" } });
  op.complete();
  expect(host.requestCancel("a")).toBe(false);
});

it("knows for how long a running operation has not moved, and how long it may not", () => {
  const { progress, clock, host } = hosted();
  const op = progress.start("job", { id: "a", stallTimeout: "5s" });
  progress.start("job", { id: "patient", stallTimeout: "auto" });
  op.increment();
  clock.advance(100);
  clock.block(2_000);
  expect(host.idleOf("a")).toEqual([2, 5]);
  expect(host.idleOf("patient")).toEqual([2.1, 300]);
  clock.advance(4_000);
  expect([op.snapshot(), host.idleOf("a")]).toMatchObject([{ stalled: {} }, undefined]);
  op.pause();
  expect([host.idleOf("a"), host.idleOf("unknown")]).toEqual([undefined, undefined]);
});

it("leaves out what belongs to others, and neither gives nor stops it", () => {
  const owner = createTestProgress();
  const { progress, host } = hosted();
  const carrier = owner.progress.start("job", { id: "theirs" }).carrier();
  const foreign = { ...carrier, progress: carrier.progress.replace("in=test", "in=other") };
  progress.join(foreign, () => {
    expect([host.all(), host.get("theirs"), host.requestCancel("theirs")]).toEqual([[], undefined, false]);
  });
});

it("knows what would be lost of an operation, with its spans when there are any", async () => {
  const silent = hosted();
  silent.progress.start("job", { id: "a" });
  expect(JSON.parse(silent.host.recordOf("a")!).op).not.toHaveProperty("span");
  telemetry = await startTestTelemetry();
  const { progress, host } = hosted();
  const op = progress.start("job", { id: "a", total: 4 });
  op.increment(3);
  expect(JSON.parse(host.recordOf("a")!)).toMatchObject({
    instance: { id: "test" },
    op: { id: "a", current: 3, span: { spanId: op.snapshot().spanId } },
  });
  op.complete();
  expect(host.recordOf("a")).toBe(undefined);
});

it.each(["recorded", "no"])(
  "tells an operation with %s spans of a process that died by its record, once it makes sense",
  async (spans) => {
    if (spans === "recorded") telemetry = await startTestTelemetry();
    const dead = hosted();
    dead.progress.start("job", { id: "a", total: 4 }).increment(3);
    const record = dead.host.recordOf("a")!;
    const { host, progress, events } = hosted();
    const seen = Date.UTC(2026, 0, 1, 0, 0, 5);
    host.lost(record.replace('"id":"test"', '"id":"dead"'), seen);
    expect(progress.live.get("a")).toMatchObject({
      status: "lost",
      current: 3,
      lastSeenAt: "2026-01-01T00:00:05.000Z",
      instance: { id: "dead" },
    });
    await Promise.resolve();
    expect(events.map(({ event }) => event)).toEqual(["lost"]);
    for (const wrong of ["", "{}", "null", '{"instance":{"id":"x","host":"h","pid":1},"op":{}}'])
      host.lost(wrong, seen);
    expect(progress.live.stats().losses).toEqual({ fleet_damaged: 4 });
  },
);

it("counts what was lost, and says what failed", () => {
  const { host, progress } = hosted();
  host.count("snapshots_dropped", 3);
  host.failed("exports_failed", "Redis", new Error("away"));
  expect(progress.live.stats().losses).toEqual({ snapshots_dropped: 3, exports_failed: 1 });
});
