// otel-progress/register: `node --import otel-progress/register app.js`. OpenTelemetry and output by environment alone:
// OTEL_SERVICE_NAME, OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_SDK_DISABLED …, and PROGRESS_FORMAT (auto, tty, plain, json, quiet;
// "quiet" unless set: an application that did not ask for output gets none).

import { diag } from "@opentelemetry/api";
import { consoleExporter } from "./exporters/console-exporter.js";
import { progress } from "./instrumentation/default.js";

try {
  if (process.env["OTEL_SDK_DISABLED"] !== "true") {
    // Loaded here, so that a missing optional peer is reported and not fatal.
    const { startTelemetry } = await import("./sdk.js");
    const telemetry = startTelemetry();
    for (const signal of ["SIGTERM", "SIGINT"] as const) endBySignal(signal, telemetry.shutdown);
  }
  if (process.env["PROGRESS_FORMAT"] !== undefined) progress.addExporter(consoleExporter());
} catch (error) {
  // Preloaded code must not keep the application from starting.
  diag.error("otel-progress: set-up failed, the application runs without it", error);
  process.stderr.write(`otel-progress: set-up failed, the application runs without it: ${(error as Error).message}\n`);
}

/** What is not exported yet is exported before the signal ends the process; an application with a handler of its own decides itself. */
function endBySignal(signal: NodeJS.Signals, shutdown: () => Promise<void>): void {
  process.once(signal, () => {
    const alone = process.listenerCount(signal) === 0;
    void shutdown().finally(() => {
      if (alone) process.kill(process.pid, signal);
    });
  });
}
