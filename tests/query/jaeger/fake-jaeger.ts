// A server that answers as a Jaeger does, from traces it is given: what spans match, within what time, at most how many. The one
// that came last comes first, as in Jaeger's memory. Or it answers whatever a test wants.

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JaegerSpan, JaegerTrace } from "../../services/jaeger.js";

export interface FakeJaeger extends AsyncDisposable {
  readonly url: string;
  traces: readonly JaegerTrace[];
  /** What it was asked so far: path and parameters. */
  readonly asked: URL[];
  readonly headers: IncomingMessage["headers"][];
}

type Answer = (url: URL, response: ServerResponse) => boolean;

/** @param answer true: it has answered itself */
export async function startFakeJaeger(traces: readonly JaegerTrace[] = [], answer?: Answer): Promise<FakeJaeger> {
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://localhost");
    fake.asked.push(url);
    fake.headers.push(request.headers);
    if (answer?.(url, response)) return;
    const data = url.pathname.endsWith("/services") ? servicesOf(fake.traces) : find(fake.traces, url.searchParams);
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ data, total: 0, limit: 0, offset: 0, errors: null }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const fake: FakeJaeger = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    traces,
    asked: [],
    headers: [],
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function servicesOf(traces: readonly JaegerTrace[]): string[] {
  return [
    ...new Set(traces.flatMap(({ processes }) => Object.values(processes).map(({ serviceName }) => serviceName))),
  ];
}

function find(traces: readonly JaegerTrace[], query: URLSearchParams): JaegerTrace[] {
  const number = (name: string) => Number(query.get(name));
  const tags = Object.entries(JSON.parse(query.get("tags") ?? "{}") as Record<string, string>);
  const operation = query.get("operation");
  const matches = (span: JaegerSpan, { processes }: JaegerTrace) =>
    processes[span.processID]?.serviceName === query.get("service") &&
    (operation === null || span.operationName === operation) &&
    span.startTime >= number("start") &&
    span.startTime <= number("end") &&
    tags.every(([key, value]) => span.tags.some((tag) => tag.key === key && String(tag.value) === value));
  const found = traces.toReversed().filter((trace) => trace.spans.some((span) => matches(span, trace)));
  return found.slice(0, number("limit"));
}
