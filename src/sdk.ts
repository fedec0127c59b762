// otel-progress/sdk: OpenTelemetry set up so that progress leaves the process. Needs the optional peers
// @opentelemetry/sdk-node, sdk-trace, sdk-metrics, resources and the two OTLP/HTTP exporters, of either major.

import { randomUUID } from "node:crypto";
import { diag } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { ConsoleMetricExporter, type IMetricReader, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { BatchSpanProcessor, ConsoleSpanExporter, type SpanProcessor } from "@opentelemetry/sdk-trace";
import { atMost } from "./clock.js";
import { expectedButReceived } from "./errors.js";
import { coreOf } from "./instrumentation/core.js";
import { countedExport } from "./instrumentation/counted-export.js";
import { progress as defaultProgress } from "./instrumentation/default.js";
import { ProgressMetricProducer } from "./instrumentation/metric-producer.js";
import type { Progress } from "./instrumentation/progress.js";
import { ProgressSpanProcessor } from "./instrumentation/span-processor.js";
import { readDuration } from "./instrumentation/time-limits.js";
import type { Duration } from "./model.js";

export { type MetricProducerOptions, ProgressMetricProducer } from "./instrumentation/metric-producer.js";
export { ProgressSpanProcessor, type SpanProcessorOptions } from "./instrumentation/span-processor.js";

export interface TelemetryOptions {
  /** @default OTEL_SERVICE_NAME */
  readonly serviceName?: string | undefined;
  /** Base URL of an OTLP/HTTP receiver, without "/v1/…". @default OTEL_EXPORTER_OTLP_ENDPOINT, or http://localhost:4318 */
  readonly endpoint?: string | undefined;
  /** How often metrics are exported. @default "15s"; OTEL_METRIC_EXPORT_INTERVAL in milliseconds */
  readonly exportInterval?: Duration | undefined;
  /** @default the default instance */
  readonly progress?: Progress | undefined;
}

export interface ProgressSdkOptions {
  readonly serviceName?: string;
  readonly resource: Resource;
  readonly spanProcessors: SpanProcessor[];
  readonly metricReaders: IMetricReader[];
}

/**
 * Options for a NodeSDK: `new NodeSDK({ ...progressSdkOptions(), instrumentations })`. They contain the exporting span
 * processor too, since `spanProcessors` switches off the NodeSDK's own. OTEL_TRACES_EXPORTER and OTEL_METRICS_EXPORTER may be
 * "otlp" (HTTP with JSON), "console" or "none".
 */
export function progressSdkOptions(options: TelemetryOptions = {}): ProgressSdkOptions {
  const { serviceName, endpoint, progress = defaultProgress } = options;
  if (endpoint !== undefined && !/^https?:\/\/./.test(endpoint)) {
    throw expectedButReceived("INVALID_OPTION", "endpoint", "an http or https URL", endpoint);
  }
  const exporting = spanExporting(endpoint, progress);
  const reader = metricReader(options, progress);
  return {
    ...(serviceName !== undefined && { serviceName }),
    // Unique per process, or several workers of a service would overwrite each other's metrics behind a Collector.
    resource: defaultResource().merge(resourceFromAttributes({ "service.instance.id": randomUUID() })),
    spanProcessors: [new ProgressSpanProcessor({ progress, exporting }), ...exporting],
    metricReaders: reader,
  };
}

function spanExporting(endpoint: string | undefined, progress: Progress): SpanProcessor[] {
  const kind = exporterKind("OTEL_TRACES_EXPORTER");
  if (kind === "none") return [];
  if (kind === "console") return [new BatchSpanProcessor({ exporter: new ConsoleSpanExporter() })];
  const processor = countedExport(
    coreOf(progress).diagnostics,
    new OTLPTraceExporter(target(endpoint, "traces")),
    Number(process.env["OTEL_BSP_MAX_QUEUE_SIZE"]) || SPAN_QUEUE,
    (exporter) => new BatchSpanProcessor({ exporter }),
  );
  return [processor];
}

function metricReader({ endpoint, exportInterval }: TelemetryOptions, progress: Progress): IMetricReader[] {
  const kind = exporterKind("OTEL_METRICS_EXPORTER");
  if (kind === "none") return [];
  const given = Number(process.env["OTEL_METRIC_EXPORT_INTERVAL"]);
  const millis = readDuration("exportInterval", exportInterval ?? (given > 0 ? given : "15s"))!;
  if (millis < 1_000 || millis > 86_400_000)
    throw expectedButReceived("INVALID_OPTION", "exportInterval", "1s to 1d", millis);
  const exporter =
    kind === "console" ? new ConsoleMetricExporter() : new OTLPMetricExporter(target(endpoint, "metrics"));
  const producer = new ProgressMetricProducer({ progress, minAge: millis });
  return [
    new PeriodicExportingMetricReader({
      exporter,
      exportIntervalMillis: millis,
      exportTimeoutMillis: Math.min(millis, 10_000),
      metricProducers: [producer],
    }),
  ];
}

function target(endpoint: string | undefined, signal: "traces" | "metrics"): { url?: string; timeoutMillis?: number } {
  const url = endpoint === undefined ? {} : { url: urlOf(endpoint, signal) };
  // Retries included: a receiver that is not there must not hold a short process for long.
  return process.env["OTEL_EXPORTER_OTLP_TIMEOUT"] === undefined ? { ...url, timeoutMillis: SHUTDOWN_MILLIS } : url;
}

const urlOf = (endpoint: string, signal: string): string => `${endpoint.replace(/\/+$/, "")}/v1/${signal}`;

function exporterKind(variable: string): "otlp" | "console" | "none" {
  const kind = process.env[variable] || "otlp";
  if (kind === "otlp" || kind === "console" || kind === "none") return kind;
  diag.warn(
    `otel-progress: ${variable}: expected otlp, console or none, received ${JSON.stringify(kind)}; otlp is used`,
  );
  return "otlp";
}

export interface Telemetry extends AsyncDisposable {
  /** Exports what there is, and goes on; waits at most five seconds. */
  forceFlush(): Promise<void>;
  /** Exports what is left and ends; waits at most five seconds for an unreachable receiver. */
  shutdown(): Promise<void>;
}

const SHUTDOWN_MILLIS = 5_000;
/** Spans the BatchSpanProcessor holds unless told otherwise. */
const SPAN_QUEUE = 2_048;

/**
 * Starts a NodeSDK with progressSdkOptions(), registered globally. It is shut down when the process runs out of work, so
 * that a short run is exported too; call `shutdown()` before `process.exit()`. Throws ProgressError INVALID_OPTION for a bad
 * endpoint or interval.
 */
export function startTelemetry(options: TelemetryOptions = {}): Telemetry {
  const progress = options.progress ?? defaultProgress;
  const sdkOptions = progressSdkOptions(options);
  const sdk = new NodeSDK(sdkOptions);
  startWithLogs(sdk, options.endpoint);
  coreOf(progress).lostSpans.introduce();
  let ending: Promise<void> | undefined;
  const shutdown = (): Promise<void> => {
    process.off("beforeExit", shutdown);
    ending ??= end(progress, sdk);
    return ending;
  };
  process.once("beforeExit", shutdown);
  const forceFlush = async (): Promise<void> => {
    await progress.forceFlush();
    const parts = [...sdkOptions.spanProcessors, ...sdkOptions.metricReaders];
    await atMost(SHUTDOWN_MILLIS, Promise.allSettled(parts.map((part) => part.forceFlush())));
  };
  return { forceFlush, shutdown, [Symbol.asyncDispose]: shutdown };
}

/** The NodeSDK makes the exporter of logs itself, and is told by the environment where they go. */
function startWithLogs(sdk: NodeSDK, endpoint: string | undefined): void {
  const variable = "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT";
  const given = process.env[variable];
  if (endpoint !== undefined && given === undefined) process.env[variable] = urlOf(endpoint, "logs");
  try {
    sdk.start();
  } finally {
    if (given === undefined) delete process.env[variable];
  }
}

async function end(progress: Progress, sdk: NodeSDK): Promise<void> {
  await progress.forceFlush();
  try {
    await atMost(SHUTDOWN_MILLIS, sdk.shutdown());
  } catch (error) {
    diag.warn("otel-progress: not everything could be exported", error);
  }
}
