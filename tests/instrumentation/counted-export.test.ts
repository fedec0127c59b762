import { BatchSpanProcessor } from "@opentelemetry/sdk-trace";
import { describe, expect, it } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import { countedExport } from "../../src/instrumentation/counted-export.js";

type Result = { readonly code: number };
const span = (traceFlags = 1) => ({ spanContext: () => ({ traceFlags }), resource: {} }) as never;

/** A real BatchSpanProcessor for 10 spans, in batches of 5, before an exporter that answers as it is told. */
function setUp(answer: (done: (result: Result) => void) => void) {
  const diagnostics = new Diagnostics({ warn() {} });
  const sent: number[] = [];
  const exporter = {
    export(spans: unknown[], done: (result: Result) => void) {
      sent.push(spans.length);
      answer(done);
    },
    shutdown: async () => {},
  };
  const processor = countedExport(
    diagnostics,
    exporter as never,
    10,
    (counted) => new BatchSpanProcessor({ exporter: counted as never, maxQueueSize: 10, maxExportBatchSize: 5 }),
  );
  return { diagnostics, processor, sent };
}

describe("spans that are exported", () => {
  it("are not counted as lost", async () => {
    const { diagnostics, processor, sent } = setUp((done) => done({ code: 0 }));
    for (let n = 0; n < 8; n++) processor.onEnd(span());
    await processor.forceFlush();
    expect([sent, diagnostics.losses()]).toEqual([[5, 3], {}]);
  });

  it("are not counted either when they end while others are flushed", async () => {
    let release: ((result: Result) => void) | undefined;
    const { diagnostics, processor, sent } = setUp((done) => {
      if (release === undefined) release = done;
      else done({ code: 0 });
    });
    processor.onEnd(span());
    const flushed = processor.forceFlush();
    await new Promise((resolve) => setImmediate(resolve));
    for (let n = 0; n < 3; n++) processor.onEnd(span());
    release!({ code: 0 });
    await flushed;
    expect(diagnostics.losses()).toEqual({});
    await processor.forceFlush();
    expect([sent, diagnostics.losses()]).toEqual([[1, 3], {}]);
  });

  it("are not counted either while one flush waits for their resource and another one finds nothing left", async () => {
    const { diagnostics, processor, sent } = setUp((done) => done({ code: 0 }));
    let known: (() => void) | undefined;
    const attributes = new Promise<void>((resolve) => {
      known = resolve;
    });
    const resource = { asyncAttributesPending: true, waitForAsyncAttributes: () => attributes };
    processor.onEnd({ spanContext: () => ({ traceFlags: 1 }), resource } as never);
    const flushes = [processor.forceFlush(), processor.forceFlush()];
    await new Promise((resolve) => setImmediate(resolve));
    expect(diagnostics.losses()).toEqual({});
    known!();
    await Promise.all(flushes);
    expect([sent, diagnostics.losses()]).toEqual([[1], {}]);
  });

  it("not sampled, are none", async () => {
    const { diagnostics, processor, sent } = setUp((done) => done({ code: 0 }));
    processor.onEnd(span(0));
    await processor.forceFlush();
    expect([sent, diagnostics.losses()]).toEqual([[], {}]);
  });
});

describe("spans that are lost are counted", () => {
  it("when the receiver does not take them", async () => {
    const { diagnostics, processor } = setUp((done) => done({ code: 1 }));
    for (let n = 0; n < 8; n++) processor.onEnd(span());
    await processor.forceFlush().catch(() => {});
    await processor.shutdown().catch(() => {});
    expect(diagnostics.losses()).toEqual({ spans_dropped: 8 });
  });

  it("when the queue is full while a receiver does not answer, as soon as it does", async () => {
    let release: ((result: Result) => void) | undefined;
    const { diagnostics, processor, sent } = setUp((done) => {
      if (release === undefined) release = done;
      else done({ code: 0 });
    });
    for (let n = 0; n < 5; n++) processor.onEnd(span());
    const flushed = processor.forceFlush();
    await new Promise((resolve) => setImmediate(resolve));
    for (let n = 0; n < 30; n++) processor.onEnd(span());
    release!({ code: 0 });
    await flushed;
    await processor.forceFlush();
    const arrived = sent.reduce((sum, count) => sum + count, 0);
    expect(diagnostics.losses()["spans_dropped"]).toBe(35 - arrived);
    expect(arrived).toBeLessThanOrEqual(20);
  });
});
