import { McpServer as McpServer1 } from "@modelcontextprotocol/sdk/server/mcp.js";
import { McpServer as McpServer2 } from "@modelcontextprotocol/server";
import { context, trace } from "@opentelemetry/api";
import { describe, expect, expectTypeOf, it } from "vitest";
import type { ProgressOptions } from "../../../src/index.js";
import { defineOperation } from "../../../src/index.js";
import type { ProgressNotification, ToolRequest } from "../../../src/instrumentation/mcp/request.js";
import { createToolOperation, toolOperation } from "../../../src/instrumentation/mcp/tool-operation.js";
import { createTestProgress, startTestTelemetry } from "../../../src/testing.js";

function setUp(meta: Record<string, unknown> = { progressToken: 7 }, options: ProgressOptions = {}) {
  const t = createTestProgress(options);
  const sent: ProgressNotification["params"][] = [];
  const client = new AbortController();
  const notify = async ({ params }: ProgressNotification) => void sent.push(params);
  const request: ToolRequest = { mcpReq: { _meta: meta, signal: client.signal, notify } };
  return { t, sent, client, request, run: createToolOperation({ progress: t.progress, interval: "1s" }) };
}
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));

describe("a tool call as an operation", () => {
  it("passes the result through and tells the client of its numbers, levels and message", async () => {
    const { t, sent, request, run } = setUp();
    const result = await run(request, "import", { total: 2, name: "Import" }, async (op) => {
      await op.level("file", { name: "a.csv" }, async (file) => {
        file.message("parsing");
        await t.advance("2s");
      });
      await t.advance("2s");
      op.update({ current: 2 });
      return "done";
    });
    expect(result).toBe("done");
    expectTypeOf(result).toEqualTypeOf<string>();
    expect(sent).toEqual([
      { progressToken: 7, progress: 0, total: 2, message: "0 of 2" },
      { progressToken: 7, progress: 0.000001, total: 2, message: "a.csv: parsing" },
      { progressToken: 7, progress: 1, total: 2, message: "1 of 2" },
      { progressToken: 7, progress: 2, total: 2, message: "2 of 2" },
    ]);
    expect(t.progress.live.get("1")).toMatchObject({ type: "import", name: "Import", status: "completed" });
  });

  it("knows the stages of a definition", async () => {
    const { request, run, t } = setUp();
    const clip = defineOperation("clip", { stages: { load: [0, 20], encode: [20, 100] } });
    await run(request, clip, (op) => op.stage("load", () => {}));
    expect(t.progress.live.get("1")).toMatchObject({ type: "clip", stage: "load" });
  });

  it("sends nothing to a client that gave no token, and nothing after the end", async () => {
    const silent = setUp({});
    await silent.run(silent.request, "job", { total: 2 }, async (op) => {
      op.increment();
      await silent.t.advance("2s");
    });
    expect(silent.sent).toEqual([]);
    const { t, sent, request, run } = setUp();
    const error = new Error("disk full");
    await expect(run(request, "job", () => Promise.reject(error))).rejects.toBe(error);
    const before = sent.length;
    await t.advance("10s");
    expect(sent.length).toBe(before);
    expect(t.progress.live.get("1")).toMatchObject({ status: "failed", error: { message: "disk full" } });
  });

  it("is asked to cancel when the client cancels, with its reason; the work decides", async () => {
    const { t, client, request, run } = setUp();
    const stopped = run(request, "stops", { id: "a" }, (op) => aborted(op.signal));
    const goesOn = run(request, "goes on", { id: "b" }, async (op) => {
      await aborted(op.signal).catch(() => {});
      return "saved";
    });
    client.abort("user clicked stop");
    await expect(stopped).rejects.toThrow("user clicked stop");
    expect(await goesOn).toBe("saved");
    expect(t.progress.live.get("a")).toMatchObject({ status: "cancelled", reason: "user clicked stop" });
    expect(t.progress.live.get("b")!.status).toBe("completed");
  });

  it("listens to a signal of the caller's own as well", async () => {
    const { client, request, run, t } = setUp();
    const own = new AbortController();
    const work = run(request, "job", { signal: own.signal }, (op) => aborted(op.signal));
    own.abort(new Error("shutting down"));
    await expect(work).rejects.toThrow("shutting down");
    expect([t.progress.live.get("1")!.status, client.signal.aborted]).toEqual(["cancelled", false]);
  });

  it("is in the trace of the client; spans started in it are below", async () => {
    await using telemetry = await startTestTelemetry();
    const [traceId, parent] = ["0af7651916cd43dd8448eb211c80319c", "00f067aa0ba902b7"];
    const { request, run } = setUp({ traceparent: `00-${traceId}-${parent}-01`, tracestate: "vendor=1" });
    await run(request, "job", () => trace.getTracer("db").startSpan("SELECT").end());
    const [select, job] = telemetry.spans();
    expect(job!.parentSpanContext).toMatchObject({ traceId, spanId: parent });
    expect([job!.spanContext().traceId, select!.parentSpanContext!.spanId]).toEqual([
      traceId,
      job!.spanContext().spanId,
    ]);
    expect(trace.getSpan(context.active())).toBeUndefined();
  });

  it("without a traceparent it stays below the span that is active", async () => {
    await using telemetry = await startTestTelemetry();
    const { request, run } = setUp({ traceparent: "nonsense" });
    await trace.getTracer("http").startActiveSpan("POST /mcp", async (span) => {
      await run(request, "job", () => {});
      span.end();
    });
    const [job, post] = telemetry.spans();
    expect(job!.parentSpanContext!.spanId).toBe(post!.spanContext().spanId);
  });

  it("that is not tracked runs all the same, and tells nothing of another with its id", async () => {
    const { t, sent, request, run } = setUp(undefined, { strict: false });
    const first = t.progress.start("job", { id: "same", total: 2 });
    const result = await run(request, "job", { id: "same" }, async () => {
      first.increment();
      await t.advance("2s");
      return 42;
    });
    expect([result, sent]).toEqual([42, []]);
  });

  it("a client that is gone is no trouble for the work", async () => {
    const { t, client } = setUp();
    const notify = () => Promise.reject(new Error("Not connected"));
    const run = createToolOperation({ progress: t.progress, interval: "1s" });
    const mcpReq = { _meta: { progressToken: 1 }, signal: client.signal, notify };
    expect(await run({ mcpReq }, "job", { total: 1 }, (op) => op.increment())).toBeUndefined();
    expect(t.progress.live.stats().losses).toEqual({ callbacks_failed: 2 });
  });

  it("what is no request, and no function, is misuse; the work runs", async () => {
    const { t, run } = setUp(undefined, { strict: false });
    expect(await run({ folder: "src" } as unknown as ToolRequest, "job", () => "ran")).toBe("ran");
    expect(t.misuse()).toEqual(["INVALID_OPTION"]);
    const { request, run: other, t: t2 } = setUp(undefined, { strict: false });
    expect(await other(request, "job", {}, undefined as never)).toBeUndefined();
    expect(t2.misuse()).toEqual(["INVALID_OPTION"]);
  });

  it("tells its client from inside a blocked event loop", async () => {
    const { t, sent, request, run } = setUp();
    await run(request, "job", { total: 1_000 }, (op) => {
      for (let item = 0; item < 1_000; item++) {
        t.clock.block(10);
        op.increment();
      }
      expect(sent.length).toBeGreaterThan(5);
    });
    expect(sent.length).toBeLessThan(15);
  });

  it("is typed as a handler of either SDK wants it, without a word about types", async () => {
    const server1 = new McpServer1({ name: "test", version: "1.0.0" });
    const server2 = new McpServer2({ name: "test", version: "1.0.0" });
    server1.registerTool("a", {}, (extra) =>
      toolOperation(extra, "job", async (op) => ({ content: [{ type: "text", text: op.id }] })),
    );
    server2.registerTool("a", {}, (ctx) =>
      toolOperation(ctx, "job", () => ({ content: [{ type: "text", text: "" }] })),
    );
    server2.registerTool("b", {}, async (ctx) => {
      const files = await toolOperation(ctx, "job", { total: 2 }, async (op) => [...op.track(["a", "b"])]);
      expectTypeOf(files).toEqualTypeOf<string[]>();
      return { content: files.map((text) => ({ type: "text", text })) };
    });
    const { request } = setUp({});
    expectTypeOf(toolOperation(request, "job", () => 7)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(toolOperation(request, "job", async () => 7)).toEqualTypeOf<Promise<number>>();
    expectTypeOf(toolOperation(request, "job", () => {})).toEqualTypeOf<Promise<void>>();
  });

  it("uses the default instance unless another is named; a bad interval is refused at set-up", async () => {
    const { request } = setUp({});
    expect(await toolOperation(request, "job", (op) => op.id)).toEqual(expect.any(String));
    expect(() => createToolOperation({ interval: "soon" as never })).toThrow("interval: expected");
  });
});
