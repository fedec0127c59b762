// A process with a queue of BullMQ, in a fleet: a worker, whose jobs wait in the middle until they are told to go on, or a producer, whose
// operation is what all of them are a part of.

import { Queue, Worker } from "bullmq";
import { createProgress } from "otel-progress";
import { trackWorker } from "otel-progress/bullmq";
import { createRedisExporter } from "otel-progress/redis";
import { createClient } from "redis";

const { role, port, name, prefix, lease } = JSON.parse(process.argv[2]);
const connection = { host: "127.0.0.1", port };
const client = createClient({ url: `redis://127.0.0.1:${port}` });
await client.connect();
const progress = createProgress({ exporters: [createRedisExporter({ client, prefix, lease, handover: lease })] });
// By it is seen when this process is taken for dead.
progress.start(role, { id: `${process.pid}` });

if (role === "producer") {
  const queue = new Queue(name, { connection });
  const op = progress.start("album", { id: "album", total: 4, unit: "song" });
  const songs = Array.from({ length: 4 }, (_, n) => ({ name: "song", data: { n, carrier: op.carrier() } }));
  await queue.addBulk(songs);
} else {
  const goOn = new Promise((resolve) => process.on("message", resolve));
  const work = async (job) => {
    await job.updateProgress(50);
    await goOn;
  };
  const worker = new Worker(name, work, { connection, concurrency: 2, lockDuration: 1_000, stalledInterval: 500 });
  worker.on("error", () => {});
  trackWorker(worker, { progress });
}
process.send("ready");
