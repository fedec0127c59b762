// One job as its follower sees it: what its events say is kept here, and its operation brought in line with that as soon as the
// job itself is known. Written by follower.ts: events in their order, answers about the job between them.

import type { Operation } from "../instrumentation/handles.js";
import { attemptOf, idOf, type JobLike, type Jobs } from "./job.js";

type End = (operation: Operation) => void;

export class FollowedJob<J extends JobLike> {
  readonly #jobs: Jobs<J>;
  readonly #queue: string;
  readonly #id: string;
  /** When it was last heard of. */
  heardMillis = 0;
  #operation: Operation | undefined;
  #attempt = 1;
  #asking = 0;
  /** Said by the job, and not yet passed on. */
  #progress: { readonly said: unknown } | undefined;
  /** What it waits for, when no worker has it. */
  #waiting: string | undefined;
  #paused = false;
  #end: End | undefined;
  #dropped = false;

  constructor(jobs: Jobs<J>, queue: string, id: string) {
    this.#jobs = jobs;
    this.#queue = queue;
    this.#id = id;
  }

  /** What it is, is known or will be soon. */
  get isKnown(): boolean {
    return this.#operation !== undefined || this.#asking > 0;
  }

  /** A worker has taken it, maybe again: which attempt that is, only the job itself says. */
  async active(ask: () => Promise<J | undefined>): Promise<void> {
    this.#waiting = undefined;
    this.#asking++;
    const job = await ask();
    this.#asking--;
    if (this.#dropped) return;
    if (job !== undefined) this.#learn(job);
    this.#settle();
  }

  progressed(said: unknown): void {
    this.#progress = { said };
    this.#settle();
  }

  waits(reason: string): void {
    this.#waiting = reason;
    this.#settle();
  }

  over(end: End): void {
    this.#waiting = undefined;
    this.#end ??= end;
    this.#settle();
  }

  /** It is not followed any more: how it goes on is not known. */
  drop(reason: string): void {
    this.#dropped = true;
    this.#operation?.cancel(reason);
  }

  #learn(job: J): void {
    const attempt = attemptOf(job);
    if (this.#operation === undefined) {
      this.#operation = this.#jobs.begin(job, (type, options) => this.#jobs.progress.start(type, options));
      this.#attempt = attempt;
    } else if (attempt > this.#attempt) {
      this.#attempt = attempt;
      this.#operation.newAttempt(job.failedReason || "stalled");
    }
  }

  /** Passes on what is known; nothing while an answer is awaited, so that it counts in the attempt it belongs to. */
  #settle(): void {
    if (this.#asking > 0 || this.#dropped) return;
    // It was over, and gone from the queue, before it could be asked for.
    if (this.#end !== undefined) this.#operation ??= this.#unknown();
    const operation = this.#operation;
    if (operation === undefined) return;
    if (this.#paused && this.#waiting === undefined) operation.resume();
    if (this.#progress !== undefined) this.#jobs.report(operation, this.#progress.said);
    this.#progress = undefined;
    if (!this.#paused && this.#waiting !== undefined) operation.pause(this.#waiting);
    this.#paused = this.#waiting !== undefined;
    this.#end?.(operation);
  }

  #unknown(): Operation {
    return this.#jobs.progress.start(this.#queue, { id: idOf(this.#queue, this.#id) });
  }
}
