// Jobs of real workers as operations: functions, sandboxed files, failures, cancellation.

import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { DelayedError, UnrecoverableError } from "bullmq";
import { afterAll, beforeAll, expect, it } from "vitest";
import { trackWorker } from "../../src/bullmq/index.js";
import { createProgress, type ProgressEvent, type Snapshot } from "../../src/index.js";
import { until } from "../services/polling.js";
import { type RedisServer, startRedis } from "../services/redis.js";
import { lineUp } from "./queues.js";

let redis: RedisServer;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  folder = await mkdtemp(join(tmpdir(), "otel-progress-bullmq-"));
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** What an instance told, in order. */
function recording() {
  const progress = createProgress();
  const told: ProgressEvent[] = [];
  progress.subscribe((event) => told.push(event), { granularity: "basic" });
  const of = (event: string) => told.filter((one) => one.event === event).map(({ operation }) => operation);
  const ended = (id: string, many = 1) =>
    until(
      `${id} has ended`,
      () => told.filter(({ event, operation }) => ENDS.has(event) && operation.id === id).length,
      (count) => count === many,
    );
  return { progress, of, ended, last: (id: string) => progress.live.get(id) as Snapshot };
}
const ENDS = new Set<string>(["completed", "failed", "cancelled"]);

it("a job is an operation, its updates are its progress, and the code in it finds it", async () => {
  await using line = lineUp(redis);
  await using instance = createProgress();
  let inside: string | undefined;
  let half: Snapshot | undefined;
  const worker = line.worker(async (job) => {
    await job.updateProgress({ percentage: 50, message: "rendering" });
    inside = instance.getActive()?.operationId;
    half = instance.live.get(`${line.queue.name}:${job.id}`);
    return { frames: 900 };
  });
  trackWorker(worker, { progress: instance, describe: (job) => ({ name: String(job.data["title"]) }) });
  const done = once(worker, "completed");
  const { id } = await line.queue.add("transcode", { title: "Holiday" });
  expect((await done)[1]).toEqual({ frames: 900 });
  expect(inside).toBe(`${line.queue.name}:${id}`);
  expect(half).toMatchObject({
    type: `${line.queue.name}.transcode`,
    name: "Holiday",
    status: "running",
    percentage: 50,
    message: "rendering",
    attempt: 1,
    attributes: {
      "messaging.system": "bullmq",
      "messaging.operation.type": "process",
      "messaging.destination.name": line.queue.name,
      "messaging.message.id": id,
      "progress.wait_time": expect.any(Number),
    },
  });
  expect(instance.live.get(inside!)).toMatchObject({ status: "completed", percentage: 100 });
});

it("each attempt of a job that is tried again is a run of the same operation", async () => {
  await using line = lineUp(redis);
  const { progress, of, ended } = recording();
  const worker = line.worker(async (job) => {
    if (job.attemptsMade < 2) throw Object.assign(new Error(`broken ${job.attemptsMade}`), { code: "EPIPE" });
  });
  trackWorker(worker, { progress });
  const { id } = await line.queue.add("transcode", {}, { attempts: 3 });
  await ended(`${line.queue.name}:${id}`, 3);
  expect(of("failed").map(({ attempt, status, ...more }) => ({ attempt, status, ...more }))).toMatchObject([
    { attempt: 1, error: { message: "broken 0", code: "EPIPE", details: { attempt: 1, attempts: 3 } } },
    { attempt: 2, error: { message: "broken 1", details: { attempt: 2, attempts: 3 } } },
  ]);
  expect(of("completed")).toMatchObject([{ attempt: 3 }]);
});

it("a job that gives itself back has not failed, and goes on as the same attempt", async () => {
  await using line = lineUp(redis);
  const { progress, of, ended, last } = recording();
  const worker = line.worker(async (job, token) => {
    if (job.data["second"] === true) return;
    await job.updateData({ second: true });
    await job.moveToDelayed(Date.now() + 20, token);
    throw new DelayedError();
  });
  trackWorker(worker, { progress });
  const { id } = await line.queue.add("transcode", {});
  await ended(`${line.queue.name}:${id}`, 2);
  expect(of("failed")).toEqual([]);
  expect(of("cancelled")).toMatchObject([{ attempt: 1, reason: "delayed" }]);
  expect(last(`${line.queue.name}:${id}`)).toMatchObject({ attempt: 1, status: "completed" });
});

it("a cancel request aborts the job's own signal; a job that is not to be tried again is cancelled", async () => {
  await using line = lineUp(redis);
  const { progress, ended, last } = recording();
  const worker = line.worker(async (_job, _token, signal) => {
    await once(signal!, "abort");
    throw new UnrecoverableError(String(signal!.reason));
  });
  trackWorker(worker, { progress });
  const job = await line.queue.add("transcode", {}, { attempts: 5 });
  const id = `${line.queue.name}:${job.id}`;
  await until(
    "it runs",
    () => progress.live.requestCancel(id, "enough"),
    (asked) => asked,
  );
  await ended(id);
  expect(last(id)).toMatchObject({ status: "cancelled" });
  await until(
    "it has failed",
    () => job.getState(),
    (state) => state === "failed",
  );
});

it("BullMQ's own cancellation is a cancel request of the operation", async () => {
  await using line = lineUp(redis);
  const { progress, ended, last } = recording();
  const worker = line.worker(async (_job, _token, signal) => {
    await once(signal!, "abort");
    progress.getActive()?.signal.throwIfAborted();
  });
  trackWorker(worker, { progress });
  const job = await line.queue.add("transcode", {});
  await until(
    "it runs",
    () => worker.cancelJob(job.id!, "enough"),
    (asked) => asked,
  );
  await ended(`${line.queue.name}:${job.id}`);
  expect(last(`${line.queue.name}:${job.id}`)).toMatchObject({ status: "cancelled", reason: "enough" });
});

it("a timeout, which BullMQ has not, fails the operation and aborts the job", async () => {
  await using line = lineUp(redis);
  const { progress, last } = recording();
  const worker = line.worker(async (_job, _token, signal) => {
    await once(signal!, "abort");
    throw new Error("stopped");
  });
  trackWorker(worker, { progress, describe: () => ({ timeout: "200ms" }) });
  const failed = once(worker, "failed");
  const job = await line.queue.add("transcode", {});
  await failed;
  expect(last(`${line.queue.name}:${job.id}`)).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
});

it.each([false, true])("jobs in a sandbox are followed as they are (threads: %s)", async (useWorkerThreads) => {
  await using line = lineUp(redis);
  const { progress, ended, last } = recording();
  const file = join(folder, `sandboxed-${useWorkerThreads}.mjs`);
  const code = `export default async function (job, token, signal) {
    await job.updateProgress({ current: 3, total: 4, step: "audio" });
    if (job.data.wait && !signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve));
    if (signal.aborted) throw new Error("stopped: " + signal.reason);
  }`;
  writeFileSync(file, code);
  const worker = line.worker(pathToFileURL(file), { useWorkerThreads });
  trackWorker(worker, { progress });
  const first = await line.queue.add("transcode", {});
  const second = await line.queue.add("transcode", { wait: true });
  const [one, two] = [first, second].map(({ id }) => `${line.queue.name}:${id}`) as [string, string];
  await ended(one);
  expect(last(one)).toMatchObject({ status: "completed", current: 3, total: 4, message: "audio" });
  await until(
    "it works",
    () => last(two)?.current,
    (current) => current === 3,
  );
  progress.live.requestCancel(two, "enough");
  await ended(two);
  expect(last(two)).toMatchObject({ status: "failed", error: { message: "stopped: cancelled: enough" } });
});

it("a thousand jobs are a thousand operations, each with its own progress", { timeout: 120_000 }, async () => {
  await using line = lineUp(redis);
  const progress = createProgress({ limits: { finished: 2_000 } });
  const seen = new Set<number>();
  progress.subscribe(({ operation }) => seen.add(operation.current ?? -1), { events: ["completed"] });
  const worker = line.worker(
    async (job) => {
      await job.updateProgress({ current: job.data["n"], total: 1_000 });
    },
    { concurrency: 50 },
  );
  trackWorker(worker, { progress });
  await line.queue.addBulk(Array.from({ length: 1_000 }, (_, n) => ({ name: "number", data: { n: n + 1 } })));
  await until(
    "all are done",
    () => seen.size,
    (size) => size === 1_000,
    { within: 60_000 },
  );
  expect(progress.live.stats()).toMatchObject({ active: 0, losses: {} });
  expect(progress.live.list({ limit: 2_000, status: ["completed"] })).toHaveLength(1_000);
});

it("is undone when it is told so, also while a job runs", async () => {
  await using line = lineUp(redis);
  const { progress, of } = recording();
  const worker = line.worker(async () => {});
  const stop = trackWorker(worker, { progress });
  const first = once(worker, "completed");
  await line.queue.add("transcode", {});
  await first;
  stop();
  const second = once(worker, "completed");
  await line.queue.add("transcode", {});
  await second;
  expect(of("started")).toHaveLength(1);
});
