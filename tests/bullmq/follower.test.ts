// What a follower does when events are missed or too many; with real queues: follower.redis.test.ts.

import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { type FollowOptions, followQueue, type JobLike } from "../../src/bullmq/index.js";
import { createTestProgress } from "../../src/testing.js";
import { aJob } from "./jobs.js";

/** A queue that answers from a map of jobs and their states, and its events. */
function following(options: FollowOptions = {}, active: readonly JobLike[] = []) {
  const { progress, advance } = createTestProgress();
  const jobs = new Map<string, JobLike & { state?: string }>();
  const asked: string[] = [];
  const queue = {
    name: "videos",
    getJob: async (id: string) => jobs.get(id),
    getActive: async () => active,
    async getJobState(id: string) {
      asked.push(id);
      return jobs.get(id)?.state ?? "unknown";
    },
  };
  const events = new EventEmitter();
  const stop = followQueue(queue, events, { progress, ...options });
  const start = async (id: string) => {
    jobs.set(id, aJob({ id }));
    events.emit("active", { jobId: id });
    await advance("1s");
  };
  const becomes = (id: string, state: string, more: Partial<JobLike> = {}) =>
    jobs.set(id, { ...aJob({ id, ...more }), state });
  return {
    progress,
    advance,
    jobs,
    queue,
    events,
    asked,
    stop,
    start,
    becomes,
    now: (id: string) => progress.live.get(`videos:${id}`),
  };
}

describe("a job that is not heard of", () => {
  it.each([
    ["completed", { status: "completed" }],
    ["failed", { status: "failed", error: { message: "broken" } }],
    ["delayed", { status: "paused", reason: "delayed" }],
    ["active", { status: "running" }],
  ])("for half a minute is looked at: %s", async (state, expected) => {
    const { start, becomes, advance, now } = following();
    await start("7");
    becomes("7", state, { failedReason: "broken" });
    await advance("1m");
    expect(now("7")).toMatchObject(expected);
  });

  it("and is gone is cancelled, for how it ended is not known", async () => {
    const { start, jobs, advance, now } = following();
    await start("7");
    jobs.clear();
    await advance("1m");
    expect(now("7")).toMatchObject({ status: "cancelled", reason: "the queue no longer has it" });
  });

  it("is not looked at while it is heard of", async () => {
    const { start, events, advance, asked } = following();
    await start("7");
    for (let second = 0; second < 60; second++) {
      events.emit("progress", { jobId: "7", data: second });
      await advance("1s");
    }
    expect(asked).toEqual([]);
  });

  it("is left as it is when the queue does not answer, which is counted", async () => {
    const { start, queue, advance, now, progress } = following();
    await start("7");
    queue.getJobState = () => Promise.reject(new Error("away"));
    await advance("1m");
    expect(now("7")?.status).toBe("running");
    expect(progress.live.stats().losses).toEqual({ callbacks_failed: expect.any(Number) });
  });

  it("because nothing could be asked when it began is asked for again", async () => {
    const { events, queue, becomes, advance, now } = following();
    const { getJob } = queue;
    queue.getJob = () => Promise.reject(new Error("away"));
    events.emit("active", { jobId: "7" });
    await advance("1s");
    expect(now("7")).toBeUndefined();
    queue.getJob = getJob;
    becomes("7", "active");
    await advance("1m");
    expect(now("7")?.status).toBe("running");
  });
});

describe("beyond its limit", () => {
  it("jobs are not followed, which is counted, until others have ended", async () => {
    const { start, events, now, progress } = following({ limit: 2 });
    for (const id of ["1", "2", "3"]) await start(id);
    expect(["1", "2", "3"].map((id) => now(id)?.status)).toEqual(["running", "running", undefined]);
    expect(progress.live.stats().losses).toEqual({ operations_refused: 1 });
    events.emit("completed", { jobId: "1" });
    await start("4");
    expect(now("4")?.status).toBe("running");
  });
});

describe("at its beginning and end", () => {
  it("jobs that run already are found, with what they said in their first attempt", async () => {
    const running = [
      aJob({ id: "1", progress: 30 }),
      aJob({ id: "2", progress: 30, attemptsMade: 1 }),
      aJob({ id: "3" }),
    ];
    const { advance, now } = following({}, running);
    await advance("1s");
    expect(["1", "2", "3"].map((id) => now(id)?.percentage)).toEqual([30, undefined, undefined]);
    expect(now("2")?.attempt).toBe(2);
  });

  it("a job that says something before it was found is found by that", async () => {
    const { events, jobs, advance, now } = following();
    jobs.set("7", aJob());
    events.emit("progress", { jobId: "7", data: 30 });
    await advance("1s");
    expect(now("7")?.percentage).toBe(30);
  });

  it("events of jobs that never ran are nothing", async () => {
    const { events, advance, progress } = following();
    for (const event of ["waiting", "delayed", "removed", "completed", "failed"]) events.emit(event, { jobId: "7" });
    await advance("1s");
    expect(progress.live.list()).toEqual([]);
  });

  it("ends with what it follows, and hears nothing more", async () => {
    const { start, stop, events, now, advance } = following();
    await start("7");
    stop();
    expect(now("7")).toMatchObject({ status: "cancelled", reason: "no longer followed" });
    expect(events.eventNames()).toEqual([]);
    await advance("2m");
  });

  it("refuses what it cannot follow", () => {
    const { queue, events } = following();
    const wrong = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => followQueue({} as never, events)).toThrowError(wrong);
    expect(() => followQueue(queue, {} as never)).toThrowError(wrong);
    for (const limit of [0, 1.5, 100_001, Number.NaN])
      expect(() => followQueue(queue, events, { limit })).toThrowError(wrong);
  });
});
