// An application that does a bit of everything, and prints what its live source says of it at the end, as JSON.

import { setTimeout as sleep } from "node:timers/promises";
import { SpanStatusCode, trace } from "@opentelemetry/api";
import { defineOperation, progress } from "otel-progress";
import { startTelemetry } from "otel-progress/sdk";

const telemetry = startTelemetry();
const tracer = trace.getTracer("foreign");
const attributes = { tenant: "acme", retries: 3, ratio: 0.5, dry: false };

await progress.operation(
  "import",
  { id: "import-1", name: "Nightly “import”", total: 3, unit: "song", attributes },
  async (op) => {
    op.message("reading");
    await op.level(
      "song",
      { id: "song-1", name: "Ouverture", total: 4, unit: "take", attributes: { key: "C" } },
      async (song) => {
        for (let take = 0; take < 2; take++) {
          await sleep(150);
          song.increment();
        }
        song.itemFailed();
        song.itemSkipped();
        await song.level("cover", { id: "cover-1" }, () => sleep(20));
      },
    );
    op.pause("quota");
    await sleep(150);
    op.resume();
    // Its level hangs under a span of somebody else.
    await tracer.startActiveSpan("GET /songs", async (span) => {
      await op.level("song", { id: "song-2" }, () => sleep(20));
      span.end();
    });
    const left = op.startLevel("song", { id: "song-3" });
    left.skip("seen before");
    await op.level("song", { id: "song-4" }, () => progress.operation("convert", { id: "convert-1" }, () => sleep(20)));
  },
);

await progress
  .operation("export", { id: "export-1", total: 10 }, async (op) => {
    op.increment(4);
    await sleep(250);
    op.newAttempt("connection lost");
    op.increment(2);
    await op.level("upload", { id: "upload-1" }, async () => {
      throw Object.assign(new RangeError("disk is full"), { code: "ENOSPC" });
    });
  })
  .catch(() => {});
await progress
  .operation("export", { id: "export-2" }, () => Promise.reject(new TypeError("no such table")))
  .catch(() => {});
await progress.operation("export", { id: "export-3" }, () => Promise.reject("a text")).catch(() => {});

const searching = progress.start("search", { id: "search-1" });
await sleep(120);
searching.cancel("nobody waits");

const build = defineOperation("build", { stages: { compile: 3, link: 1 } });
const building = progress.start(build, { id: "build-1" });
building.enterStage("compile");
await sleep(120);
building.enterStage("link");
await sleep(120);
building.fail(new Error("out of memory"));

// What spans have no place for.
await progress.operation(
  "report",
  { id: "report-1", description: "for the board", totalKind: "estimate", total: 2 },
  async (op) => {
    op.message("drawing");
    await op.level("page", { id: "page-1", weight: 2 }, () => sleep(120));
    op.increment(3);
    op.complete({ pages: 3 });
  },
);
progress
  .start("report", { id: "report-2" })
  .fail(new Error("no paper", { cause: new Error("tray is empty") }), { code: "PAPER", details: { tray: 2 } });

// Spans that others write.
const foreign = tracer.startSpan("transcode", {
  attributes: { "progress.operation.id": "foreign-1", "progress.operation.name": "Theirs", codec: "av1" },
});
foreign.setAttributes({ "progress.current": 3, "progress.total": 6 });
await sleep(250);
foreign.setStatus({ code: SpanStatusCode.ERROR, message: "codec is unknown" });
foreign.end();
await sleep(250);

const ids = progress.live.list({ limit: 100 }).map(({ id }) => id);
process.stdout.write(JSON.stringify(ids.map((id) => progress.live.get(id))));
await telemetry.shutdown();
