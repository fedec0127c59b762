// Hashes and compresses the files of a folder as jobs of a BullMQ queue, in two worker processes, and shows them as parts of one operation.
// The code of the job is plain BullMQ: `archive` does not know that anybody looks.
//
//   REDIS_URL=redis://127.0.0.1:6379 node examples/bullmq.mjs             the repository's own node_modules/typescript
//   REDIS_URL=redis://127.0.0.1:6379 node examples/bullmq.mjs FOLDER      another folder

import { fork } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createGzip } from "node:zlib";
import { Queue, QueueEvents, Worker } from "bullmq";
import { progress } from "otel-progress";
import { trackWorker } from "otel-progress/bullmq";
import { consoleExporter } from "otel-progress/exporters";
import { createRedisExporter } from "otel-progress/redis";
import { createClient } from "redis";

const QUEUE = "archive";
const url = process.env.REDIS_URL;
if (url === undefined) {
  console.error("Set REDIS_URL to a Redis 7 or Valkey 8, for example redis://127.0.0.1:6379");
  process.exit(1);
}
const { hostname, port, username, password } = new URL(url);
const connection = {
  host: hostname,
  port: Number(port || 6379),
  ...(username && { username: decodeURIComponent(username) }),
  ...(password && { password: decodeURIComponent(password) }),
};
const client = createClient({ url });
client.on("error", (error) => console.error(error.message));
await client.connect();
progress.addExporter(createRedisExporter({ client, prefix: "bullmq-example" }));
await (process.argv[2] === "--worker" ? work() : produce(process.argv[2]));

/** The code of a job, as it would be without otel-progress. */
async function archive(job) {
  const { file, size } = job.data;
  const hash = createHash("sha256");
  let read = 0;
  let written = 0;
  const source = createReadStream(file);
  source.on("data", (chunk) => {
    hash.update(chunk);
    read += chunk.length;
    void job.updateProgress({ current: read, total: size });
  });
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written += chunk.length;
      done();
    },
  });
  await pipeline(source, createGzip(), sink);
  return { sha256: hash.digest("hex"), written };
}

/** A worker process: one line more than without. */
async function work() {
  const worker = new Worker(QUEUE, archive, { connection, concurrency: 4 });
  trackWorker(worker, { describe: (job) => ({ name: job.data.name, unit: "By" }) });
  await once(process, "disconnect");
  await worker.close();
  await progress.shutdown();
  client.destroy();
}

/** Adds a job for each file, each with the carrier of the operation, and waits for them. */
async function produce(folder = fileURLToPath(new URL("../node_modules/typescript", import.meta.url))) {
  const files = await filesIn(resolve(folder));
  const queue = new Queue(QUEUE, { connection });
  const events = new QueueEvents(QUEUE, { connection });
  await events.waitUntilReady();
  const removeBars = progress.addExporter(consoleExporter());
  const workers = [1, 2].map(() => fork(fileURLToPath(import.meta.url), ["--worker"]));
  try {
    const options = { name: `Archiving ${folder}`, total: files.length, unit: "file" };
    await progress.operation("folder.archive", options, async (op) => {
      const carrier = op.carrier();
      const done = finished(events, files.length);
      await queue.addBulk(files.map((file) => ({ name: "file", data: { ...file, carrier } })));
      const results = await done;
      const written = results.reduce((sum, result) => sum + result.written, 0);
      // What the workers have told is taken over: now the operation may end.
      await progress.forceFlush();
      op.complete({ files: files.length, read: files.reduce((sum, { size }) => sum + size, 0), written });
    });
  } finally {
    for (const worker of workers) worker.disconnect();
    await Promise.all(workers.map((worker) => once(worker, "exit")));
    await queue.obliterate({ force: true });
    await Promise.all([queue.close(), events.close()]);
    await progress.forceFlush();
    removeBars();
    await progress.shutdown();
    client.destroy();
  }
  const [last] = progress.live.list({ type: "folder.archive" });
  console.log(JSON.stringify({ status: last.status, counts: last.counts, ...last.summary }));
}

/** The results of so many jobs, in the order of their ends. */
function finished(events, many) {
  const results = [];
  return new Promise((resolve, reject) => {
    events.on("completed", ({ returnvalue }) => results.push(returnvalue) === many && resolve(results));
    events.on("failed", ({ jobId, failedReason }) => reject(new Error(`job ${jobId}: ${failedReason}`)));
  });
}

async function filesIn(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (file) => ({ file, name: relative(folder, file), size: (await stat(file)).size })),
  );
}
