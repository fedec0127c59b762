// What tracking a worker does around one run of a job; with real workers: worker.redis.test.ts.

import { trace } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { type RunningJob, trackWorker } from "../../src/bullmq/index.js";
import { createProgress, type ProgressError } from "../../src/index.js";
import { createTestProgress, startTestTelemetry } from "../../src/testing.js";
import { aJob } from "./jobs.js";

type Work = (job: RunningJob) => Promise<unknown>;

/** The part of a worker that is wrapped, and what its jobs write. */
function aWorker(work: Work) {
  const written: unknown[] = [];
  const updateProgress = async (said: unknown) => void written.push(said);
  const worker = {
    name: "videos",
    getNextJob: async () => undefined as RunningJob | undefined,
    callProcessJob: (job: RunningJob, _token?: string, _signal?: AbortSignal) => work(job),
  };
  const job: RunningJob = Object.assign(Object.create({ updateProgress }), aJob());
  return { worker, job, written, run: () => worker.callProcessJob(job, "token") };
}

describe("a run of a job", () => {
  it("gives its result and its error through unchanged", async () => {
    const { progress } = createTestProgress();
    const fine = aWorker(async () => "done");
    trackWorker(fine.worker, { progress });
    expect(await fine.run()).toBe("done");
    const error = new Error("broken");
    const broken = aWorker(async () => Promise.reject(error));
    trackWorker(broken.worker, { progress });
    await expect(broken.run()).rejects.toBe(error);
  });

  it("is told what the job says at once, and so is BullMQ", async () => {
    const { progress } = createTestProgress();
    const seen: unknown[] = [];
    const { worker, job, run, written } = aWorker(async (one) => {
      void one.updateProgress({ percentage: 30 });
      seen.push(progress.live.get("videos:7")?.percentage, Object.keys(one).includes("updateProgress"));
    });
    trackWorker(worker, { progress });
    await run();
    expect(seen).toEqual([30, false]);
    expect(written).toEqual([{ percentage: 30 }]);
    expect(Object.hasOwn(job, "updateProgress")).toBe(false);
  });

  it("hears what `read` makes of it", async () => {
    const { progress } = createTestProgress();
    const { worker, run } = aWorker((job) => job.updateProgress({ done: 0.3 }));
    trackWorker(worker, { progress, read: (said) => ({ percentage: 100 * (said as { done: number }).done }) });
    const ended = run();
    expect(progress.live.get("videos:7")?.percentage).toBe(30);
    await ended;
  });

  it.each([
    ["DelayedError", "", "delayed"],
    ["WaitingError", "", "waiting"],
    ["WaitingChildrenError", "", "waiting for children"],
    ["Error", "bullmq:rateLimitExceeded", "rate limited"],
  ])("that ends with %s (%s) was given back: cancelled, %s", async (name, message, reason) => {
    const { progress } = createTestProgress();
    const { worker, run } = aWorker(async () => Promise.reject(Object.assign(new Error(message), { name })));
    trackWorker(worker, { progress });
    await run().catch(() => {});
    expect(progress.live.get("videos:7")).toMatchObject({ status: "cancelled", reason });
  });

  it("that was asked to stop and says that it is not to be tried again is cancelled; without being asked it failed", async () => {
    const { progress } = createTestProgress();
    const error = Object.assign(new Error("no more"), { name: "UnrecoverableError" });
    const { worker, run } = aWorker(async () => Promise.reject(error));
    trackWorker(worker, { progress });
    const asked = run();
    progress.live.requestCancel("videos:7");
    await asked.catch(() => {});
    expect(progress.live.get("videos:7")).toMatchObject({ status: "cancelled", reason: "no more" });
    await run().catch(() => {});
    expect(progress.live.get("videos:7")).toMatchObject({ status: "failed", error: { message: "no more" } });
  });

  it("whatever is thrown", async () => {
    const { progress } = createTestProgress();
    const { worker, run } = aWorker(() => Promise.reject(null));
    trackWorker(worker, { progress });
    await expect(run()).rejects.toBeNull();
    expect(progress.live.get("videos:7")?.status).toBe("failed");
  });

  it("goes on when BullMQ cannot cancel it, which is counted", async () => {
    const { progress } = createTestProgress();
    const { worker, run } = aWorker(async () => progress.live.requestCancel("videos:7", "enough"));
    const cancelJob = (): boolean => {
      throw new Error("closed");
    };
    trackWorker(Object.assign(worker, { cancelJob }), { progress });
    expect(await run()).toBe(true);
    expect(progress.live.stats().losses).toEqual({ callbacks_failed: 1 });
  });

  it("is not cancelled by its own end", async () => {
    const { progress } = createTestProgress();
    const { worker, run } = aWorker(async () => Promise.reject(new Error("broken")));
    const cancelled: string[] = [];
    trackWorker(Object.assign(worker, { cancelJob: (id: string) => cancelled.push(id) > 0 }), { progress });
    await run().catch(() => {});
    expect(cancelled).toEqual([]);
  });
});

describe("a run of a job that brings a carrier", () => {
  it("is a part of its producer's operation, in its trace, also when it comes from another instance", async () => {
    await using telemetry = await startTestTelemetry();
    await using producer = createProgress();
    await using consumer = createProgress();
    const { worker, job } = aWorker(async () => trace.getTracer("app").startSpan("SELECT").end());
    trackWorker(worker, { progress: consumer });
    const album = producer.start("album", { total: 1 });
    await worker.callProcessJob(Object.assign(job, { data: { carrier: album.carrier() } }));
    await producer.forceFlush();
    expect(album.snapshot().counts).toMatchObject({ total: 1, completed: 1 });
    album.complete();
    const [query, song, whole] = telemetry.spans();
    expect([query?.name, song?.name, whole?.name]).toEqual(["SELECT", "videos.transcode", "album"]);
    const ids = [query, song, whole].map((span) => span!.spanContext());
    expect([query, song].map((span) => span?.parentSpanContext?.spanId)).toEqual([ids[1]?.spanId, ids[2]?.spanId]);
    expect(new Set(ids.map(({ traceId }) => traceId)).size).toBe(1);
    expect(song?.attributes).toMatchObject({ "messaging.message.id": "7", "messaging.destination.name": "videos" });
  });
});

describe("a job that is tried again in another process", () => {
  it("takes the place of the attempt that failed, in what both are a part of", async () => {
    await using producer = createProgress();
    await using first = createProgress();
    await using second = createProgress();
    const album = producer.start("album", { total: 2 });
    const data = { carrier: album.carrier() };
    const broken = aWorker(async () => Promise.reject(new Error("broken")));
    trackWorker(broken.worker, { progress: first });
    await broken.worker.callProcessJob(Object.assign(broken.job, { data })).catch(() => {});
    await producer.forceFlush();
    expect(album.snapshot().counts).toMatchObject({ completed: 0, failed: 1 });
    const fine = aWorker(() => second.forceFlush());
    trackWorker(fine.worker, { progress: second });
    await fine.worker.callProcessJob(Object.assign(fine.job, { data, attemptsMade: 1 }));
    await producer.forceFlush();
    expect(album.snapshot()).toMatchObject({ current: 1, total: 2, counts: { completed: 1, failed: 0 } });
    expect(album.snapshot().levels).toMatchObject([{ id: "videos:7", status: "completed", attempt: 2 }]);
  });
});

describe("trackWorker", () => {
  it("refuses what is no worker", () => {
    for (const wrong of [undefined, null, {}, { name: "videos" }])
      expect(() => trackWorker(wrong as never)).toThrowError(
        expect.objectContaining({ code: "INVALID_OPTION" } satisfies Partial<ProgressError>),
      );
  });

  it("is undone by what it returns", async () => {
    const { progress } = createTestProgress();
    const { worker, run } = aWorker(async () => {});
    const inner = worker.callProcessJob;
    trackWorker(worker, { progress })();
    expect(worker.callProcessJob).toBe(inner);
    await run();
    expect(progress.live.list()).toEqual([]);
  });
});
