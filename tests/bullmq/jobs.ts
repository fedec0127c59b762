// Jobs as BullMQ hands them out, for tests without a Redis.

import type { JobLike } from "../../src/bullmq/index.js";

export function aJob(more: Partial<JobLike> = {}): JobLike {
  return {
    id: "7",
    name: "transcode",
    queueName: "videos",
    data: {},
    opts: {},
    timestamp: 1_000,
    attemptsMade: 0,
    progress: 0,
    ...more,
  };
}
