// The jobs of one worker as operations, in the process of the worker. Whatever a worker runs for a job, a function or a file in a
// sandbox, goes through its `callProcessJob`: that is wrapped on this one worker, so that the operation is around the job's own
// code and ends exactly with it. And what the job says goes through the `updateProgress` of the job's object: the worker's event
// `progress` comes when Redis has answered, which may be after the end.

import { expectedButReceived } from "../errors.js";
import type { Operation } from "../instrumentation/handles.js";
import { type JobLike, type JobOptions, Jobs } from "./job.js";

/** What is needed of a `Worker`, beside what is not in its types. */
export interface WorkerLike<J extends RunningJob = RunningJob> {
  readonly name: string;
  /** Older versions of BullMQ 5 cannot cancel: there the signal of the operation is the only one. */
  cancelJob?(jobId: string, reason?: string): boolean;
  /** Not called: its type says what the jobs are. */
  getNextJob(token: string): Promise<J | undefined>;
}
/** A `Job` in the hands of a worker. */
export interface RunningJob extends JobLike {
  updateProgress(progress: object): Promise<void>;
}
export type TrackWorkerOptions<J extends JobLike = JobLike> = JobOptions<J>;

type CallProcessJob<J> = (job: J, token: string, signal?: AbortSignal) => Promise<unknown>;
/** Where BullMQ's own subclasses and other instrumentations take hold, too. */
interface Processing<J> {
  callProcessJob: CallProcessJob<J>;
}

/** Errors by which a job says that it is not done with, but to come again: nobody's failure. */
const GIVEN_BACK: Readonly<Record<string, string>> = {
  DelayedError: "delayed",
  WaitingError: "waiting",
  WaitingChildrenError: "waiting for children",
};
const RATE_LIMITED = "bullmq:rateLimitExceeded";

/**
 * Each run of a job in this worker is an operation from now on: `job.updateProgress` is its progress, the processor's end is its
 * end, `progress.getActive()` works in the processor, and a cancel request, or the `timeout` of the operation, cancels the job.
 * Call it right after `new Worker(…)`. Returns what undoes it. Throws ProgressError INVALID_OPTION for what is no worker.
 */
export function trackWorker<J extends RunningJob>(
  worker: WorkerLike<J>,
  options: TrackWorkerOptions<J> = {},
): () => void {
  const processing = worker as unknown as Processing<J>;
  if (typeof processing?.callProcessJob !== "function")
    throw expectedButReceived("INVALID_OPTION", "worker", "a Worker of BullMQ 5 or 6", worker);
  const inner = processing.callProcessJob;
  const jobs = new Jobs(options);
  const tracking: CallProcessJob<J> = (job, token, signal) =>
    jobs.begin(job, (type, given) =>
      jobs.progress.operation(type, { ...given, signal }, (operation) =>
        run(worker, jobs, operation, job, () => inner.call(worker, job, token, signal)),
      ),
    );
  processing.callProcessJob = tracking;
  return () => {
    if (processing.callProcessJob === tracking) processing.callProcessJob = inner;
  };
}

async function run<J extends RunningJob>(
  worker: WorkerLike<J>,
  jobs: Jobs<J>,
  operation: Operation,
  job: J,
  work: () => Promise<unknown>,
): Promise<unknown> {
  const { signal } = operation;
  const cancel = () =>
    jobs.core.diagnostics.safely("callbacks_failed", "cancelling a job of BullMQ", () =>
      worker.cancelJob?.(String(job.id), (signal.reason as Error | undefined)?.message),
    );
  signal.addEventListener("abort", cancel, { once: true });
  const ignore = listen(job, (said) => jobs.report(operation, said));
  try {
    return await work().finally(() => {
      signal.removeEventListener("abort", cancel);
      ignore();
    });
  } catch (error) {
    explain(operation, signal, job, error);
    throw error;
  }
}

/** Hears what a job says, from when it says it, until it is told to ignore it. */
function listen(job: RunningJob, hear: (said: unknown) => void): () => void {
  const own = Object.getOwnPropertyDescriptor(job, "updateProgress");
  const inner = job.updateProgress;
  const value = (said: object): Promise<void> => {
    hear(said);
    return inner.call(job, said);
  };
  // Whoever copies the job, as JSON for one, does not see it.
  Object.defineProperty(job, "updateProgress", { value, configurable: true, writable: true, enumerable: false });
  return () => {
    if (own === undefined) Reflect.deleteProperty(job, "updateProgress");
    else Object.defineProperty(job, "updateProgress", own);
  };
}

/** How a run ended, where the error alone does not say it. */
function explain(operation: Operation, signal: AbortSignal, job: JobLike, error: unknown): void {
  const { name = "", message } = (error ?? {}) as Partial<Error>;
  const givenBack = message === RATE_LIMITED ? "rate limited" : GIVEN_BACK[name];
  if (givenBack !== undefined) return operation.cancel(givenBack);
  // By this, jobs that were cancelled say that they are not to be tried again.
  if (signal.aborted) return name === "UnrecoverableError" ? operation.cancel(message) : undefined;
  operation.fail(error, { details: { attempt: job.attemptsMade + 1, attempts: job.opts.attempts ?? 1 } });
}
