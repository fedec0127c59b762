// The jobs of one worker as operations, in the process of the worker. What a worker runs for a job, a function or a file in a
// sandbox, goes through its `callProcessJob`: that is wrapped on this one worker, so that the operation is around the job's own
// code, and ends exactly with it. What jobs report comes by the worker's event `progress`.

import { expectedButReceived } from "../errors.js";
import type { Operation } from "../instrumentation/handles.js";
import { type JobLike, type JobOptions, Jobs } from "./job.js";

/** What is needed of a `Worker`, beside what is not in its types. */
export interface WorkerLike<J> {
  readonly name: string;
  on(event: "progress", listener: (job: JobLike, progress: unknown) => void): unknown;
  off(event: "progress", listener: (job: JobLike, progress: unknown) => void): unknown;
  cancelJob?(jobId: string, reason?: string): boolean;
  /** Not called: its type says what the jobs are. */
  getNextJob(token: string): Promise<J | undefined>;
}
export type TrackWorkerOptions<J extends JobLike = JobLike> = JobOptions<J>;

type CallProcessJob<J> = (job: J, token: string, signal?: AbortSignal) => Promise<unknown>;
/** Where BullMQ's own subclasses and instrumentations take hold, too. */
interface Processing<J> {
  callProcessJob: CallProcessJob<J>;
}

/** Errors by which a job says that it is not done with, but to come again: nobody's failure. */
const GIVEN_BACK: Readonly<Record<string, string>> = {
  DelayedError: "delayed",
  WaitingError: "back to waiting",
  WaitingChildrenError: "waiting for children",
};
const RATE_LIMITED = "bullmq:rateLimitExceeded";

/**
 * Each run of a job in this worker is an operation from now on: `job.updateProgress` is its progress, the processor's end is its
 * end, `progress.getActive()` works in the processor, and a cancel request, or the `timeout` of the operation, cancels the job.
 * Call it right after `new Worker(…)`. Returns what undoes it. Throws ProgressError INVALID_OPTION for what is no worker.
 */
export function trackWorker<J extends JobLike>(worker: WorkerLike<J>, options: TrackWorkerOptions<J> = {}): () => void {
  const processing = worker as unknown as Processing<J>;
  if (typeof processing?.callProcessJob !== "function" || typeof worker.on !== "function")
    throw expectedButReceived("INVALID_OPTION", "worker", "a Worker of BullMQ 5 or 6", worker);
  const inner = processing.callProcessJob;
  const tracked = new TrackedWorker(worker, options);
  const tracking: CallProcessJob<J> = (job, token, signal) =>
    tracked.run(job, signal, () => inner.call(worker, job, token, signal));
  const onProgress = (job: JobLike, said: unknown) => tracked.progressed(job, said);
  processing.callProcessJob = tracking;
  worker.on("progress", onProgress);
  return () => {
    if (processing.callProcessJob === tracking) processing.callProcessJob = inner;
    worker.off("progress", onProgress);
  };
}

class TrackedWorker<J extends JobLike> {
  readonly #worker: WorkerLike<J>;
  readonly #jobs: Jobs<J>;
  /** By the job, which is one object per run: two runs of a stalled one do not disturb each other. */
  readonly #running = new WeakMap<JobLike, Operation>();

  constructor(worker: WorkerLike<J>, options: TrackWorkerOptions<J>) {
    this.#worker = worker;
    this.#jobs = new Jobs(options);
  }

  run(job: J, signal: AbortSignal | undefined, call: () => Promise<unknown>): Promise<unknown> {
    return this.#jobs.begin(job, (type, options) =>
      this.#jobs.progress.operation(type, { ...options, signal }, (operation) => this.#work(operation, job, call)),
    );
  }

  progressed(job: JobLike, said: unknown): void {
    const operation = this.#running.get(job);
    if (operation !== undefined) this.#jobs.report(operation, said);
  }

  async #work(operation: Operation, job: J, call: () => Promise<unknown>): Promise<unknown> {
    const { signal } = operation;
    const cancel = () => this.#worker.cancelJob?.(String(job.id), (signal.reason as Error | undefined)?.message);
    signal.addEventListener("abort", cancel, { once: true });
    this.#running.set(job, operation);
    try {
      return await call().finally(() => {
        signal.removeEventListener("abort", cancel);
        this.#running.delete(job);
      });
    } catch (error) {
      explain(operation, signal, job, error);
      throw error;
    }
  }
}

/** How a run ended, where it is not said by the error alone. */
function explain(operation: Operation, signal: AbortSignal, job: JobLike, error: unknown): void {
  const { name = "", message } = (error ?? {}) as Partial<Error>;
  const givenBack = message === RATE_LIMITED ? "rate limited" : GIVEN_BACK[name];
  if (givenBack !== undefined) return operation.cancel(givenBack);
  // By this, jobs that were cancelled say that they are not to be tried again.
  if (signal.aborted) return name === "UnrecoverableError" ? operation.cancel(message) : undefined;
  operation.fail(error, { details: { attempt: job.attemptsMade + 1, attempts: job.opts.attempts ?? 1 } });
}
