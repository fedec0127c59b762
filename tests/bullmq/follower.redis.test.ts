// The jobs of a real queue as operations of a process that only follows its events.

import { once } from "node:events";
import { DelayedError } from "bullmq";
import { afterAll, beforeAll, expect, it } from "vitest";
import { followQueue } from "../../src/bullmq/index.js";
import { createProgress, type ProgressEvent } from "../../src/index.js";
import { until } from "../services/polling.js";
import { type RedisServer, startRedis } from "../services/redis.js";
import { type Line, lineUp } from "./queues.js";

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis[Symbol.asyncDispose]());

/** An instance that follows a queue. */
async function follow(line: Line) {
  const progress = createProgress({ limits: { finished: 2_000 } });
  const told: ProgressEvent[] = [];
  progress.subscribe((event) => told.push(event), { granularity: "basic" });
  const stop = followQueue(line.queue, await line.events(), { progress });
  const id = (job: { id?: string | undefined }) => `${line.queue.name}:${job.id}`;
  const reaches = (job: { id?: string | undefined }, status: string) =>
    until(
      `it is ${status}`,
      () => progress.live.get(id(job)),
      (operation) => operation?.status === status,
    );
  return { progress, told, stop, id, reaches };
}

it("shows a job, its progress and its end", async () => {
  await using line = lineUp(redis);
  const { progress, reaches, id } = await follow(line);
  let finish = () => {};
  line.worker(async (job) => {
    await job.updateProgress(40);
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  const job = await line.queue.add("transcode", {});
  await until(
    "it is at 40 %",
    () => progress.live.get(id(job))?.percentage,
    (percentage) => percentage === 40,
  );
  expect(progress.live.get(id(job))).toMatchObject({
    type: `${line.queue.name}.transcode`,
    status: "running",
    attributes: { "messaging.system": "bullmq", "progress.wait_time": expect.any(Number) },
  });
  finish();
  expect(await reaches(job, "completed")).toMatchObject({ percentage: 100, attempt: 1 });
});

it("a job that is tried again is one operation: paused between its attempts, failed when there are no more", async () => {
  await using line = lineUp(redis);
  const { told, reaches } = await follow(line);
  line.worker(async (job) => {
    await job.updateProgress(50);
    throw new Error(`broken ${job.attemptsMade}`);
  });
  const job = await line.queue.add("transcode", {}, { attempts: 3, backoff: 20 });
  const failed = await reaches(job, "failed");
  expect(failed).toMatchObject({ attempt: 3, error: { message: "broken 2" } });
  const story = told.map(({ event, operation }) => [event, operation.attempt]);
  expect(story).toEqual([
    ["started", 1],
    ["paused", 1],
    ["resumed", 2],
    ["paused", 2],
    ["resumed", 3],
    ["failed", 3],
  ]);
});

it("a job that gives itself back goes on where it was", async () => {
  await using line = lineUp(redis);
  const { told, reaches } = await follow(line);
  line.worker(async (job, token) => {
    if (job.data["second"] === true) return;
    await job.updateProgress(50);
    await job.updateData({ second: true });
    await job.moveToDelayed(Date.now() + 50, token);
    throw new DelayedError();
  });
  const job = await line.queue.add("transcode", {});
  expect(await reaches(job, "completed")).toMatchObject({ attempt: 1 });
  const resumed = told.find(({ event }) => event === "resumed");
  expect(resumed?.operation).toMatchObject({ percentage: 50, attempt: 1 });
});

it("finds what is active already when it begins", async () => {
  await using line = lineUp(redis);
  let finish = () => {};
  const worker = line.worker(async (job) => {
    await job.updateProgress({ current: 3, total: 4 });
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
  });
  const said = once(worker, "progress");
  const job = await line.queue.add("transcode", {});
  await said;
  const { reaches } = await follow(line);
  expect(await reaches(job, "running")).toMatchObject({ current: 3, total: 4, percentage: 75 });
  finish();
  await reaches(job, "completed");
});

it("a job that is removed while it waits for another attempt is cancelled", async () => {
  await using line = lineUp(redis);
  const { reaches } = await follow(line);
  line.worker(async () => {
    throw new Error("broken");
  });
  const job = await line.queue.add("transcode", {}, { attempts: 2, backoff: 60_000 });
  expect(await reaches(job, "paused")).toMatchObject({ reason: "delayed" });
  await job.remove();
  expect(await reaches(job, "cancelled")).toMatchObject({ reason: "removed" });
});

it("jobs that leave nothing behind are shown all the same", async () => {
  await using line = lineUp(redis);
  const { progress, reaches, id } = await follow(line);
  line.worker(async () => {});
  const job = await line.queue.add("transcode", {}, { removeOnComplete: true });
  await reaches(job, "completed");
  expect(progress.live.stats().losses).toEqual({});
  expect(progress.live.get(id(job))?.attempt).toBe(1);
});

it("a parent that waits for its children is paused", async () => {
  await using line = lineUp(redis);
  const { reaches, told } = await follow(line);
  const { WaitingChildrenError } = await import("bullmq");
  line.worker(async (job, token) => {
    if (job.name === "child" || job.data["asked"] === true) return;
    await job.updateData({ asked: true });
    await line.queue.add("child", {}, { parent: { id: job.id!, queue: job.queueQualifiedName }, delay: 50 });
    if (await job.moveToWaitingChildren(token!)) throw new WaitingChildrenError();
  });
  const job = await line.queue.add("album", {});
  expect(await reaches(job, "completed")).toMatchObject({ attempt: 1 });
  const paused = told.find(({ event, operation }) => event === "paused" && operation.type.endsWith("album"));
  expect(paused?.operation).toMatchObject({ reason: "waiting for children" });
});

it("follows a thousand jobs to their ends", { timeout: 120_000 }, async () => {
  await using line = lineUp(redis);
  const { progress, told, stop } = await follow(line);
  line.worker(
    async (job) => {
      await job.updateProgress({ current: job.data["n"], total: 1_000 });
      if (Number(job.data["n"]) % 10 === 0) throw new Error("the tenth");
    },
    { concurrency: 50 },
  );
  await line.queue.addBulk(Array.from({ length: 1_000 }, (_, n) => ({ name: "number", data: { n } })));
  const ends = () => told.filter(({ event }) => event === "completed" || event === "failed").length;
  await until("all have ended", ends, (count) => count === 1_000, { within: 60_000 });
  expect(told.filter(({ event }) => event === "failed")).toHaveLength(100);
  expect(progress.live.stats()).toMatchObject({ active: 0, losses: {} });
  const all = progress.live.list({ limit: 2_000 });
  expect(new Set(all.map(({ current }) => current)).size).toBe(1_000);
  stop();
});

it("Redis away for a while is survived: what was missed is seen", async () => {
  await using other = await startRedis({ keep: true });
  await using line = lineUp(other);
  const { progress, reaches, id } = await follow(line);
  const release: (() => void)[] = [];
  line.worker(async () => {
    await new Promise<void>((resolve) => release.push(resolve));
  });
  const job = await line.queue.add("transcode", {});
  await reaches(job, "running");
  await other.server.stop();
  await other.server.start();
  for (const finish of release) finish();
  await reaches(job, "completed");
  expect(progress.live.get(id(job))?.status).toBe("completed");
});
