// The one class behind Operation and Level: the entry of the live state with the verbs users call on it. One class, so
// that `increment` stays monomorphic; what each verb does is in the file named after it.

import { inspect } from "node:util";
import type { Span } from "@opentelemetry/api";
import { expectedButReceived } from "../errors.js";
import type { Attributes, Carrier, Json, LevelSnapshot, Snapshot, TotalKind } from "../model.js";
import { Entry } from "../state/entry.js";
import type { Kind } from "../state/kind.js";
import { snapshotLevel, snapshotOperation } from "../state/snapshot.js";
import { countAttempts } from "./attempts.js";
import { requestCancel, signalOf } from "./cancellation.js";
import type { Core } from "./core.js";
import type {
  EnterOptions,
  FailOptions,
  Level,
  LevelOptions,
  Operation,
  Outcome,
  PendingLevel,
  Scoped,
  TrackOptions,
  Update,
} from "./handles.js";
import { declareLevel, findLevel, startLevel } from "./levels.js";
import * as lifecycle from "./lifecycle.js";
import { runScoped, type ScopedArguments, scopedArguments } from "./scoped.js";
import { enterStage, runStage } from "./stages.js";
import { type Countable, trackItems } from "./track.js";
import { trackStream } from "./track-stream.js";
import * as updates from "./updates.js";

type AnyScoped = Scoped<Level, unknown, unknown>;

export class Handle extends Entry implements Operation, Level {
  readonly core: Core;
  span: Span | undefined = undefined;
  /** Inside a scoped function: its settling is the end, `complete` only records the summary. */
  scoped = false;

  constructor(
    core: Core,
    kind: Kind,
    id: string,
    parent: Handle | undefined,
    name: string | undefined,
    unit: string | undefined,
  ) {
    super(core.state.dead, kind, id, parent, name, unit);
    this.core = core;
  }

  get type(): string {
    return this.kind.level ?? this.kind.type;
  }
  get operationId(): string {
    return this.operation.id;
  }
  get signal(): AbortSignal {
    return signalOf(this);
  }

  // ── reporting ──
  protected override refused(n: number): void {
    const error = expectedButReceived("INVALID_NUMBER", "increment", "a number from 0 to 2^53 - 1", n);
    this.core.diagnostics.misuse(error, this.type);
  }
  update(update: Update): void {
    updates.update(this, update);
  }
  setTotal(total: number | undefined, kind?: TotalKind): void {
    updates.setTotal(this, total, kind);
  }
  message(text: string): void {
    updates.setMessage(this, text);
  }
  itemFailed(error?: unknown, n = 1): void {
    updates.itemsAside(this, "failed", n, error);
  }
  itemSkipped(n = 1): void {
    updates.itemsAside(this, "skipped", n);
  }
  event(name: string, attributes: Attributes = {}): void {
    updates.userEvent(this, name, attributes);
  }
  heartbeat(): void {
    updates.heartbeat(this);
  }
  setAttributes(attributes: Attributes): void {
    updates.setAttributes(this, attributes);
  }

  // ── nesting ──
  level<T = never, R = never>(kind: string, ...rest: ScopedArguments<LevelOptions, Level, T, R>): Outcome<T, R> {
    const [options, fn] = scopedArguments(rest);
    return runScoped(startLevel(this, kind, options), fn as AnyScoped) as Outcome<T, R>;
  }
  startLevel(kind: string, options?: LevelOptions): Level {
    return startLevel(this, kind, options ?? {});
  }
  declare(kind: string, options?: LevelOptions): PendingLevel {
    return declareLevel(this, kind, options ?? {});
  }
  getLevel(id: string): Level | undefined {
    return findLevel(this, id);
  }
  stage<T = never, R = never>(name: string, ...rest: ScopedArguments<LevelOptions, Level, T, R>): Outcome<T, R> {
    const [options, fn] = scopedArguments(rest);
    return runStage(this, name, options, fn as AnyScoped) as Outcome<T, R>;
  }
  enterStage(name: string, options?: EnterOptions): void {
    enterStage(this, name, options ?? {});
  }
  track<T>(items: Iterable<T> & object, options?: TrackOptions): IterableIterator<T>;
  track<T>(items: AsyncIterable<T>, options?: TrackOptions): AsyncIterableIterator<T>;
  track<T>(items: Countable<T>, options?: TrackOptions): IterableIterator<T> | AsyncIterableIterator<T> {
    return trackItems(this, items, options ?? {});
  }
  trackStream(options?: TrackOptions): NodeJS.ReadWriteStream {
    return trackStream(this, options ?? {});
  }
  carrier(): Carrier {
    return this.core.crossing.carrier(this);
  }

  // ── ending ──
  complete(summary?: Json): void {
    lifecycle.complete(this, summary);
  }
  fail(error: unknown, options?: FailOptions): void {
    lifecycle.fail(this, error, options ?? {});
  }
  cancel(reason?: string): void {
    lifecycle.cancel(this, reason);
  }
  skip(reason?: string): void {
    lifecycle.skip(this, reason);
  }
  pause(reason?: string): void {
    lifecycle.pause(this, reason);
  }
  resume(): void {
    lifecycle.resume(this);
  }
  newAttempt(reason?: string): void {
    lifecycle.newAttempt(this, reason);
  }
  attempts<A extends readonly unknown[], R>(fn: (...given: A) => R): (...given: A) => R {
    return countAttempts(this, fn);
  }
  requestCancel(reason?: string): void {
    requestCancel(this, reason);
  }
  [Symbol.dispose](): void {
    lifecycle.dispose(this);
  }

  // ── asking ──
  snapshot(): Snapshot & LevelSnapshot {
    this.core.crossing.takeOver(this);
    const context = this.core.snapshotContext();
    return (this.isOperation ? snapshotOperation(this, context) : snapshotLevel(this, context)) as Snapshot &
      LevelSnapshot;
  }
  toJSON(): unknown {
    return this.snapshot();
  }
}

/** What `console.log` shows: the work, not what it is made of. */
Object.defineProperty(Handle.prototype, inspect.custom, { value: Handle.prototype.toJSON });
