// Work that has not ended, in a backend that shows only what has: markers and checkpoints, read back from a real Jaeger while the
// operation runs. And work that never will, because its process was killed: found by the next one, told once.

import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type Installation, installPackage, startWorker, type Worker } from "../services/application.js";
import { type Collector, startCollector } from "../services/collector.js";
import {
  type Jaeger,
  type JaegerSpan,
  type JaegerTrace,
  parentOf,
  progressOf,
  startJaeger,
} from "../services/jaeger.js";
import { until } from "../services/polling.js";
import { showOutputOnFailure } from "../services/server.js";

let jaeger: Jaeger;
let collector: Collector;
let installation: Installation;
const journal = mkdtempSync(join(tmpdir(), "otel-progress-journal-"));

beforeAll(async () => {
  installation = installPackage(["worker.mjs"]);
  jaeger = await startJaeger();
  collector = await startCollector({ jaegerOtlp: jaeger.otlp });
}, 60_000);
afterAll(async () => {
  await collector?.[Symbol.asyncDispose]();
  await jaeger?.[Symbol.asyncDispose]();
  installation?.[Symbol.dispose]();
  rmSync(journal, { recursive: true, force: true });
});
afterEach(showOutputOnFailure);

const start = (serviceName: string, env: Readonly<Record<string, string>> = {}): Promise<Worker> =>
  startWorker(installation, { endpoint: collector.endpoint, serviceName, exportInterval: "1s", env });
const spansOf = (traces: readonly JaegerTrace[]): JaegerSpan[] => traces.flatMap(({ spans }) => spans);
const called = (traces: readonly JaegerTrace[], name: string) =>
  spansOf(traces)
    .filter(({ operationName }) => operationName === name)
    .sort((a, b) => a.startTime - b.startTime);
const idsOnceAndNoWarnings = (traces: readonly JaegerTrace[]) => {
  const spans = spansOf(traces);
  expect(new Set(spans.map(({ spanID }) => spanID)).size).toBe(spans.length);
  expect(spans.flatMap(({ warnings }) => warnings ?? [])).toEqual([]);
};

describe("an operation that runs", () => {
  it("K5: is found in Jaeger before it ends, and its shown progress moves", async () => {
    await using worker = await start("runner", { PROGRESS_CHECKPOINT_AFTER: "1s" });
    await worker.call("start", "film", "video.encode", { name: "Film", total: 1_000, unit: "frame" });
    await worker.call("move", "film");
    await worker.call("start", "stuck", "video.mux", { total: 2, stallTimeout: "5s" });
    const search = (holds: (traces: readonly JaegerTrace[]) => boolean) =>
      jaeger.search({ service: "runner" }, holds, { within: 100_000, every: 1_000 });

    const early = await search((traces) => called(traces, "video.encode started").length === 1);
    expect(progressOf(called(early, "video.encode started")[0]!)).toEqual({
      "progress.operation.id": "film",
      "progress.operation.type": "video.encode",
      "progress.operation.name": "Film",
      "progress.span.role": "started",
    });
    const later = await search((traces) => called(traces, "video.encode checkpoint").length >= 2);
    expect(called(later, "video.encode")).toEqual([]);
    const shown = called(later, "video.encode checkpoint").map((span) => progressOf(span));
    expect(shown[0]!["progress.current"]).toBeGreaterThan(0);
    expect(shown[1]!["progress.current"]).toBeGreaterThan(shown[0]!["progress.current"] as number);
    expect(shown[1]).toMatchObject({
      "progress.status": "running",
      "progress.total": expect.any(Number),
      "progress.ratio": expect.any(Number),
      "progress.rate.current": expect.any(Number),
      "progress.unit": "frame",
    });
    const [stuck] = called(later, "video.mux checkpoint").map((span) => progressOf(span));
    expect(stuck!["progress.idle_time"]).toBeGreaterThan(5);

    await worker.call("rest", "film");
    await worker.call("tell", "stuck", "cancel");
    await worker.call("tell", "film", "complete");
    await worker.call("flush");
    const after = await search((traces) => called(traces, "video.encode").length === 1);
    idsOnceAndNoWarnings(after);
    const [operation] = called(after, "video.encode");
    const marks = spansOf(after).filter(({ operationName }) => operationName.startsWith("video.encode "));
    expect(marks.map(parentOf)).toEqual(marks.map(() => operation!.spanID));
  }, 120_000);
});

describe("an operation whose process was killed", () => {
  it("F20: is told as lost by the next one, once, in the same trace, with its last progress and the levels that were open", async () => {
    const environment = { PROGRESS_JOURNAL: journal };
    const victim = await start("importer", environment);
    await victim.call("start", "nightly", "catalog.import", { name: "Nightly", total: 100, unit: "row" });
    await victim.call("level", "file-1", "nightly", "file", { name: "a.csv" });
    await victim.call("level", "file-2", "nightly", "file", { name: "b.csv" });
    await victim.call("tell", "file-1", "complete");
    await victim.call("tell", "nightly", "update", { current: 42, message: "row 42" });
    await victim.call("flush");
    await until(
      "its progress is in the journal",
      () => readFileSync(join(journal, readdirSync(journal)[0]!), "utf8"),
      (text) => text.includes('"current":42'),
    );
    await victim.kill();
    // Half a minute passes for whoever reads the time of the file.
    const before = Date.now() / 1_000 - 31;
    for (const name of readdirSync(journal)) utimesSync(join(journal, name), before, before);

    await using next = await start("importer", environment);
    await using other = await start("importer", environment);
    await next.call("flush");
    await other.call("flush");
    const traces = await jaeger.search({ service: "importer" }, (found) => called(found, "catalog.import").length > 0);
    idsOnceAndNoWarnings(traces);
    const [operation, ...others] = called(traces, "catalog.import");
    expect(others).toEqual([]);
    expect(progressOf(operation!)).toMatchObject({
      "progress.operation.id": "nightly",
      "progress.status": "lost",
      "progress.current": 42,
      "progress.total": 100,
      "progress.ratio": 0.42,
      "error.type": "LOST",
      error: true,
    });
    const files = called(traces, "file");
    expect(files.map(parentOf)).toEqual([operation!.spanID, operation!.spanID]);
    expect(files.map((span) => progressOf(span)["progress.status"])).toEqual(["completed", "lost"]);
    expect(traces.length).toBe(1);
    expect(readdirSync(journal)).toEqual([]);
  }, 60_000);
});
