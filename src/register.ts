// otel-progress/register: `node --import otel-progress/register app.js`. OpenTelemetry and output by environment alone:
// OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED …, and PROGRESS_FORMAT (auto, tty, plain, json, quiet;
// "quiet" unless set: an application that did not ask for output gets none).

import { diag } from "@opentelemetry/api";
import { consoleExporter } from "./exporters/console-exporter.js";
import { progress } from "./instrumentation/default.js";
import type { Telemetry } from "./sdk.js";
import { whySetUpFailed } from "./sdk-packages.js";

try {
  if (process.env["OTEL_SDK_DISABLED"] !== "true") {
    // Loaded here, so that a missing optional peer is reported and not fatal.
    const { startTelemetry } = await import("./sdk.js");
    const telemetry = startTelemetry();
    for (const signal of ["SIGTERM", "SIGINT"] as const) endBySignal(signal, telemetry);
  }
  if (process.env["PROGRESS_FORMAT"] !== undefined) progress.addExporter(consoleExporter());
} catch (error) {
  // Preloaded code must not keep the application from starting.
  diag.error("otel-progress: set-up failed, the application runs without it", error);
  process.stderr.write(
    `otel-progress: set-up failed, the application runs without it: ${whySetUpFailed(error, process.versions.node)}\n`,
  );
}

/**
 * What is not exported yet is exported before the signal ends the process. An application with a handler of its own decides
 * itself when to end: then what there is is exported, and what comes while it drains follows when it runs out of work.
 */
function endBySignal(signal: NodeJS.Signals, telemetry: Telemetry): void {
  process.once(signal, () => {
    if (process.listenerCount(signal) > 0) void telemetry.forceFlush();
    else void telemetry.shutdown().finally(() => process.kill(process.pid, signal));
  });
}
