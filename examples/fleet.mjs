// Several processes, one view: REDIS_URL=redis://127.0.0.1:6379 node examples/fleet.mjs [workers]
//
// This process serves the fleet at the address it prints, and starts workers. Each of them encodes some clips; the last one is
// killed on the way, and what it was doing is lost: see the page, or `curl $ADDRESS/operations?status=lost`. All of them help with
// one operation of this process, which counts what they did. Ctrl-C ends everything.

import { fork } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { createProgress } from "otel-progress";
import { serveProgress } from "otel-progress/query/node";
import { createRedisExporter, createRedisSource } from "otel-progress/redis";
import { createClient } from "redis";

const url = process.env.REDIS_URL;
if (url === undefined) {
  console.error("Set REDIS_URL, for example to redis://127.0.0.1:6379");
  process.exit(2);
}
const fleet = { prefix: "otel-progress-example", lease: "5s" };
const client = createClient({ url });
client.on("error", (error) => console.error(`Redis: ${error.message}`));
await client.connect();

// On both sides: what this process does, and what it does for others.
const progress = createProgress({ exporters: [createRedisExporter({ client, ...fleet })] });
const carrier = process.argv[2] === "work" ? JSON.parse(process.argv[3]) : undefined;
if (carrier === undefined) await serve(Number(process.argv[2] ?? 3));
else await work(carrier);

async function serve(workers) {
  const source = createRedisSource({ client, ...fleet });
  const server = await serveProgress({ source, port: 0 });
  console.log(`The fleet is shown at ${server.url}/ until Ctrl-C`);
  const all = progress.start("example.batch", { name: "All clips", total: workers * 5, unit: "clip" });
  const children = Array.from({ length: workers }, () =>
    fork(new URL(import.meta.url), ["work", JSON.stringify(all.carrier())]),
  );
  const killing = setTimeout(() => children.at(-1).kill("SIGKILL"), 6_000);
  await new Promise((resolve) => process.once("SIGINT", resolve));
  clearTimeout(killing);
  for (const child of children) child.kill("SIGTERM");
  all.complete();
  await server.close();
  await progress.shutdown();
  client.destroy();
}

async function work(batch) {
  process.once("SIGTERM", () => process.exit());
  process.on("SIGINT", () => {});
  await progress.join(batch, async (shared) => {
    for (let clip = 1; clip <= 5; clip++) {
      await progress.operation("example.clip", { name: `Clip ${clip}`, total: 40, detached: true }, async (op) => {
        for (const _ of op.track(Array.from({ length: 40 }))) await sleep(50 + 50 * Math.random());
      });
      shared.increment();
    }
  });
  await progress.shutdown();
  client.destroy();
}
