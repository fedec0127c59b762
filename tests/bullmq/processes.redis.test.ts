// Producers and workers in processes of their own, in a fleet: what becomes of jobs when some of them are killed.

import { type ChildProcess, execFile, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createRedisSource, type RedisSource } from "../../src/redis/index.js";
import { CLIENTS } from "../redis/clients.js";
import { type Installation, installPackage } from "../services/application.js";
import { until } from "../services/polling.js";
import { type RedisServer, startRedis } from "../services/redis.js";
import { type Line, lineUp } from "./queues.js";

const LEASE = "2s";
const patience = { within: 20_000 };
let redis: RedisServer;
let installation: Installation;
beforeAll(async () => {
  redis = await startRedis();
  installation = installPackage(["queue-worker.mjs"]);
});
afterAll(async () => {
  installation[Symbol.dispose]();
  await redis[Symbol.asyncDispose]();
});

interface Story extends AsyncDisposable {
  readonly line: Line;
  readonly source: RedisSource;
  start(role: "producer" | "worker"): Promise<ChildProcess>;
}

async function story(): Promise<Story> {
  const line = lineUp(redis);
  const prefix = `test-${randomUUID()}`;
  const { client, ...connected } = await CLIENTS["node-redis"]([redis.port]);
  const children: ChildProcess[] = [];
  return {
    line,
    source: createRedisSource({ client, prefix, lease: LEASE }),
    async start(role) {
      const options = JSON.stringify({ role, port: redis.port, name: line.queue.name, prefix, lease: LEASE });
      const { folder } = installation;
      const child = fork(join(folder, "queue-worker.mjs"), [options], { cwd: folder, execArgv: [] });
      children.push(child);
      await once(child, "message");
      return child;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(children.map(kill));
      await line[Symbol.asyncDispose]();
      await connected[Symbol.asyncDispose]();
    },
  };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

it("a worker that is killed loses its job's operation, and the next one goes on with it as another attempt", async () => {
  await using fleet = await story();
  const { source, line } = fleet;
  const first = await fleet.start("worker");
  const { id } = await line.queue.add("song", {});
  const operation = `${line.queue.name}:${id}`;
  const read = () => source.get(operation);
  await until("it is at 50 %", read, (one) => one?.percentage === 50, patience);
  await kill(first);
  await until("it is lost", read, (one) => one?.status === "lost" && one.percentage === 50, patience);
  const second = await fleet.start("worker");
  await until("it is at 50 % again", read, (one) => one?.attempt === 2 && one.percentage === 50, patience);
  second.send("go on");
  expect(await until("it is done", read, (one) => one?.status === "completed", patience)).toMatchObject({
    attempt: 2,
    percentage: 100,
    instance: { pid: second.pid },
  });
});

it("a job that is taken over before its worker is known to be dead is never lost", async () => {
  await using fleet = await story();
  const { source, line } = fleet;
  const first = await fleet.start("worker");
  const { id } = await line.queue.add("song", {});
  const read = () => source.get(`${line.queue.name}:${id}`);
  await until("it runs", read, (one) => one?.percentage === 50, patience);
  const second = await fleet.start("worker");
  await kill(first);
  await until("it is taken over", read, (one) => one?.attempt === 2, patience);
  await until(
    "the dead are lost",
    () => source.get(`${first.pid}`),
    (one) => one?.status === "lost",
    patience,
  );
  expect(await read()).toMatchObject({ status: "running", attempt: 2, instance: { pid: second.pid } });
});

it("F23: jobs are parts of what their producer does, who may be gone before they are", async () => {
  await using fleet = await story();
  const { source, line } = fleet;
  const producer = await fleet.start("producer");
  const workers = await Promise.all([fleet.start("worker"), fleet.start("worker")]);
  const album = () => source.get("album");
  const halves = await until("four songs are half done", album, (one) => one?.percentage === 50, patience);
  expect(halves?.counts).toMatchObject({ total: 4, pending: 4 });
  const songs = () => source.list({ parentId: "album" });
  await until(
    "they are operations too",
    songs,
    (all) => all.filter(({ percentage }) => percentage === 50).length === 4,
    patience,
  );
  expect((await songs()).map(({ type }) => type)).toEqual(Array(4).fill(`${line.queue.name}.song`));
  await kill(producer);
  await until(
    "it is taken for dead",
    () => source.get(`${producer.pid}`),
    (one) => one?.status === "lost",
    patience,
  );
  expect(await album()).toMatchObject({ status: "running", percentage: 50 });
  for (const worker of workers) worker.send("go on");
  await until(
    "the songs are done",
    () => source.list({ parentId: "album", status: ["completed"] }),
    (all) => all.length === 4,
    patience,
  );
  await until("nobody is left who works for it", album, (one) => one?.status === "lost", patience);
});

it("a cancel request in one process reaches the job in another", async () => {
  await using fleet = await story();
  const { source, line } = fleet;
  const worker = await fleet.start("worker");
  const { id } = await line.queue.add("song", {});
  const operation = `${line.queue.name}:${id}`;
  await until(
    "it runs",
    () => source.get(operation),
    (one) => one?.percentage === 50,
    patience,
  );
  expect(await source.requestCancel(operation, "enough")).toBe(true);
  expect(await source.get(operation)).toMatchObject({ cancelRequested: { reason: "enough" } });
  worker.send("go on");
});

it("the example counts every file of a folder before its operation ends", async () => {
  const { folder } = installation;
  copyFileSync(new URL("../../examples/bullmq.mjs", import.meta.url), join(folder, "bullmq.mjs"));
  const music = join(folder, "music");
  mkdirSync(music);
  for (let n = 0; n < 60; n++) writeFileSync(join(music, `${n}.txt`), "la ".repeat(1_000));
  const env = { PATH: process.env["PATH"], REDIS_URL: redis.url, PROGRESS_FORMAT: "quiet" };
  const { stdout, stderr } = await promisify(execFile)(process.execPath, ["bullmq.mjs", music], { cwd: folder, env });
  expect(stderr).toBe("");
  expect(JSON.parse(stdout)).toMatchObject({
    status: "completed",
    counts: { total: 60, completed: 60, failed: 0, pending: 0 },
    files: 60,
    read: 180_000,
  });
});
