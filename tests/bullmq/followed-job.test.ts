import { describe, expect, it } from "vitest";
import { FollowedJob } from "../../src/bullmq/followed-job.js";
import { type JobLike, Jobs } from "../../src/bullmq/job.js";
import { createTestProgress } from "../../src/testing.js";
import { aJob } from "./jobs.js";

/** A job, and answers about it that come when they are given. */
function followed() {
  const { progress } = createTestProgress();
  const job = new FollowedJob(new Jobs({ progress }), "videos", "7");
  const active = () => {
    let answer: (job: JobLike | undefined) => void = () => {};
    const done = job.active(() => new Promise((resolve) => (answer = resolve)));
    return (more?: Partial<JobLike>) => {
      answer(more && aJob(more));
      return done;
    };
  };
  return { progress, job, active, now: () => progress.live.get("videos:7") };
}

describe("a followed job", () => {
  it("begins when it is known, with the last of what it said until then", async () => {
    const { job, active, now } = followed();
    const answer = active();
    job.progressed(10);
    job.progressed(20);
    expect(job.isKnown).toBe(true);
    expect(now()).toBeUndefined();
    await answer({});
    expect(now()).toMatchObject({ status: "running", percentage: 20 });
  });

  it("may have ended before it is known", async () => {
    const { job, active, now } = followed();
    const answer = active();
    job.over((operation) => operation.complete());
    await answer({ name: "song" });
    expect(now()).toMatchObject({ type: "videos.song", status: "completed" });
  });

  it("may be gone by then: that it was there is told", async () => {
    const { job, active, now } = followed();
    const answer = active();
    job.over((operation) => operation.fail(new Error("broken")));
    await answer(undefined);
    expect(now()).toMatchObject({ type: "videos", status: "failed", error: { message: "broken" } });
  });

  it("of which nothing could be learned does not begin", async () => {
    const { job, active, now } = followed();
    await active()(undefined);
    expect(job.isKnown).toBe(false);
    expect(now()).toBeUndefined();
  });

  it("what it says before its attempt is known counts in that attempt", async () => {
    const { job, active, now } = followed();
    await active()({});
    job.progressed(80);
    job.waits("delayed");
    expect(now()).toMatchObject({ status: "paused", reason: "delayed", percentage: 80 });
    const answer = active();
    job.progressed(10);
    expect(now()).toMatchObject({ status: "paused", percentage: 80 });
    await answer({ attemptsMade: 1, failedReason: "broken" });
    expect(now()).toMatchObject({ status: "running", attempt: 2, percentage: 10 });
  });

  it("that waits again before it is known begins paused", async () => {
    const { job, active, now } = followed();
    const answer = active();
    job.waits("waiting for children");
    job.waits("waiting");
    await answer({});
    expect(now()).toMatchObject({ status: "paused", reason: "waiting" });
  });

  it("that ends while it waits has ended", async () => {
    const { job, active, now } = followed();
    await active()({});
    job.waits("delayed");
    job.over((operation) => operation.cancel("removed"));
    expect(now()).toMatchObject({ status: "cancelled", reason: "removed" });
  });

  it("that is dropped is cancelled, and does not begin any more", async () => {
    const one = followed();
    await one.active()({});
    one.job.drop("no longer followed");
    one.job.progressed(10);
    expect(one.now()).toMatchObject({ status: "cancelled", reason: "no longer followed" });
    const other = followed();
    const answer = other.active();
    other.job.drop("no longer followed");
    await answer({});
    expect(other.now()).toBeUndefined();
  });
});
