import { trace } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { coreOf } from "../../../src/instrumentation/core.js";
import { defineOperation } from "../../../src/instrumentation/definition.js";
import type { Handle } from "../../../src/instrumentation/handle.js";
import { type JournalRecord, recordOf } from "../../../src/instrumentation/journal/records.js";
import { ProgressSpanProcessor } from "../../../src/instrumentation/span-processor.js";
import { createTestProgress, startTestTelemetry, type TestProgress, type TestTelemetry } from "../../../src/testing.js";
import { START } from "./members.js";

let test: TestProgress;
let telemetry: TestTelemetry | undefined;
beforeEach(() => {
  test = createTestProgress({ stallTimeout: "7d" });
});
afterEach(async () => {
  await test.progress.shutdown();
  await telemetry?.[Symbol.asyncDispose]();
  telemetry = undefined;
});

const record = (operation: unknown): JournalRecord => JSON.parse(JSON.stringify(recordOf(operation as Handle)));
const idsOf = (handle: unknown) => {
  const { traceId, spanId, traceFlags } = (handle as Handle).span!.spanContext();
  return { traceId, spanId, traceFlags };
};

describe("what is known of an operation", () => {
  it("is only what there is", async () => {
    const op = test.progress.start("job", { id: "a" });
    await test.advance("2s");
    expect(record(op)).toEqual({
      id: "a",
      type: "job",
      startedMillis: START,
      movedMillis: START,
      seenMillis: START + 2_000,
      workMillis: 2_000,
    });
  });

  it("is all of its state", async () => {
    const options = {
      name: "Nightly",
      description: "all of it",
      total: 10,
      totalKind: "estimate",
      unit: "row",
    } as const;
    const op = test.progress.start("job", { id: "a", ...options, attributes: { tenant: "x" } });
    await test.advance("1s");
    op.increment(3);
    op.newAttempt("again");
    op.increment(1);
    op.itemFailed();
    op.itemSkipped(2);
    op.message("row 4");
    await test.advance("1s");
    op.pause("quota");
    await test.advance("1s");
    expect(record(op)).toEqual({
      id: "a",
      type: "job",
      name: "Nightly",
      unit: "row",
      description: "all of it",
      message: "row 4",
      attributes: { tenant: "x" },
      paused: true,
      current: 4,
      total: 10,
      totalKind: "estimate",
      percentage: 40,
      attempt: 2,
      attemptBegan: 1_000,
      failedItems: 1,
      skippedItems: 2,
      startedMillis: START,
      movedMillis: START + 1_100,
      seenMillis: START + 3_000,
      workMillis: 2_000,
    });
  });

  it("says what it is a part of, its stage, and that its percentage is a guess", async () => {
    const film = defineOperation("film", { stages: { download: 50, encode: 50 } });
    const op = test.progress.start(film, { id: "f" });
    op.enterStage("encode", { simulate: { expected: "10s" } });
    test.progress.operation("job", { id: "a" }, () => void test.progress.start("part", { id: "p" }));
    await test.advance("5s");
    expect(record(op)).toMatchObject({ stage: "encode", percentage: 72.5, estimated: true });
    expect(record(coreOf(test.progress).state.getActive("p"))).toMatchObject({ parentId: "a" });
  });

  it("counts settled levels where it is itself a count of them", () => {
    const op = test.progress.start("album", { total: 3 });
    op.startLevel("song").complete();
    expect(record(op)).toMatchObject({ current: 1, total: 3, percentage: 33.333333 });
  });
});

describe("what would be lost of its spans", () => {
  beforeEach(async () => {
    telemetry = await startTestTelemetry({ spanProcessors: [new ProgressSpanProcessor({ progress: test.progress })] });
  });

  it("are the ids of its own, with that of its parent", () => {
    const root = test.progress.start("job");
    expect(record(root).span).toEqual(idsOf(root));
    const around = trace.getTracer("app").startSpan("request");
    const child = trace.getTracer("app").startActiveSpan("query", (span) => {
      const op = test.progress.start("job");
      expect(record(op).span).toEqual({ ...idsOf(op), parentSpanId: span.spanContext().spanId });
      return op;
    });
    expect([record(child).trace, idsOf(root).traceFlags]).toEqual([undefined, 1]);
    around.end();
  });

  it("are those of the levels that are open, outer ones first, without those of nested operations", async () => {
    const op = test.progress.start("job", { id: "a" });
    const file = op.startLevel("file", { id: "f", name: "a.csv" });
    await test.advance("1s");
    const page = file.startLevel("page");
    op.startLevel("file").complete();
    op.declare("file");
    test.progress.operation("other", () => void test.progress.start("nested").startLevel("deep"));
    expect(record(op).levels).toEqual([
      {
        id: "f",
        type: "file",
        name: "a.csv",
        startedMillis: START,
        span: { ...idsOf(file), parentSpanId: idsOf(op).spanId },
      },
      {
        id: page.id,
        type: "page",
        startedMillis: START + 1_000,
        span: { ...idsOf(page), parentSpanId: idsOf(file).spanId },
      },
    ]);
  });

  it("are those of at most a hundred levels", () => {
    const op = test.progress.start("job");
    for (let n = 0; n < 150; n++) op.startLevel("part").startLevel("piece");
    expect(record(op).levels?.map(({ type }) => type)).toEqual(Array(50).fill(["part", "piece"]).flat());
  });

  it("are none of one that somebody else ends; its trace is known all the same", () => {
    const span = trace.getTracer("app").startSpan("job", { attributes: { "progress.operation.id": "theirs" } });
    const handle = coreOf(test.progress).state.getActive("theirs")!;
    const { traceId, spanId } = span.spanContext();
    expect([record(handle).span, record(handle).trace]).toEqual([undefined, { traceId, spanId }]);
  });
});

it("nothing would be lost of spans that are not sampled, but the ids of the trace are known", async () => {
  const sampler = { shouldSample: () => ({ decision: 0 }), toString: () => "none" };
  telemetry = await startTestTelemetry({ sampler });
  const op = test.progress.start("job");
  op.startLevel("part");
  const { traceId, spanId } = idsOf(op);
  expect(record(op)).toMatchObject({ trace: { traceId, spanId } });
  expect(record(op)).not.toHaveProperty("span");
  expect(record(op)).not.toHaveProperty("levels");
});

it("without an SDK there are no ids", () => {
  expect(Object.keys(record(test.progress.start("job")))).not.toContain("trace");
});
