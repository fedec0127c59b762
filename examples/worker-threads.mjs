// One operation, several threads: hashes every file of a folder, and shows the progress of all of them as one.
//
//   node examples/worker-threads.mjs                  the repository's own node_modules
//   node examples/worker-threads.mjs FOLDER THREADS   another folder, by so many threads

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { basename, join, resolve } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { progress } from "otel-progress";
import { consoleExporter } from "otel-progress/exporters";
import { formatReport } from "otel-progress/query";

if (isMainThread) {
  const folder = resolve(process.argv[2] ?? fileURLToPath(new URL("../node_modules", import.meta.url)));
  const threads = Number(process.argv[3] ?? availableParallelism());
  const removeExporter = progress.addExporter(consoleExporter());
  const snapshot = await progress.operation("hash", { name: `Hash ${basename(folder)}`, unit: "file" }, async (op) => {
    const files = await filesOf(folder);
    op.setTotal(files.length);
    // A carrier is plain data: it goes along with whatever tells a thread what to do.
    const shares = Array.from({ length: threads }, (_, n) => files.filter((_, at) => at % threads === n));
    const hashes = await Promise.all(shares.map((share, n) => inThread({ carrier: op.carrier(), share, n })));
    op.complete({ files: files.length, digest: digestOf(hashes.flat()) });
    return () => progress.live.get(op.id);
  });
  await progress.forceFlush();
  removeExporter();
  console.log(formatReport(snapshot(), { levels: true }));
} else {
  const { carrier, share, n } = workerData;
  // What is counted here counts in the operation of the main thread; the level is a part of it.
  const hashes = await progress.join(carrier, (scope) =>
    scope.level("thread", { name: `Thread ${n + 1}`, unit: "By" }, async (level) => {
      level.setTotal(share.reduce((sum, { size }) => sum + size, 0));
      const done = [];
      for (const { path } of share) {
        done.push(await hash(path, level));
        scope.increment();
      }
      return done;
    }),
  );
  parentPort.postMessage(hashes);
}

/** Runs this file once more, in a thread, and resolves with what that one posts. */
function inThread(data) {
  const worker = new Worker(fileURLToPath(import.meta.url), { workerData: data });
  return new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject));
}

async function filesOf(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(paths.map(async (path) => ({ path, size: (await stat(path)).size })));
}

async function hash(path, level) {
  const sum = createHash("sha256");
  await pipeline(createReadStream(path), level.trackStream(), sum);
  return sum.digest("hex");
}

function digestOf(hashes) {
  return createHash("sha256").update(hashes.sort().join()).digest("hex").slice(0, 16);
}
