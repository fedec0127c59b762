// The handle of work that is not tracked: switched off, over a limit, under an id that is taken. It runs the work, has an
// id and a usable signal, and does nothing else.

import { inspect } from "node:util";
import { context, trace } from "@opentelemetry/api";
import type { Attributes, Carrier, Json, LevelSnapshot, Snapshot } from "../model.js";
import type { Core } from "./core.js";
import { traceCarrier } from "./crossing/carrier.js";
import type { Level, LevelOptions, Operation, Outcome, PendingLevel, Scoped, TrackOptions } from "./handles.js";
import { isAsync, settleWith } from "./settling.js";
import { trackStream } from "./track-stream.js";

const NOTHING = { returned: () => {}, threw: () => {} };

/** Whatever may have a signal: options of a call, or a handle around it. */
type Around = { readonly signal?: AbortSignal | undefined } | undefined;

export class NoopHandle implements Operation, Level {
  readonly core: Core;
  readonly type: string;
  readonly id: string;
  readonly operationId: string;
  readonly #around: readonly Around[];
  #controller: AbortController | undefined;
  #signal: AbortSignal | undefined;

  /** Its signal is aborted with those `around`: untracked work must stop when tracked work would. */
  constructor(core: Core, type: string, id: string, operationId: string = id, around: readonly Around[] = []) {
    this.core = core;
    this.type = type;
    this.id = id;
    this.operationId = operationId;
    this.#around = around;
  }

  /** Runs the work as if it were tracked. */
  run(fn: (handle: never) => unknown): unknown {
    return settleWith(NOTHING, () => this.core.scopes.runUntracked(() => fn(this as never)));
  }

  get signal(): AbortSignal {
    if (this.#signal !== undefined) return this.#signal;
    this.#controller ??= new AbortController();
    const around = this.#around.map((other) => other?.signal).filter((signal) => signal !== undefined);
    this.#signal = AbortSignal.any([this.#controller.signal, ...around]);
    return this.#signal;
  }
  requestCancel(reason?: string): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  increment(): void {}
  update(): void {}
  setTotal(): void {}
  message(): void {}
  itemFailed(): void {}
  itemSkipped(): void {}
  event(): void {}
  heartbeat(): void {}
  setAttributes(_attributes: Attributes): void {}
  complete(_summary?: Json): void {}
  fail(): void {}
  cancel(): void {}
  skip(): void {}
  pause(): void {}
  resume(): void {}
  newAttempt(): void {}
  attempts<A extends readonly unknown[], R>(fn: (...given: A) => R): (...given: A) => R {
    return fn;
  }
  enterStage(): void {}
  [Symbol.dispose](): void {}

  level<T = never, R = never>(
    type: string,
    ...rest: [Scoped<Level, T, R>] | [LevelOptions, Scoped<Level, T, R>]
  ): Outcome<T, R> {
    const [options, fn] = rest.length === 1 ? [undefined, rest[0]] : rest;
    return this.#below(type, options).run(fn) as Outcome<T, R>;
  }
  stage<T = never, R = never>(
    name: string,
    ...rest: [Scoped<Level, T, R>] | [LevelOptions, Scoped<Level, T, R>]
  ): Outcome<T, R> {
    return this.level(name, ...rest);
  }
  startLevel(type: string, options?: LevelOptions): Level {
    return this.#below(type, options);
  }
  declare(type: string, options?: LevelOptions): PendingLevel {
    const level = this.#below(type, options);
    return {
      id: level.id,
      start: () => level,
      run: ((fn: (handle: never) => unknown) => level.run(fn)) as PendingLevel["run"],
      skip: () => {},
    };
  }
  #below(type: string, options: LevelOptions | undefined): NoopHandle {
    return new NoopHandle(this.core, type, options?.id || type, this.operationId, [this]);
  }
  getLevel(): undefined {
    return undefined;
  }
  track<T>(items: Iterable<T> & object): IterableIterator<T>;
  track<T>(items: AsyncIterable<T>): AsyncIterableIterator<T>;
  track<T>(items: Iterable<T> | AsyncIterable<T>): IterableIterator<T> | AsyncIterableIterator<T> {
    return isAsync(items) ? passAsync(items) : pass(items);
  }
  trackStream(_options: TrackOptions = {}): NodeJS.ReadWriteStream {
    return trackStream(this, {});
  }
  carrier(): Carrier {
    return traceCarrier(trace.getSpanContext(context.active()));
  }

  snapshot(): Snapshot & LevelSnapshot {
    const { instance, settings } = this.core;
    return Object.freeze({
      id: this.id,
      type: this.type,
      name: this.type,
      status: "running",
      updatedAt: new Date(settings.clock.epochMillis()).toISOString(),
      elapsedSeconds: 0,
      attempt: 1,
      attributes: Object.freeze({}),
      levels: Object.freeze([]),
      operationId: this.operationId,
      instance,
    }) as Snapshot & LevelSnapshot;
  }
  toJSON(): unknown {
    return this.snapshot();
  }
}

/** What `console.log` shows: the work, not what it is made of. */
Object.defineProperty(NoopHandle.prototype, inspect.custom, { value: NoopHandle.prototype.toJSON });

function* pass<T>(items: Iterable<T>): IterableIterator<T> {
  yield* items;
}
async function* passAsync<T>(items: AsyncIterable<T>): AsyncIterableIterator<T> {
  yield* items;
}
