// An MCP server of either generation of the SDK, over stdio or HTTP, with tools that a test drives it by.
//   node mcp-app.mjs sdk1|sdk2 stdio|http

import { randomUUID } from "node:crypto";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { toNodeHandler } from "@modelcontextprotocol/node";
import * as sdk1 from "@modelcontextprotocol/sdk/server/mcp.js";
import * as stdio1 from "@modelcontextprotocol/sdk/server/stdio.js";
import * as http1 from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import * as types1 from "@modelcontextprotocol/sdk/types.js";
import * as sdk2 from "@modelcontextprotocol/server";
import { serveStdio } from "@modelcontextprotocol/server/stdio";
import { createProgress } from "otel-progress";
import { createToolOperation, progressResources, publishChanges } from "otel-progress/mcp";
import { z } from "zod";

const [generation, transport] = process.argv.slice(2);
const progress = createProgress({ interval: "20ms" });
const toolOperation = createToolOperation({ progress, interval: "20ms" });
/** So slow that only the first and the last is told. */
const slowOperation = createToolOperation({ progress, interval: "1h" });
const live = progress.live;
/** For tests of what a client that went away leaves behind. */
progress.subscribe(({ event, operation }) => console.error(`${event} ${operation.id}`), {
  events: ["completed", "cancelled", "failed"],
});

const answer = (value) => ({ content: [{ type: "text", text: JSON.stringify(value) }] });
const SCHEMA = z.object({ id: z.string().optional(), n: z.number().optional() });
const TOOLS = {
  steps: ({ n }, request) =>
    toolOperation(request, "steps", { total: n, unit: "step" }, async (op) => {
      for (let step = 1; step <= n; step++) {
        await op.level("step", { name: `step ${step}` }, () => sleep(30));
        op.increment();
      }
      return answer("done");
    }),
  burst: ({ n }, request) =>
    slowOperation(request, "burst", { total: n }, (op) => {
      for (let item = 0; item < n; item++) op.increment();
      return answer(n);
    }),
  wait: ({ id }, request) =>
    toolOperation(request, "wait", { id, total: 2 }, async (op) => {
      op.increment();
      await new Promise((_, reject) => op.signal.addEventListener("abort", () => reject(op.signal.reason)));
    }),
  begin: ({ id, n }) => answer(progress.start("background", { id, total: n, attributes: { secret: "s3cr3t" } }).id),
  advance: ({ id, n }) => answer(progress.handle(id)?.increment(n) ?? null),
};

function createMcpServer(changes) {
  const { McpServer, ResourceTemplate } = generation === "sdk1" ? sdk1 : sdk2;
  const server = new McpServer({ name: "test", version: "1.0.0" });
  const { SubscribeRequestSchema, UnsubscribeRequestSchema } = types1;
  progressResources(server, live, {
    ResourceTemplate,
    changes,
    interval: "20ms",
    control: { z },
    redact: ({ secret, ...shown }) => shown,
    ...(generation === "sdk1" && { subscriptions: [SubscribeRequestSchema, UnsubscribeRequestSchema] }),
  });
  for (const [name, run] of Object.entries(TOOLS)) server.registerTool(name, { inputSchema: SCHEMA }, run);
  return server;
}

/** One server and one transport per session, as SDK 1 does it. */
function sessions() {
  const transports = new Map();
  return async (request, response) => {
    const known = transports.get(request.headers["mcp-session-id"]);
    if (known !== undefined) return known.handleRequest(request, response);
    const opened = new http1.StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => transports.set(id, opened),
    });
    await createMcpServer("server").connect(opened);
    return opened.handleRequest(request, response);
  };
}

/** One server per request, as SDK 2 does it. */
function perRequest() {
  const handler = sdk2.createMcpHandler(({ era }) => createMcpServer(era === "modern" ? "handler" : "none"));
  publishChanges(live, handler.notify, { interval: "20ms" });
  return toNodeHandler(handler);
}

if (transport === "http") {
  const server = createServer(generation === "sdk1" ? sessions() : perRequest());
  server.listen(0, "127.0.0.1", () => console.log(server.address().port));
} else if (generation === "sdk2") serveStdio(() => createMcpServer("server"));
else {
  const server = createMcpServer("server");
  await server.connect(new stdio1.StdioServerTransport());
  // SDK 1 does not notice by itself that its client is gone.
  process.stdin.once("end", () => server.close());
}
