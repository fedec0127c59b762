// A real Collector with the top-level collector-config.yaml: other ports, and what a test overrides, come on top of it.

import { fileURLToPath } from "node:url";
import { binary } from "./binaries.js";
import { get } from "./polling.js";
import { freePorts, Server } from "./server.js";

const CONFIG = fileURLToPath(new URL("../../collector-config.yaml", import.meta.url));

export interface CollectorOptions {
  /** Where traces go: host and port of OTLP over gRPC. @default nowhere */
  readonly jaegerOtlp?: string;
  /** How often metrics made from spans are updated. @default "1s" */
  readonly spanmetricsInterval?: string;
  /** Further settings, each a path and its value: `exporters::prometheus::metric_expiration: 3s`. */
  readonly settings?: readonly string[];
}

export interface Collector extends AsyncDisposable {
  /** Its process: stop, start and restart it. */
  readonly server: Server;
  /** Base URL of OTLP over HTTP. */
  readonly endpoint: string;
  readonly otlpPort: number;
  /** Host and port where Prometheus scrapes what came in, and how the Collector itself is. */
  readonly metricsTarget: string;
  readonly selfTarget: string;
  /** What it exposes to Prometheus now. */
  exposed(): Promise<string>;
}

export async function startCollector(options: CollectorOptions = {}): Promise<Collector> {
  const program = binary("OTELCOL_BIN");
  const ports = await freePorts("grpc", "http", "prometheus", "health", "self", "nobody");
  const at = (port: number) => `127.0.0.1:${port}`;
  const settings = (options.settings ?? []).map((setting) => `--config=yaml:${setting}`);
  const server = new Server({
    name: "Collector",
    program,
    args: [`--config=${CONFIG}`, ...settings],
    env: {
      COLLECTOR_OTLP_GRPC: at(ports.grpc),
      COLLECTOR_OTLP_HTTP: at(ports.http),
      COLLECTOR_PROMETHEUS: at(ports.prometheus),
      COLLECTOR_HEALTH: at(ports.health),
      COLLECTOR_SELF_PORT: String(ports.self),
      JAEGER_OTLP: options.jaegerOtlp ?? at(ports.nobody),
      SPANMETRICS_INTERVAL: options.spanmetricsInterval ?? "1s",
    },
    readyUrl: `http://${at(ports.health)}/`,
  });
  await server.start();
  return {
    server,
    endpoint: `http://${at(ports.http)}`,
    otlpPort: ports.http,
    metricsTarget: at(ports.prometheus),
    selfTarget: at(ports.self),
    exposed: () => get(`http://${at(ports.prometheus)}/metrics`),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
