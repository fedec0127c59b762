// The main job on real files: hashes and compresses every file of a folder, package by package, and shows its progress.
//
//   npm run demo                      the repository's own node_modules
//   npm run demo -- FOLDER            another folder
//   npm run demo -- --serve           shows it in a browser as well, until Ctrl-C; --serve=8080 on a port of your choice
//   OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318 npm run demo      exports to a Collector or Jaeger as well

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createGzip } from "node:zlib";
import { metrics, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { InMemorySpanExporter, SimpleSpanProcessor } from "@opentelemetry/sdk-trace";
import { defineOperation, progress } from "otel-progress";
import { consoleExporter } from "otel-progress/exporters";
import { formatReport } from "otel-progress/query";
import { serveProgress } from "otel-progress/query/node";
import { ProgressMetricProducer, ProgressSpanProcessor, progressSdkOptions } from "otel-progress/sdk";

const { values, positionals } = parseArgs({
  // "--serve" alone is "--serve=4680".
  args: process.argv.slice(2).map((argument) => (argument === "--serve" ? "--serve=4680" : argument)),
  options: { serve: { type: "string" } },
  allowPositionals: true,
});
const folder = resolve(positionals[0] ?? fileURLToPath(new URL("../node_modules", import.meta.url)));
const telemetry = startTelemetry();
const removeExporter = progress.addExporter(consoleExporter());

const pack = defineOperation("demo.pack", {
  stages: { scan: [0, 2], compress: [2, 100] },
  levels: { package: { unit: "By" } },
  unit: "file",
  stallTimeout: "30s",
});

const server = values.serve === undefined ? undefined : await serve(Number(values.serve));

const operation = await progress.operation(
  pack,
  { name: `Pack ${relative(process.cwd(), folder) || "."}` },
  async (op) => {
    const packages = await op.stage("scan", { unit: "file" }, (stage) => scan(folder, stage));
    const files = packages.reduce((sum, { files }) => sum + files.length, 0);
    op.setTotal(files);
    const compressed = await op.stage("compress", (stage) => compressAll(packages, stage, op));
    const bytes = packages.reduce((sum, { bytes }) => sum + bytes, 0);
    op.complete({ packages: packages.length, files, bytes, compressed });
    return op;
  },
);

await progress.forceFlush();
removeExporter();
const snapshot = progress.live.get(operation.id);
console.log(`\n${formatReport(snapshot, { levels: 3 })}\n`);
await telemetry.summarize();
if (server !== undefined) {
  console.log(`\nStill shown at ${server.url}/ until Ctrl-C.`);
  await new Promise((done) => process.once("SIGINT", done));
  await server.close();
}

/** The page and the routes of docs/http.md, for this machine only. */
async function serve(port) {
  const opened = await serveProgress({ source: progress.live, port, definitions: [pack], keepAlive: true });
  console.log(`Progress is shown at ${opened.url}/`);
  return opened;
}

/** Finds the packages of a folder and their files. */
async function scan(root, stage) {
  const packages = [];
  for (const name of await packageNames(root)) {
    const found = { name, files: [], bytes: 0 };
    await walk(join(root, name), found, stage);
    packages.push(found);
  }
  packages.push(await beside(root, stage));
  return packages.filter(({ files }) => files.length > 0);
}

/** The folders right below, and those of scopes (@name) one deeper. */
async function packageNames(root) {
  const names = [];
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    if (!entry.name.startsWith("@")) names.push(entry.name);
    else for (const inner of await readdir(join(root, entry.name))) names.push(join(entry.name, inner));
  }
  return names;
}

/** The files that lie in the folder itself. */
async function beside(root, stage) {
  const found = { name: ".", files: [], bytes: 0 };
  for (const entry of await readdir(root, { withFileTypes: true })) {
    if (!entry.isDirectory()) await walk(join(root, entry.name), found, stage);
  }
  return found;
}

async function walk(path, found, stage) {
  let status;
  try {
    status = await lstat(path);
    if (status.isDirectory()) {
      for (const name of await readdir(path)) await walk(join(path, name), found, stage);
      return;
    }
  } catch {
    status = undefined; // cannot be read: compressing it will say so
  }
  found.files.push({ path, size: status?.size ?? 0, kind: kindOf(status) });
  found.bytes += status?.isFile() ? status.size : 0;
  stage.increment();
}

function kindOf(status) {
  if (status === undefined) return "unreadable";
  if (!status.isFile()) return "link";
  return status.size === 0 ? "empty" : "file";
}

/** Several packages at once; each is a level whose weight is its size. */
async function compressAll(packages, stage, op) {
  const levels = packages.map(({ name, bytes }) => stage.declare("package", { name, total: bytes, weight: bytes + 1 }));
  let compressed = 0;
  let next = 0;
  const worker = async () => {
    while (next < packages.length) {
      const index = next++;
      const size = await levels[index].run((level) => compressPackage(packages[index], level, op));
      compressed += size;
    }
  };
  await Promise.all(Array.from({ length: Math.max(2, availableParallelism()) }, worker));
  return compressed;
}

async function compressPackage({ files, bytes }, level, op) {
  let compressed = 0;
  for (const { path, kind } of files) {
    if (kind === "link" || kind === "empty") {
      op.itemSkipped();
      continue;
    }
    try {
      compressed += await compress(path, level);
      op.increment();
    } catch (error) {
      op.itemFailed(error);
    }
  }
  level.complete({ bytes, compressed });
  return compressed;
}

/** Reads, hashes and compresses one file; resolves with the compressed size. */
async function compress(path, level) {
  const hash = createHash("sha256");
  let size = 0;
  const count = new Writable({
    write(chunk, _encoding, done) {
      size += chunk.length;
      done();
    },
  });
  const read = level.trackStream();
  read.on("data", (chunk) => hash.update(chunk));
  await pipeline(createReadStream(path), read, createGzip({ level: 6 }), count);
  hash.digest("hex");
  return size;
}

/** An SDK that keeps what it is given, to be summed up at the end; and exports it too where an endpoint is named. */
function startTelemetry() {
  const spans = new InMemorySpanExporter();
  const collected = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const producer = new ProgressMetricProducer({ progress, minAge: "1s" });
  const reader = new PeriodicExportingMetricReader({
    exporter: collected,
    exportIntervalMillis: 3_600_000,
    exportTimeoutMillis: 10_000,
    metricProducers: [producer],
  });
  const keep = new SimpleSpanProcessor({ exporter: spans });
  const endpoint = process.env.OTEL_EXPORTER_OTLP_ENDPOINT;
  const exported = endpoint === undefined ? undefined : progressSdkOptions();
  const sdk = new NodeSDK({
    serviceName: "otel-progress-demo",
    ...exported,
    spanProcessors: [...(exported?.spanProcessors ?? [new ProgressSpanProcessor({ progress })]), keep],
    metricReaders: [...(exported?.metricReaders ?? []), reader],
    logRecordProcessors: [],
  });
  sdk.start();
  return {
    async summarize() {
      await reader.forceFlush();
      const ended = spans.getFinishedSpans();
      const events = ended.flatMap((span) => span.events);
      const series =
        collected
          .getMetrics()
          .at(-1)
          ?.scopeMetrics.flatMap(({ metrics: all }) => all) ?? [];
      const ours = series.filter(({ descriptor }) => descriptor.name.startsWith("progress."));
      console.log(`Telemetry: ${ended.length} spans in 1 trace, ${events.length} events, ${ours.length} metrics`);
      for (const { descriptor, dataPoints } of ours) console.log(`  ${descriptor.name}: ${dataPoints.length} series`);
      console.log(
        endpoint === undefined
          ? "Kept in memory; set OTEL_EXPORTER_OTLP_ENDPOINT to export it."
          : `Exported to ${endpoint}.`,
      );
      await sdk.shutdown();
      trace.disable();
      metrics.disable();
    },
  };
}
