// A real Jaeger with deploy/jaeger/config.yaml, traces in memory, read back by its HTTP API.

import { fileURLToPath } from "node:url";
import { binary } from "./binaries.js";
import { getJson, type Patience, until } from "./polling.js";
import { freePorts, Server } from "./server.js";

const CONFIG = fileURLToPath(new URL("../../deploy/jaeger/config.yaml", import.meta.url));

interface KeyValue {
  readonly key: string;
  readonly type: string;
  readonly value: string | number | boolean;
}

/** As its API gives it. */
export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly references: readonly { readonly refType: string; readonly traceID: string; readonly spanID: string }[];
  /** Microseconds, since 1970. */
  readonly startTime: number;
  /** Microseconds. */
  readonly duration: number;
  readonly tags: readonly KeyValue[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly KeyValue[] }[];
  readonly warnings: readonly string[] | null;
  readonly processID: string;
}

export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string; readonly tags: readonly KeyValue[] }>>;
}

interface Search {
  readonly service: string;
  readonly operation?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface Jaeger extends AsyncDisposable {
  readonly server: Server;
  /** Of its page and its API. */
  readonly url: string;
  /** Host and port of OTLP over gRPC. */
  readonly otlp: string;
  /** Traces with a span that is like that, until `holds`; without it, until there is one. */
  search(
    search: Search,
    holds?: (traces: readonly JaegerTrace[]) => boolean,
    patience?: Patience,
  ): Promise<JaegerTrace[]>;
  services(): Promise<string[]>;
}

export async function startJaeger(options: { readonly prometheusUrl?: string } = {}): Promise<Jaeger> {
  const program = binary("JAEGER_BIN");
  const ports = await freePorts("query", "grpc", "otlp", "health");
  const server = new Server({
    name: "Jaeger",
    program,
    args: [`--config=${CONFIG}`],
    env: {
      // Spans of its own, which it would send to port 4317, whoever listens there.
      OTEL_TRACES_SAMPLER: "always_off",
      JAEGER_LISTEN_HOST: "127.0.0.1",
      JAEGER_QUERY_PORT: String(ports.query),
      JAEGER_GRPC_PORT: String(ports.grpc),
      JAEGER_OTLP_PORT: String(ports.otlp),
      JAEGER_HEALTH_PORT: String(ports.health),
      ...(options.prometheusUrl !== undefined && { PROMETHEUS_URL: options.prometheusUrl }),
    },
    readyUrl: `http://127.0.0.1:${ports.health}/status`,
  });
  await server.start();
  const url = `http://127.0.0.1:${ports.query}`;
  const api = `${url}/api`;
  const traces = async ({ service, operation, tags }: Search) => {
    const query = new URLSearchParams({ service, limit: "200", lookback: "1h" });
    if (operation !== undefined) query.set("operation", operation);
    if (tags !== undefined) query.set("tags", JSON.stringify(tags));
    return (await getJson<{ data: JaegerTrace[] }>(`${api}/traces?${query}`)).data;
  };
  return {
    server,
    url,
    otlp: `127.0.0.1:${ports.otlp}`,
    search: (search, holds = (found) => found.length > 0, patience = {}) =>
      until(`Jaeger has what was searched: ${JSON.stringify(search)}`, () => traces(search), holds, patience),
    services: async () => (await getJson<{ data: string[] }>(`${api}/services`)).data,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Tags, or fields of a log, as an object. */
export function valuesOf(pairs: readonly KeyValue[]): Record<string, string | number | boolean> {
  return Object.fromEntries(pairs.map(({ key, value }) => [key, value]));
}

/** The attributes of a span under names of `progress.`, and of errors. */
export function progressOf(span: JaegerSpan): Record<string, string | number | boolean> {
  const all = Object.entries(valuesOf(span.tags));
  return Object.fromEntries(all.filter(([key]) => /^(progress\.|error\.type$|error$|otel\.status)/.test(key)));
}

export function parentOf(span: JaegerSpan): string | undefined {
  return span.references.find(({ refType }) => refType === "CHILD_OF")?.spanID;
}

/** Events, by name, with the rest of their fields. */
export function eventsOf(span: JaegerSpan): { name: string; timestamp: number; fields: ReturnType<typeof valuesOf> }[] {
  return span.logs.map(({ timestamp, fields }) => {
    const { event, ...rest } = valuesOf(fields);
    return { name: String(event), timestamp, fields: rest };
  });
}
