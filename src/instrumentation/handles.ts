// What a user holds while work runs. Each wider handle can do more: report, nest, end. Types only.

import type { Attributes, Carrier, Duration, Json, LevelSnapshot, Snapshot, TotalKind } from "../model.js";

type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;
/** Makes the result of a generator function unusable: it would be "finished" before its first item. Use `track`. */
interface NotIterable {
  readonly [Symbol.iterator]: never;
  readonly [Symbol.asyncIterator]: never;
}
/** A scoped function. T is inferred from a thenable result, R from any other; both default to never. */
export type Scoped<H, T, R> = (handle: H) => PromiseLike<T> | R;
/** What a scoped call gives back: sync stays sync; any thenable becomes one real Promise, subscribed to exactly once. */
export type Outcome<T, R> = [T] extends [never]
  ? R extends AnyGenerator
    ? R & NotIterable
    : R
  : Promise<T> | Exclude<R, PromiseLike<unknown>>;

/** What one operation may do at most. */
export interface Limits {
  /** Longest time without progress before it counts as stalled; paused time is left out. @default "auto" */
  readonly stallTimeout?: Duration | "auto" | undefined;
  /** Longest working time; then it fails with code TIMEOUT and its signal aborts. @default none */
  readonly timeout?: Duration | undefined;
  /** Longest time without progress or heartbeat before it fails with code ABANDONED. @default none */
  readonly abandonAfter?: Duration | undefined;
}

/** For opaque work: its percentage is guessed from how long it is expected to take, and marked as `estimated`. */
export interface SimulateOptions {
  /** Working time it usually takes, more than 0. The guess passes 80 % shortly before it and never reaches the end. */
  readonly expected: Duration;
}
export interface LevelOptions {
  /** Unique among the levels of its operation. @default a number */
  readonly id?: string | undefined;
  /** Display name. @default its type */
  readonly name?: string | undefined;
  readonly description?: string | undefined;
  /** Items expected; absent when unknown. */
  readonly total?: number | undefined;
  /** @default "exact" */
  readonly totalKind?: TotalKind | undefined;
  /** What is counted: "row", "file", or a UCUM unit such as "By" for bytes. */
  readonly unit?: string | undefined;
  /** Share of the parent, relative to the weights of the other parts. @default from the definition, earlier runs, totals, or 1 */
  readonly weight?: number | undefined;
  /** At most 64; further ones are dropped and counted. */
  readonly attributes?: Attributes | undefined;
  readonly stallTimeout?: Duration | "auto" | undefined;
  /** Until the work itself says how far it is. @default none: what is unknown is not shown */
  readonly simulate?: SimulateOptions | undefined;
}
export interface OperationOptions extends LevelOptions, Limits {
  /** Aborting it requests cancellation. The function is called even if it is already aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Of work that a queue retries by calling anew, from 1. @default 1 */
  readonly attempt?: number | undefined;
  /** Start a new trace (linked) and do not count in the surrounding operation. @default false */
  readonly detached?: boolean | undefined;
}
export interface EnterOptions {
  /** 0 to 100 of this stage. */
  readonly percentage?: number | undefined;
  /** Of the operation. */
  readonly message?: string | undefined;
  readonly simulate?: SimulateOptions | undefined;
}
export interface TrackOptions {
  readonly total?: number | undefined;
  readonly unit?: string | undefined;
}
export interface FailOptions {
  /** For programs: "TIMEOUT", "E_QUOTA". @default the error's own `code`, if it is a string */
  readonly code?: string | undefined;
  /** Anything JSON, at most 16 KiB as text. */
  readonly details?: Json | undefined;
}

interface UpdateBase {
  /** Another display name. */
  readonly name?: string | undefined;
  readonly message?: string | undefined;
  /** Merged into those set before. */
  readonly attributes?: Attributes | undefined;
}
interface UpdateTotal {
  readonly total?: number | undefined;
  readonly totalKind?: TotalKind | undefined;
}
/** At most one way of saying how far: `current`, `increment` or `percentage`. */
export type Update = UpdateBase &
  (
    | (UpdateTotal & {
        readonly current?: number | undefined;
        readonly increment?: never;
        readonly percentage?: never;
      })
    | (UpdateTotal & { readonly increment: number; readonly current?: never; readonly percentage?: never })
    | {
        /** 0 to 100, known by the work itself. */
        readonly percentage: number;
        /** Remaining seconds, known by the work itself. */
        readonly etaSeconds?: number | undefined;
        readonly current?: never;
        readonly increment?: never;
        readonly total?: never;
        readonly totalKind?: never;
      }
  );

/** What deep code may do to whatever surrounds it. Method syntax on purpose: a Level<"frame"> is a Reporter. */
export interface Reporter {
  /** `n` more items are done. Nanoseconds. Must be called on the handle: `items.forEach(op.increment)` does not work. */
  increment(n?: number): void;
  update(update: Update): void;
  /** `undefined` makes the total unknown again. */
  setTotal(total: number | undefined, kind?: TotalKind): void;
  /** At most 1,024 characters; longer ones are clipped and counted. One that is missing takes the last away. */
  message(text: string): void;
  /** `n` items were tried and failed: they count as settled, not in the rate. */
  itemFailed(error?: unknown, n?: number): void;
  /** `n` items needed no work (cached, resumed): they count as settled, not in the rate. */
  itemSkipped(n?: number): void;
  /** An event of your own on the span. At most 32 per span. */
  event(name: string, attributes?: Attributes): void;
  /** Alive, not further: keeps abandonment away, not a stall. */
  heartbeat(): void;
}

/** … and nest. What `getActive()` gives: it can never end somebody else's work. */
export interface Scope<K extends string = string> extends Reporter {
  readonly id: string;
  readonly operationId: string;
  readonly type: string;
  /** Aborted by a cancel request, a failure, a timeout; never by completion. Created on first read. */
  readonly signal: AbortSignal;
  /** Runs `fn` as a level: ends with it, fails when it throws (the error is rethrown unchanged). */
  level<T = never, R = never>(kind: K, fn: Scoped<Level<K>, T, R>): Outcome<T, R>;
  level<T = never, R = never>(kind: K, options: LevelOptions, fn: Scoped<Level<K>, T, R>): Outcome<T, R>;
  /** Starts a level that you end. With the id of a declared one that has not begun, starts that; options go before its own. */
  startLevel(kind: K, options?: LevelOptions): Level<K>;
  /** Announces a level: pending, with its share of the percentage reserved. */
  declare(kind: K, options?: LevelOptions): PendingLevel<K>;
  getLevel(id: string): Level<K> | undefined;
  /** Counts on this handle: sets its total from length or size if it has none; an item is done when the next one is asked for. */
  track<T>(items: Iterable<T> & object, options?: TrackOptions): IterableIterator<T>;
  track<T>(items: AsyncIterable<T>, options?: TrackOptions): AsyncIterableIterator<T>;
  /** Passes chunks through unchanged and counts their bytes, or the objects of a stream in object mode. */
  trackStream(options?: TrackOptions): NodeJS.ReadWriteStream;
  /** For `progress.join` in another thread, process or machine: what is done there counts here. */
  carrier(): Carrier;
}
export interface PendingLevel<K extends string = string> {
  readonly id: string;
  start(): Level<K>;
  run<T = never, R = never>(fn: Scoped<Level<K>, T, R>): Outcome<T, R>;
  skip(reason?: string): void;
}

/** … and end. Outside a scoped function only the first end counts; inside one `complete` only records the summary. */
export interface Ended {
  /** `summary`: anything JSON, at most 16 KiB as text. */
  complete(summary?: Json): void;
  /**
   * For retry libraries: a function like `fn`, each further call of which is a new attempt, its reason the error of the one
   * before. `await pRetry(op.attempts(() => upload(file)))`.
   */
  attempts<A extends readonly unknown[], R>(fn: (...given: A) => R): (...given: A) => R;
  fail(error: unknown, options?: FailOptions): void;
  cancel(reason?: string): void;
}
export interface Level<K extends string = string> extends Scope<K>, Ended, Disposable {
  skip(reason?: string): void;
  pause(reason?: string): void;
  resume(): void;
  /** The work starts over: counts and percentage begin anew, `attempt` goes up. */
  newAttempt(reason?: string): void;
  snapshot(): LevelSnapshot;
}
export interface Operation<S extends string = string, K extends string = string> extends Scope<K>, Ended, Disposable {
  pause(reason?: string): void;
  resume(): void;
  newAttempt(reason?: string): void;
  stage<T = never, R = never>(name: S, fn: Scoped<Level<K>, T, R>): Outcome<T, R>;
  stage<T = never, R = never>(
    name: S,
    options: Pick<LevelOptions, "total" | "totalKind" | "unit" | "attributes" | "stallTimeout" | "simulate">,
    fn: Scoped<Level<K>, T, R>,
  ): Outcome<T, R>;
  /**
   * Ends the stage before as completed, passes over those between, starts this one. Going back gives up the stage it was in.
   */
  enterStage(name: S, options?: EnterOptions): void;
  setAttributes(attributes: Attributes): void;
  /** Ask, do not force: aborts `signal`, shows `cancelRequested`; the work decides how it ends. */
  requestCancel(reason?: string): void;
  snapshot(): Snapshot<S>;
}
