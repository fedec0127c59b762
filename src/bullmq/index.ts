// Jobs of BullMQ as operations, without a change in the code of the jobs: in the process of the worker, or from outside.

export { type FollowOptions, followQueue, type QueueEventsLike, type QueueLike } from "./follower.js";
export type { JobDescription, JobLike, JobOptions } from "./job.js";
export { type RunningJob, type TrackWorkerOptions, trackWorker, type WorkerLike } from "./worker.js";
