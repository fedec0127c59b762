// An application that sets OpenTelemetry up itself. Its progress is used before there is an SDK, as libraries do.

import { setTimeout } from "node:timers/promises";
import { trace } from "@opentelemetry/api";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { progress } from "otel-progress";
import { progressSdkOptions } from "otel-progress/sdk";

progress.operation("early", (op) => op.increment());

const sdk = new NodeSDK(progressSdkOptions({ serviceName: "consumer" }));
sdk.start();

await progress.operation("catalog.import", { id: "job-1", name: "Nightly", total: 3, unit: "row" }, async (op) => {
  await op.level("song", { id: "song-1", name: "Help!", total: 2 }, async (level) => {
    await trace.getTracer("consumer").startActiveSpan("SELECT", async (span) => {
      await setTimeout(2);
      span.end();
    });
    level.increment(2);
  });
  op.increment(3);
});
console.log(progress.live.get("job-1").status);
// It rejects when there is nobody to export to.
await sdk.shutdown().catch((error) => console.error("not everything was exported:", error));
