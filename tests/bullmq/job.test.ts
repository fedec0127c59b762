import { describe, expect, it } from "vitest";
import { attemptOf, type JobLike, type JobOptions, Jobs } from "../../src/bullmq/job.js";
import type { OperationOptions } from "../../src/index.js";
import { createTestProgress } from "../../src/testing.js";
import { aJob } from "./jobs.js";

/** What an operation of the job would begin with. */
function begun(job: JobLike, options: JobOptions<JobLike> = {}): { type: unknown } & OperationOptions {
  const { progress } = createTestProgress();
  return new Jobs({ progress, ...options }).begin(job, (type, given) => ({ type, ...given }));
}

describe("the operation of a job", () => {
  it("is found by queue and id, and named after queue and job", () => {
    expect(begun(aJob())).toMatchObject({ id: "videos:7", type: "videos.transcode", attempt: 1 });
  });

  it.each(["videos", "__default__"])("has the queue's name alone when the job's is %s", (name) => {
    expect(begun(aJob({ name })).type).toBe("videos");
  });

  it("says by OpenTelemetry's names where it comes from, and how long it waited from when it was due", () => {
    const { attributes } = begun(aJob({ processedOn: 4_500, opts: { delay: 2_000 } }));
    expect(attributes).toEqual({
      "messaging.system": "bullmq",
      "messaging.operation.name": "process",
      "messaging.operation.type": "process",
      "messaging.destination.name": "videos",
      "messaging.message.id": "7",
      "progress.wait_time": 1.5,
    });
  });

  it("says nothing of waiting where that is not known", () => {
    for (const job of [aJob(), aJob({ processedOn: 4_500, attemptsMade: 1 })])
      expect(begun(job).attributes).not.toHaveProperty("progress.wait_time");
    expect(begun(aJob({ processedOn: 500 })).attributes).toMatchObject({ "progress.wait_time": 0 });
  });

  it("what the application says of it goes first", () => {
    const describe = (job: JobLike) => ({ type: "video", id: `v${job.id}`, total: 9, attributes: { codec: "av1" } });
    const { type, id, total, attributes } = begun(aJob(), { describe });
    expect([type, id, total]).toEqual(["video", "v7", 9]);
    expect(attributes).toMatchObject({ codec: "av1", "messaging.system": "bullmq" });
  });

  it("begins as it would have when a function of the application throws, which is counted", () => {
    const { progress } = createTestProgress();
    const broken = () => {
      throw new Error("broken");
    };
    const jobs = new Jobs({ progress, describe: broken, carrier: broken, read: broken });
    const op = jobs.begin(aJob(), (type, options) => progress.start(type, options));
    jobs.report(op, 50);
    expect(op.snapshot()).toMatchObject({ type: "videos.transcode", status: "running" });
    expect(op.snapshot().percentage).toBeUndefined();
    expect(progress.live.stats().losses).toEqual({ callbacks_failed: 3 });
  });
});

describe("attempts", () => {
  it.each([
    [{}, 1],
    [{ attemptsMade: 2 }, 3],
    [{ stalledCounter: 1 }, 2],
    [{ attemptsMade: 1, stalledCounter: 1 }, 3],
    // Asked for when it was over already: the attempt that ended counts as made.
    [{ attemptsMade: 1, finishedOn: 5 }, 1],
    [{ attemptsMade: 2, stalledCounter: 1, finishedOn: 5 }, 3],
    [{ finishedOn: 5 }, 1],
  ])("of a job with %j is number %i", (more, attempt) => {
    expect(attemptOf(aJob(more))).toBe(attempt);
  });
});

describe("a job with a carrier", () => {
  it("is a part of the operation that the carrier is of", () => {
    const { progress } = createTestProgress();
    const album = progress.start("album");
    const jobs = new Jobs({ progress });
    const start = (data: unknown) => jobs.begin(aJob({ data }), (type, options) => progress.start(type, options));
    expect(start({ carrier: album.carrier() }).snapshot().parentId).toBe(album.id);
  });

  it("may have it wherever its producer puts it", () => {
    const { progress } = createTestProgress();
    const album = progress.start("album");
    const jobs = new Jobs({ progress, carrier: (job: JobLike) => (job.data as { meta: never }).meta });
    const job = aJob({ data: { meta: album.carrier() } });
    expect(jobs.begin(job, (type, options) => progress.start(type, options)).snapshot().parentId).toBe(album.id);
  });

  it.each([{ carrier: "UPS" }, { carrier: { name: "UPS" } }, { carrier: null }, null, "text"])(
    "that is something else, as in %j, begins alone, and nothing is counted as lost",
    (data) => {
      const { progress } = createTestProgress();
      const jobs = new Jobs({ progress });
      const op = jobs.begin(aJob({ data }), (type, options) => progress.start(type, options));
      expect(op.snapshot().parentId).toBeUndefined();
      expect(progress.live.stats().losses).toEqual({});
    },
  );
});
