// An application that Prometheus scrapes itself, as docs/backends.md has it, with the exporter that the NodeSDK brings along.
// Everything is there to be scraped: what runs, what is stuck, what ended.

import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { progress } from "otel-progress";
import { ProgressMetricProducer, progressSdkOptions } from "otel-progress/sdk";

const ofSdk = createRequire(import.meta.resolve("@opentelemetry/sdk-node"));
const { PrometheusExporter } = ofSdk("@opentelemetry/exporter-prometheus");
const reader = new PrometheusExporter({
  host: "127.0.0.1",
  port: Number(process.argv[2]),
  metricProducers: [new ProgressMetricProducer({ progress, minAge: "1s" })],
});
new NodeSDK({ ...progressSdkOptions(), metricReaders: [reader] }).start();

for (let run = 0; run < 20; run++) {
  await progress.operation("import", (op) => op.level("song", () => sleep(10)));
}
await progress.operation("import", () => Promise.reject(new Error("disk is full"))).catch(() => {});
progress.start("search", { total: 5, stallTimeout: "1s" });
const running = progress.start("import", { id: "import-1", total: 100_000 });
running.increment(-1);
setInterval(() => running.increment(), 50);
