// The jobs of one queue as operations, seen from outside: by the events of the queue, in any one process, with the workers as they
// are. A job is one operation from its first run to its end; while no worker has it, it is paused.

import { expectedButReceived } from "../errors.js";
import { FollowedJob } from "./followed-job.js";
import { attemptOf, type JobLike, type JobOptions, Jobs } from "./job.js";

/** What is needed of a `Queue`. */
export interface QueueLike<J> {
  readonly name: string;
  getJob(jobId: string): Promise<J | undefined>;
  getActive(start?: number, end?: number): Promise<readonly J[]>;
  getJobState(jobId: string): Promise<string>;
}
/** What an event says, as far as it is needed. */
interface Said {
  readonly jobId: string;
  readonly data?: unknown;
  readonly failedReason?: string;
}
/** What is needed of `QueueEvents`. */
export interface QueueEventsLike {
  on(event: FollowedEvent, listener: (said: Said) => void): unknown;
  off(event: FollowedEvent, listener: (said: Said) => void): unknown;
}
export interface FollowOptions<J extends JobLike = JobLike> extends JobOptions<J> {
  /** Jobs followed at once, those that wait for another attempt included; further ones are counted. 1 to 100,000. @default 10000 */
  readonly limit?: number | undefined;
}

/** Why no worker has it, by event and state of the job alike. */
const WAITING = {
  delayed: "delayed",
  waiting: "waiting",
  "waiting-children": "waiting for children",
} as const;
const ENDS = ["completed", "failed", "removed"] as const;
type FollowedEvent = "active" | "progress" | keyof typeof WAITING | (typeof ENDS)[number];
const EVENTS: readonly FollowedEvent[] = [
  "active",
  "progress",
  "completed",
  "failed",
  "removed",
  "delayed",
  "waiting",
  "waiting-children",
];
/** Events may be lost: a queue keeps some 10,000. A job that was not heard of for so long is looked at. */
const SILENT_MILLIS = 30_000;
/** Jobs looked at in one go. */
const LOOKS = 500;

/**
 * Each job that a worker takes is an operation of this process from now on, as far as its events tell; jobs that are active already
 * are, too. The events must be of the same queue. A cancel request is shown, but BullMQ has no way to pass it on from here: for that
 * there is `trackWorker`. Returns what ends it. Throws ProgressError INVALID_OPTION.
 */
export function followQueue<J extends JobLike>(
  queue: QueueLike<J>,
  events: QueueEventsLike,
  options: FollowOptions<J> = {},
): () => void {
  const { limit = 10_000 } = options;
  if (typeof queue?.getJob !== "function" || typeof queue.getActive !== "function")
    throw expectedButReceived("INVALID_OPTION", "queue", "a Queue of BullMQ", queue);
  if (typeof events?.on !== "function" || typeof events.off !== "function")
    throw expectedButReceived("INVALID_OPTION", "events", "QueueEvents of BullMQ", events);
  if (!Number.isSafeInteger(limit) || limit < 1 || limit > 100_000)
    throw expectedButReceived("INVALID_OPTION", "limit", "a whole number from 1 to 100,000", limit);
  const follower = new Follower(queue, new Jobs(options), limit);
  const listeners = EVENTS.map((event) => [event, (said: Said) => follower.hear(event, said)] as const);
  for (const [event, listener] of listeners) events.on(event, listener);
  const stopLooking = follower.start();
  return () => {
    stopLooking();
    for (const [event, listener] of listeners) events.off(event, listener);
    follower.end();
  };
}

class Follower<J extends JobLike> {
  readonly #queue: QueueLike<J>;
  readonly #jobs: Jobs<J>;
  readonly #limit: number;
  /** The one not heard of for the longest time first. */
  readonly #followed = new Map<string, FollowedJob<J>>();
  #ended = false;

  constructor(queue: QueueLike<J>, jobs: Jobs<J>, limit: number) {
    this.#queue = queue;
    this.#jobs = jobs;
    this.#limit = limit;
  }

  start(): () => void {
    void this.#ask(() => this.#queue.getActive(0, this.#limit - 1)).then((active) => {
      for (const job of active ?? []) this.#found(job);
    });
    return this.#jobs.core.settings.clock.every(SILENT_MILLIS, () => this.#lookAtSilent());
  }

  end(): void {
    this.#ended = true;
    for (const followed of this.#followed.values()) followed.drop("no longer followed");
    this.#followed.clear();
  }

  hear(event: FollowedEvent, { jobId, data, failedReason }: Said): void {
    const followed = this.#followed.get(jobId);
    if (followed !== undefined) this.#heard(jobId, followed);
    if (event === "active") this.#active(jobId);
    // One that was active before it was followed, and not among the first that were found.
    else if (event === "progress") (followed ?? this.#active(jobId))?.progressed(data);
    else if (followed === undefined) return;
    else if (event in WAITING) followed.waits(WAITING[event as keyof typeof WAITING]);
    else this.#over(jobId, followed, event as (typeof ENDS)[number], failedReason);
  }

  #found(job: J): void {
    if (job?.id === undefined || this.#followed.has(job.id)) return;
    const followed = this.#active(job.id, async () => job);
    // That of an earlier attempt stays until the job says something new.
    if (job.progress !== 0 && attemptOf(job) === 1) followed?.progressed(job.progress);
  }

  #active(jobId: string, ask = () => this.#ask(() => this.#queue.getJob(jobId))): FollowedJob<J> | undefined {
    if (this.#ended) return undefined;
    const followed = this.#followed.get(jobId) ?? this.#follow(jobId);
    followed?.active(ask).catch((error) => this.#failed("internal_errors", error));
    return followed;
  }

  #follow(jobId: string): FollowedJob<J> | undefined {
    const { diagnostics } = this.#jobs.core;
    if (this.#followed.size >= this.#limit) {
      diagnostics.count("operations_refused");
      diagnostics.warnOnce("bullmq", `${this.#limit} jobs of BullMQ are followed; further ones are not`);
      return undefined;
    }
    const followed = new FollowedJob(this.#jobs, this.#queue.name, jobId);
    this.#heard(jobId, followed);
    return followed;
  }

  #heard(jobId: string, followed: FollowedJob<J>): void {
    followed.heardMillis = this.#jobs.core.settings.clock.monotonicMillis();
    this.#followed.delete(jobId);
    this.#followed.set(jobId, followed);
  }

  #over(jobId: string, followed: FollowedJob<J>, how: (typeof ENDS)[number], reason: string | undefined): void {
    this.#followed.delete(jobId);
    followed.over((operation) => {
      if (how === "completed") operation.complete();
      else if (how === "failed") operation.fail(new Error(reason));
      else operation.cancel(reason ?? "removed");
    });
  }

  #lookAtSilent(): void {
    const since = this.#jobs.core.settings.clock.monotonicMillis() - SILENT_MILLIS;
    const silent = [...this.#followed].slice(0, LOOKS).filter(([, { heardMillis }]) => heardMillis <= since);
    for (const [jobId, followed] of silent) {
      this.#heard(jobId, followed);
      if (!followed.isKnown) this.#active(jobId);
      else void this.#ask(() => this.#queue.getJobState(jobId)).then((state) => this.#stands(jobId, followed, state));
    }
  }

  /** What was missed, if anything was. */
  async #stands(jobId: string, followed: FollowedJob<J>, state: string | undefined): Promise<void> {
    const { failedReason } = (state === "failed" && (await this.#ask(() => this.#queue.getJob(jobId)))) || {};
    // Heard of meanwhile: that is newer.
    if (state === undefined || this.#followed.get(jobId) !== followed) return;
    if (state === "completed" || state === "failed") this.#over(jobId, followed, state, failedReason);
    else if (state === "unknown") this.#over(jobId, followed, "removed", "the queue no longer has it");
    else if (state in WAITING) followed.waits(WAITING[state as keyof typeof WAITING]);
  }

  /** `undefined` when there is no answer. */
  async #ask<T>(question: () => Promise<T>): Promise<T | undefined> {
    try {
      return await question();
    } catch (error) {
      this.#failed("callbacks_failed", error);
      return undefined;
    }
  }

  #failed(loss: "callbacks_failed" | "internal_errors", error: unknown): void {
    this.#jobs.core.diagnostics.failed(loss, "following a BullMQ queue", error);
  }
}
