// A job of BullMQ as an operation: its type, id, attempt and attributes, and what belongs to it elsewhere. Used by both ways in,
// worker.ts and follower.ts. Nothing of bullmq is imported: what is needed of it is written down as structure.

import { type Core, coreOf } from "../instrumentation/core.js";
import { progress as defaultProgress } from "../instrumentation/default.js";
import type { Definition } from "../instrumentation/definition.js";
import type { OperationOptions, Reporter, Update } from "../instrumentation/handles.js";
import type { Progress } from "../instrumentation/progress.js";
import type { Attributes, Carrier } from "../model.js";
import * as semconv from "../semconv.js";
import { readJobProgress } from "./job-progress.js";

/** What is read of a `Job`. */
export interface JobLike {
  readonly id?: string | undefined;
  readonly name: string;
  readonly queueName: string;
  readonly data: unknown;
  readonly opts: { readonly attempts?: number | undefined; readonly delay?: number | undefined };
  /** Unix milliseconds: when it was added, when a worker took it, when it was done. */
  readonly timestamp: number;
  readonly processedOn?: number | undefined;
  readonly finishedOn?: number | undefined;
  readonly failedReason?: string | undefined;
  readonly attemptsMade: number;
  readonly stalledCounter?: number | undefined;
  readonly progress: unknown;
}

/** Goes before what is known of every job. */
export interface JobDescription extends Omit<OperationOptions, "signal"> {
  /** Few different values. @default names of queue and job, "videos.transcode"; the queue's alone if the job's is the same */
  readonly type?: string | Definition | undefined;
}

export interface JobOptions<J> {
  /** @default the default instance */
  readonly progress?: Progress | undefined;
  /** What BullMQ does not know of the operation: its name, total, unit, timeout. */
  readonly describe?: ((job: J) => JobDescription | undefined) | undefined;
  /**
   * What was given to `job.updateProgress`, as an update; `undefined`: only a sign of life. @default a number is a percentage, 0 to
   * 100; a text is a message; of an object the fields percentage (percent, progress), current (completed, processed), total and
   * message (text, step, stage, status)
   */
  readonly read?: ((progress: unknown) => Update | undefined) | undefined;
  /** The carrier of the producer's operation. @default `job.data.carrier`, if it is one */
  readonly carrier?: ((job: J) => Carrier | undefined) | undefined;
}

type Begin<T> = (type: string | Definition, options: OperationOptions) => T;

/** How jobs become operations. What the functions of the application throw is counted, and does no harm. */
export class Jobs<J extends JobLike> {
  readonly progress: Progress;
  readonly core: Core;
  readonly #options: JobOptions<J>;

  /** Throws TypeError for a `progress` that is none. */
  constructor(options: JobOptions<J>) {
    this.#options = options;
    this.progress = options.progress ?? defaultProgress;
    this.core = coreOf(this.progress);
  }

  /** Has the operation of a job begun, inside of the one whose carrier the job brings. */
  begin<T>(job: J, begin: Begin<T>): T {
    const { describe, carrier = carrierIn } = this.#options;
    const { type = typeOf(job), ...more } = this.#ask("describe", () => describe?.(job)) ?? {};
    const options = {
      id: idOf(job.queueName, job.id),
      attempt: attemptOf(job),
      ...more,
      attributes: { ...attributesOf(job), ...more.attributes },
    };
    const around = this.#ask("carrier", () => carrier(job));
    if (around === undefined) return begin(type, options);
    return this.progress.join(around, () => begin(type, options)) as T;
  }

  /** What a job said about itself. */
  report(operation: Reporter, said: unknown): void {
    const update = this.#ask("read", () => (this.#options.read ?? readJobProgress)(said));
    if (update === undefined) operation.heartbeat();
    else operation.update(update);
  }

  #ask<T>(option: string, fn: () => T): T | undefined {
    return this.core.diagnostics.safely("callbacks_failed", `${option} for BullMQ`, fn);
  }
}

/** A job is followed, found and cancelled by it in the whole fleet. */
export function idOf(queue: string, jobId: string | undefined): string {
  return `${queue}:${jobId}`;
}

/** From 1. Work that was given back, to wait for a time or for other jobs, goes on; what failed or stalled starts over. */
export function attemptOf({ attemptsMade, stalledCounter = 0, finishedOn }: JobLike): number {
  const over = attemptsMade + stalledCounter;
  // Of one that was asked for too late to be seen at work, the last attempt is among them.
  return finishedOn === undefined ? over + 1 : Math.max(1, over);
}

function typeOf({ queueName, name }: JobLike): string {
  return name === queueName || name === "__default__" ? queueName : `${queueName}.${name}`;
}

function attributesOf(job: JobLike): Attributes {
  const waited = job.processedOn === undefined ? undefined : waitSeconds(job, job.processedOn);
  return {
    [semconv.ATTR_MESSAGING_SYSTEM]: "bullmq",
    [semconv.ATTR_MESSAGING_OPERATION_NAME]: "process",
    [semconv.ATTR_MESSAGING_OPERATION_TYPE]: "process",
    [semconv.ATTR_MESSAGING_DESTINATION_NAME]: job.queueName,
    ...(job.id !== undefined && { [semconv.ATTR_MESSAGING_MESSAGE_ID]: job.id }),
    ...(waited !== undefined && { [semconv.ATTR_WAIT_TIME]: waited }),
  };
}

/** For a worker, from when it was due. Of later attempts it is not known since when they are. */
function waitSeconds(job: JobLike, processedOn: number): number | undefined {
  if (attemptOf(job) > 1) return undefined;
  return Math.max(0, processedOn - job.timestamp - (job.opts.delay ?? 0)) / 1_000;
}

/** A `carrier` of the application's own is most likely something else: who ships a parcel. */
function carrierIn({ data }: JobLike): Carrier | undefined {
  const carrier = (data as { carrier?: Carrier } | null | undefined)?.carrier;
  return typeof carrier === "object" && typeof carrier?.progress === "string" ? carrier : undefined;
}
