// A real OTLP/HTTP receiver for tests: keeps what arrives, as JSON.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

interface KeyValue {
  readonly key: string;
  readonly value: Record<string, unknown>;
}
interface ReceivedSpan {
  readonly name: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly KeyValue[];
  readonly events?: readonly { readonly name: string }[];
}

export interface Receiver extends AsyncDisposable {
  readonly endpoint: string;
  spans(): ReceivedSpan[];
  /** Names of metrics, with the number of their data points at the last export. */
  metrics(): Map<string, number>;
  resource(): Record<string, unknown>;
}

// biome-ignore lint/suspicious/noExplicitAny: OTLP as it comes over the wire
type Body = any;

export async function startReceiver(): Promise<Receiver> {
  const traces: Body[] = [];
  const metrics: Body[] = [];
  const server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", () => {
      (request.url === "/v1/traces" ? traces : metrics).push(JSON.parse(text));
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans: () =>
      traces.flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap((r: Body) => r.scopeSpans.flatMap((s: Body) => s.spans)),
      ),
    metrics: () =>
      new Map(
        metrics.flatMap(({ resourceMetrics }) =>
          resourceMetrics.flatMap((r: Body) =>
            r.scopeMetrics.flatMap((s: Body) =>
              s.metrics.map((m: Body) => [m.name, (m.gauge ?? m.sum ?? m.histogram).dataPoints.length]),
            ),
          ),
        ),
      ),
    resource: () => attributesOf(traces[0].resourceSpans[0].resource.attributes),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function attributesOf(pairs: readonly KeyValue[]): Record<string, unknown> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, Object.values(value)[0]]));
}
