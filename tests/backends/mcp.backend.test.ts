// A tool call in Jaeger: an agent and an MCP server, two processes, export through the Collector, and make one trace.

import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { installApplication } from "../mcp/connect.js";
import { runApplication } from "../services/application.js";
import { type Collector, startCollector } from "../services/collector.js";
import { type Jaeger, parentOf, progressOf, startJaeger } from "../services/jaeger.js";
import { showOutputOnFailure } from "../services/server.js";

let jaeger: Jaeger;
let collector: Collector;
beforeAll(async () => {
  jaeger = await startJaeger();
  collector = await startCollector({ jaegerOtlp: jaeger.otlp });
}, 60_000);
afterAll(async () => {
  await collector?.[Symbol.asyncDispose]();
  await jaeger?.[Symbol.asyncDispose]();
});
afterEach(showOutputOnFailure);

it.each(["sdk1", "sdk2"])(
  "what a server of %s does for a tool call is below the span of the agent that called",
  async (generation) => {
    using installation = installApplication(["mcp-agent.mjs"]);
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, GENERATION: generation };
    await runApplication(installation, "mcp-agent.mjs", env);
    const service = `agent-${generation}`;
    const [trace] = await jaeger.search({ service }, ([found]) => found?.spans.length === 7);
    const { spans, processes } = trace!;
    const named = (name: string) => spans.filter(({ operationName }) => operationName === name);
    const [think, call] = [named("think")[0]!, named("steps")[0]!];
    expect(spans.map(({ processID }) => processes[processID]!.serviceName).sort()).toEqual([
      service,
      ...Array(6).fill("tools"),
    ]);
    expect(parentOf(call)).toBe(think.spanID);
    expect(named("step").map(parentOf)).toEqual(Array(5).fill(call.spanID));
    expect(progressOf(call)).toMatchObject({
      "progress.status": "completed",
      "progress.total": 5,
      "progress.ratio": 1,
    });
  },
);
