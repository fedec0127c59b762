// An application whose traces have everything in them: levels, spans of others, events, a pause, a stall, a new attempt, failures.

import { setTimeout as sleep } from "node:timers/promises";
import { trace } from "@opentelemetry/api";
import { progress } from "otel-progress";
import { startTelemetry } from "otel-progress/sdk";

const telemetry = startTelemetry();
const tracer = trace.getTracer("database");

const options = { id: "import-1", name: "Nightly import", total: 2, unit: "song", stallTimeout: "300ms" };
await progress.operation("catalog.import", { ...options, attributes: { tenant: "acme" } }, async (op) => {
  op.message("reading");
  await op.level("song", { id: "song-1", name: "Ouverture", total: 4, unit: "take" }, async (song) => {
    for (let take = 0; take < 2; take++) {
      await sleep(150);
      song.increment();
    }
    song.itemFailed();
    song.itemSkipped();
    await song.level("cover", { id: "cover-1" }, () => sleep(150));
  });
  op.event("checkpoint.written", { rows: 2 });
  op.pause("quota");
  await sleep(150);
  op.resume();
  // Longer than its limit: it stalls, and waits for this span.
  await tracer.startActiveSpan("SELECT", async (span) => {
    await sleep(700);
    span.end();
  });
  await op.level("song", { id: "song-2", name: "Finale" }, () => sleep(150));
});

await progress
  .operation("catalog.export", { id: "export-1", total: 10 }, async (op) => {
    op.increment(4);
    await sleep(150);
    op.newAttempt("connection lost");
    op.increment(2);
    await op.level("upload", { id: "upload-1" }, async () => {
      await sleep(150);
      throw Object.assign(new Error("disk is full"), { code: "ENOSPC" });
    });
  })
  .catch(() => console.log("failed"));

const cancelled = progress.start("catalog.search", { id: "search-1" });
await sleep(150);
cancelled.cancel("nobody waits");

await telemetry.shutdown();
