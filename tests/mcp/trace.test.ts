// The operation of a tool call is in the trace of the client that called: real clients and servers, over HTTP on this machine.

import { randomUUID } from "node:crypto";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Client as Client2, StreamableHTTPClientTransport as Transport2 } from "@modelcontextprotocol/client";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as Transport1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { McpServer as McpServer1 } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { createMcpHandler, McpServer as McpServer2 } from "@modelcontextprotocol/server";
import { trace } from "@opentelemetry/api";
import { expect, it } from "vitest";
import type { ToolRequest } from "../../src/instrumentation/mcp/request.js";
import { createToolOperation } from "../../src/instrumentation/mcp/tool-operation.js";
import { createTestProgress, startTestTelemetry } from "../../src/testing.js";

const IMPLEMENTATION = { name: "test", version: "1.0.0" };
type Run = (request: ToolRequest) => Promise<{ content: { type: "text"; text: string }[] }>;

interface Call {
  readonly name: string;
  readonly _meta: { readonly traceparent: string; readonly tracestate: string };
}
interface Generation {
  readonly listener: (run: Run) => Promise<RequestListener>;
  /** Calls the tool once and goes. */
  readonly call: (url: URL, call: Call) => Promise<unknown>;
}

const GENERATIONS: Record<string, Generation> = {
  "SDK 1": {
    async listener(run) {
      const server = new McpServer1(IMPLEMENTATION);
      server.registerTool("import", {}, (extra) => run(extra));
      const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID });
      await server.connect(transport as Parameters<typeof server.connect>[0]);
      return (request, response) => void transport.handleRequest(request, response);
    },
    async call(url, call) {
      const client = new Client1(IMPLEMENTATION);
      await client.connect(new Transport1(url) as Parameters<typeof client.connect>[0]);
      await client.callTool(call, undefined, { onprogress: () => {} });
      await client.close();
    },
  },
  "SDK 2": {
    async listener(run) {
      const handler = createMcpHandler(() => {
        const server = new McpServer2(IMPLEMENTATION);
        server.registerTool("import", {}, (ctx) => run(ctx));
        return server;
      });
      return toNodeHandler(handler) as RequestListener;
    },
    async call(url, call) {
      const client = new Client2(IMPLEMENTATION, { versionNegotiation: { mode: "auto" } });
      await client.connect(new Transport2(url));
      await client.callTool(call, { onprogress: () => {} });
      await client.close();
    },
  },
};

it.each(Object.entries(GENERATIONS))(
  "with %s the operation is a child of the client's span, and its work is below",
  async (_name, { listener, call }) => {
    await using telemetry = await startTestTelemetry();
    const { progress } = createTestProgress();
    const toolOperation = createToolOperation({ progress });
    const run: Run = (request) =>
      toolOperation(request, "catalog.import", () => {
        trace.getTracer("db").startSpan("SELECT").end();
        return { content: [{ type: "text" as const, text: "done" }] };
      });
    const server = createServer(await listener(run));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/mcp`);
    const agent = trace.getTracer("agent").startSpan("think");
    const { traceId, spanId } = agent.spanContext();
    await call(url, { name: "import", _meta: { traceparent: `00-${traceId}-${spanId}-01`, tracestate: "vendor=1" } });
    agent.end();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });

    const named = (name: string) => telemetry.spans().find((span) => span.name === name)!;
    const operation = named("catalog.import");
    expect(operation.parentSpanContext).toMatchObject({ traceId, spanId, isRemote: true });
    expect(named("SELECT").parentSpanContext!.spanId).toBe(operation.spanContext().spanId);
    expect(new Set(telemetry.spans().map((span) => span.spanContext().traceId))).toEqual(new Set([traceId]));
    const [snapshot] = progress.live.list({ type: "catalog.import" });
    expect(snapshot).toMatchObject({ status: "completed", traceId, spanId: operation.spanContext().spanId });
  },
);
