import { describe, expect, it } from "vitest";
import type { Snapshot } from "../../../src/model.js";
import { operationsOf } from "../../../src/query/jaeger/family-tree.js";
import { serviceOf, snapshotOf } from "../../../src/query/jaeger/snapshots.js";
import { readTrace } from "../../../src/query/jaeger/untrusted.js";
import type { JaegerSpan, JaegerTrace } from "../../services/jaeger.js";
import { level, marker, operation, START_MICROS, span, TRACE, traceOf } from "./json-spans.js";
import { recorded } from "./recording.js";
import { asSpansHold } from "./spans-hold.js";

const rebuilt = (trace: JaegerTrace, nowMicros: number) =>
  new Map(operationsOf(readTrace(trace)!).map((one) => [one.id, snapshotOf(one, nowMicros)]));
/** Of a trace in which there is one operation. */
const only = (spans: readonly JaegerSpan[], afterSeconds = 0, tags = {}): Snapshot => {
  const found = [...rebuilt(traceOf(spans, tags), START_MICROS + afterSeconds * 1e6).values()];
  expect(found.length).toBe(1);
  return found[0]!;
};

describe("a recorded trace", () => {
  it.each(["completed", "failed"] as const)("of what is %s says what the live source said at its end", (name) => {
    const { traces, live } = recorded(name);
    const all = new Map(traces.flatMap((trace) => [...rebuilt(trace, 0)]));
    expect([...all.keys()].sort()).toEqual(live.map(({ id }) => id).sort());
    for (const said of live) {
      const found = all.get(said.id)!;
      expect(found).toEqual(asSpansHold(said, found.instance.id));
    }
  });

  it("of what runs says how far it was at its last checkpoint", () => {
    const { traces } = recorded("running");
    const [found] = [...rebuilt(traces[0]!, traces[0]!.spans[0]!.startTime).values()];
    expect(found).toMatchObject({ id: "film", type: "video.encode", name: "Film", status: "running", total: 1_000 });
    expect(found).toMatchObject({ unit: "frame", levels: [{ id: "scene-1", status: "completed" }] });
    expect(found!.current).toBeGreaterThan(100);
  });

  it("of what was lost says when it was last seen", () => {
    const [found] = [...rebuilt(recorded("lost").traces[0]!, 0).values()];
    expect(found).toMatchObject({ id: "film", status: "lost", levels: [{ id: "scene-1", status: "completed" }] });
    expect(found).toMatchObject({ lastSeenAt: found!.updatedAt });
  });
});

describe("an operation that runs", () => {
  const started = marker("started", "a", { seconds: 0.001, tags: { "progress.operation.name": "A" } });
  const told = { "progress.operation.name": "A", "progress.current": 3, "progress.total": 10, "progress.ratio": 0.3 };
  const more = { "progress.message": "row 3", "progress.rate.current": 0.1, "progress.stage": "load" };
  const checkpoint = marker("checkpoint", "a", { seconds: 30, tags: { ...told, ...more } });

  it("is as of its last checkpoint", () => {
    expect(only([started, checkpoint], 40)).toEqual({
      id: "a",
      type: "job",
      name: "A",
      status: "running",
      traceId: TRACE,
      spanId: "0000000000000061",
      instance: { id: "i-1", host: "host-1", pid: 42 },
      current: 3,
      total: 10,
      percentage: 30,
      attempt: 1,
      message: "row 3",
      rate: 0.1,
      stage: "load",
      startedAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:30.000Z",
      elapsedSeconds: 30,
      attributes: {},
      levels: [],
    });
  });

  it("is known from its beginning on, and by levels that ended since", () => {
    const found = only([started, level("p", "a", { from: 2, seconds: 3 })], 10);
    expect(found).toMatchObject({
      status: "running",
      name: "A",
      elapsedSeconds: 5,
      counts: { total: 1, completed: 1 },
    });
    expect("current" in found).toBe(false);
  });

  it("may be paused", () => {
    const paused = { "progress.status": "paused", "progress.reason": "quota" };
    expect(only([marker("checkpoint", "a", { seconds: 30, tags: paused })], 40)).toMatchObject({
      status: "paused",
      reason: "quota",
    });
  });

  it("is lost when several checkpoints are missing: five minutes, a tenth of its age, at most half an hour", () => {
    const of = (age: number, silence: number) =>
      only([marker("checkpoint", "a", { seconds: age })], age + silence).status;
    expect([of(30, 300), of(30, 301)]).toEqual(["running", "lost"]);
    expect([of(9_000, 900), of(9_000, 901)]).toEqual(["running", "lost"]);
    expect([of(90_000, 1_800), of(90_000, 1_801)]).toEqual(["running", "lost"]);
    expect(only([marker("checkpoint", "a", { seconds: 30 })], 400)).toMatchObject({
      lastSeenAt: "2026-01-01T00:00:30.000Z",
    });
  });

  it("of which only levels are known has no start", () => {
    const [young, old] = [100, 1_900].map((after) => only([level("p", "a")], after));
    expect([young!.status, old!.status]).toEqual(["running", "lost"]);
    expect(young).toMatchObject({ elapsedSeconds: 0, updatedAt: "2026-01-01T00:00:01.000Z" });
    expect(["startedAt" in young!, "spanId" in young!]).toEqual([false, false]);
  });
});

describe("counts of parts", () => {
  it("are of levels and operations directly in it, skipped and cancelled ones left out", () => {
    const ended = (id: string, status: string) => level(id, "a", { tags: { "progress.status": status } });
    const levels = ["completed", "failed", "lost", "cancelled", "skipped"].map((status) => ended(status, status));
    const nested = operation("b", { parent: "a" });
    const all = rebuilt(traceOf([operation("a"), ...levels, nested, level("deep", "a", { parent: "failed" })]), 0);
    expect(all.get("a")!.counts).toEqual({ total: 4, completed: 2, failed: 2, pending: 0 });
    expect("counts" in all.get("b")!).toBe(false);
  });
});

describe("what others wrote", () => {
  it("has names from what is there", () => {
    const part = span({ id: "p", parent: "x", tags: { "progress.level.type": "frame" } });
    const found = only([span({ id: "x", name: "transcode", tags: { "progress.operation.id": "job-1" } }), part]);
    expect(found).toMatchObject({ id: "job-1", type: "transcode", name: "transcode", status: "completed" });
    expect(found.levels).toMatchObject([
      { id: "0000000000000070", type: "frame", name: "frame", operationId: "job-1" },
    ]);
  });

  it("may not say which process it was: then the service takes its place", () => {
    const trace = { ...traceOf([operation("a")]), processes: { p1: { serviceName: "app", tags: [] } } };
    const [one] = operationsOf(readTrace(trace)!);
    expect([snapshotOf(one!, 0).instance, serviceOf(one!)]).toEqual([{ id: "app" }, "app"]);
  });
});

it("a snapshot is frozen, as those of the live source are", () => {
  const found = only([operation("a"), level("p", "a")]);
  for (const part of [found, found.levels, found.levels[0], found.levels[0]!.levels, found.instance, found.attributes])
    expect(Object.isFrozen(part)).toBe(true);
});
