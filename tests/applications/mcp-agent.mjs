// An MCP client with telemetry of its own: calls a tool of mcp-app.mjs, a process of its own with telemetry as well, inside of a span.
//   GENERATION=sdk1|sdk2 node mcp-agent.mjs

import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { context, propagation, trace } from "@opentelemetry/api";
import { startTelemetry } from "otel-progress/sdk";

const generation = process.env.GENERATION;
const telemetry = startTelemetry({ serviceName: `agent-${generation}` });
const client = new Client({ name: "agent", version: "1.0.0" }, { versionNegotiation: { mode: "auto" } });
const args = ["--import", "otel-progress/register", "mcp-app.mjs", generation, "stdio"];
const env = { ...process.env, OTEL_SERVICE_NAME: "tools", PROGRESS_FORMAT: "quiet" };
const transport = new StdioClientTransport({ command: process.execPath, args, env, stderr: "ignore" });
await client.connect(transport);

await trace.getTracer("agent").startActiveSpan("think", async (span) => {
  const _meta = {};
  propagation.inject(context.active(), _meta);
  await client.callTool({ name: "steps", arguments: { n: 5 }, _meta }, { onprogress: () => {} });
  span.end();
});
await client.close();
await telemetry.shutdown();
