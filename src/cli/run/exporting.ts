// Whether and how the operation leaves over OTLP. Only when the environment says where to: a wrapped command must not wait for a
// receiver that nobody has. Nothing of the SDK is written to stdout, which is the program's.

import { ProxyTracerProvider, trace } from "@opentelemetry/api";
import { atMost } from "../../clock.js";
import { whySetUpFailed } from "../../sdk-packages.js";
import type { Environment } from "../command.js";

/** A receiver that does not answer holds up nobody for longer when the program has ended. */
const FLUSH_MILLIS = 3_000;
const ENDPOINTS = ["", "_TRACES", "_METRICS", "_LOGS"].map((signal) => `OTEL_EXPORTER_OTLP${signal}_ENDPOINT`);
const EXPORTERS = ["OTEL_TRACES_EXPORTER", "OTEL_METRICS_EXPORTER", "OTEL_LOGS_EXPORTER"];
/** Of the SDK's detectors, all but that of the process: it would record our whole command line, and with it the program's. */
const DETECTORS = ["env", "host", "os"];

export function wantsExport(env: Environment): boolean {
  if (env["OTEL_SDK_DISABLED"]?.toLowerCase() === "true") return false;
  return ENDPOINTS.some((name) => Boolean(env[name])) || EXPORTERS.some((name) => env[name] === "otlp");
}

/**
 * Starts it, with `name` as service unless the environment has one. What comes back ends it in bounded time, and resolves with whether
 * it was in time. `problem` is called when nothing can be exported because packages are missing.
 */
export async function startExport(
  env: Environment,
  name: string,
  withArguments: boolean,
  problem: (text: string) => void,
): Promise<() => Promise<boolean>> {
  if (!wantsExport(env) || isSetUp()) return async () => true;
  prepare(process.env, withArguments);
  try {
    const { startTelemetry } = await import("../../sdk.js");
    const telemetry = startTelemetry(isNamed(env) ? {} : { serviceName: `unknown_service:${name}` });
    return async () =>
      (await atMost(
        FLUSH_MILLIS,
        telemetry.shutdown().then(() => true),
      )) ?? false;
  } catch (error) {
    problem(`nothing is exported: ${whySetUpFailed(error, process.versions.node)}`);
    return async () => true;
  }
}

/** Somebody preloaded an SDK, as `NODE_OPTIONS="--import otel-progress/register"` does: then it is theirs to export. */
function isSetUp(): boolean {
  const provider = trace.getTracerProvider();
  return !(provider instanceof ProxyTracerProvider) || provider.getDelegateTracer("otel-progress") !== undefined;
}

const isNamed = (env: Environment): boolean =>
  Boolean(env["OTEL_SERVICE_NAME"]) || /(^|,)\s*service\.name=/.test(env["OTEL_RESOURCE_ATTRIBUTES"] ?? "");

/** Our own environment, which the SDK reads; the program has its copy already. */
function prepare(own: NodeJS.ProcessEnv, withArguments: boolean): void {
  for (const variable of EXPORTERS) if (own[variable] === "console") own[variable] = "none";
  // The SDK's own log goes to the console.
  delete own["OTEL_LOG_LEVEL"];
  if (withArguments) return;
  const given = (own["OTEL_NODE_RESOURCE_DETECTORS"] || "all").split(",").map((detector) => detector.trim());
  const kept = given.includes("all") ? DETECTORS : given.filter((detector) => detector !== "process");
  own["OTEL_NODE_RESOURCE_DETECTORS"] = kept.join(",") || "none";
}
