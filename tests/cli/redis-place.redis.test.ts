// The command line over a fleet in a real Redis.

import { createClient } from "redis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createProgress, type Progress } from "../../src/index.js";
import { createRedisExporter } from "../../src/redis/index.js";
import { eventually } from "../contracts/eventually.js";
import { until } from "../services/polling.js";
import { type RedisServer, startRedis } from "../services/redis.js";
import { begin, invoke } from "./invoke.js";

let redis: RedisServer;
let progress: Progress;
let leave: () => Promise<void>;
beforeAll(async () => {
  redis = await startRedis();
  const client = createClient({ url: redis.url });
  await client.on("error", () => {}).connect();
  progress = createProgress({ exporters: [createRedisExporter({ client, prefix: "shop", lease: "20s" })] });
  leave = async () => {
    await progress.shutdown();
    client.destroy();
  };
}, 30_000);
afterAll(async () => {
  await leave?.();
  await redis?.[Symbol.asyncDispose]();
});

const fleet = () => ["--redis", redis.url, "--redis-prefix", "shop", "--redis-lease", "20s"];

it("lists, tells and exports what the fleet is working on, and lets go of Redis", async () => {
  progress.start("import", { id: "job-7", total: 4 }).increment();
  await until(
    "job-7 is in the fleet",
    () => invoke(["list", "-q", ...fleet()]),
    ({ stdout }) => stdout === "job-7\n",
  );
  expect((await invoke(["get", "job-7", ...fleet()])).stdout).toMatch(/\n {2}Progress: 1 of 4\n/);
  expect((await invoke(["export", ...fleet()])).stdout).toMatch(/^\{.*"id":"job-7".*\}\n$/);
  expect(await invoke(["list", "--redis", redis.url])).toMatchObject({ code: 0, stdout: "" });
  const clients = () => redis.cli("client", "list").trim().split("\n").length;
  // The exporter's, and that of redis-cli.
  await until("the others are gone", clients, (count) => count === 2);
});

it("serves the fleet, live: it can be watched, and told to cancel", async () => {
  const op = progress.start("import", { id: "job-8", total: 4 });
  const serving = begin(["serve", ...fleet(), "--port", "0", "--control"], { env: { PROGRESS_TOKEN: "secret" } });
  const url = await eventually(() => / at (http:\S+)\/ until/.exec(serving.stdout.text)![1]!);
  const env = { PROGRESS_URL: url, PROGRESS_TOKEN: "secret" };
  const watching = begin(["watch", "job-8", "--wait"], { env });
  await until(
    "job-8 is watched",
    () => watching.stdout.text,
    (text) => text.includes("import"),
  );
  const headers = { authorization: "Bearer secret", "content-type": "application/json" };
  const asked = await fetch(`${url}/operations/job-8/cancel`, { method: "POST", headers, body: '{"reason":"enough"}' });
  expect(asked.status).toBe(202);
  op.cancel("enough");
  expect((await watching.ended).code).toBe(6);
  process.emit("SIGTERM", "SIGTERM");
  expect(await serving.ended).toMatchObject({ code: 0, stdout: expect.stringContaining(`the fleet at ${redis.url}`) });
});
