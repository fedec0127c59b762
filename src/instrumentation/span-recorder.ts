// The only writer of spans and span events. Reads the entry, never the other way round.
//
// A span keeps 128 events and drops the oldest, so updates are not written as they come: the points of the run (at most
// 31, evenly spread, the first always there) are written when it ends, with their true times, and the final state after
// them. Status, stall, attempt and user events have small budgets of their own.
// Log-based events are written at once: updates on the schedule of checkpoints, and at the end.

import {
  type Attributes,
  type Context,
  INVALID_TRACEID,
  ROOT_CONTEXT,
  type Span,
  type SpanContext,
  type SpanOptions,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { emits, type Granularity } from "../granularity.js";
import type { Point } from "../points.js";
import * as semconv from "../semconv.js";
import type { Entry } from "../state/entry.js";
import { peek } from "./clean.js";
import type { Handle } from "./handle.js";
import { LogEvents } from "./log-events.js";
import {
  finalOf,
  identity,
  pointAttributes,
  results,
  stageAt,
  stageNow,
  startOf,
  stateNow,
  statusOf,
} from "./span-attributes.js";

/** Status, stall and attempt events per span, and user events per span, unless the updates leave less room. */
const OTHER_EVENTS = 32;
/** Events a span keeps, less one for the exception of a failure. */
const ROOM = 127;

/** Where progress events go. */
export type Events = "span" | "log" | "both" | "none";

export interface RecorderOptions {
  readonly version: string;
  readonly events: Events;
  readonly granularity: Granularity;
  /** Update events per span, the final one included. */
  readonly updates: number;
  readonly levelSpans: number;
}

export class SpanRecorder {
  readonly #options: RecorderOptions;
  readonly #otherEvents: number;
  readonly #onSpan: boolean;
  readonly #logs: LogEvents | undefined;
  #tracer: Tracer | undefined;
  #provider: unknown;

  constructor(options: RecorderOptions) {
    this.#options = options;
    const { events } = options;
    this.#onSpan = events === "span" || events === "both";
    if (events === "log" || events === "both") this.#logs = new LogEvents(options.version);
    this.#otherEvents = Math.min(OTHER_EVENTS, Math.floor((ROOM - options.updates) / 2));
  }

  /** Takes the tracer of the global provider, anew when that changed: a tracer of an old one would be silent. */
  refresh(): void {
    this.#logs?.refresh();
    const proxy = trace.getTracerProvider() as { getDelegate?: () => unknown };
    const provider = proxy.getDelegate?.() ?? proxy;
    if (provider === this.#provider) return;
    this.#provider = provider;
    this.#tracer = trace.getTracer(semconv.SCOPE_NAME, this.#options.version);
  }

  /** Gives the handle its span, under `parent`; levels beyond the operation's budget get none. */
  start(handle: Handle, parent: Context, detached: boolean): void {
    handle.core.diagnostics.safely("internal_errors", "a span processor", () => this.#start(handle, parent, detached));
  }

  #start(handle: Handle, parent: Context, detached: boolean): void {
    if (!handle.isOperation && !this.#spansLevel(handle)) return;
    const options: SpanOptions = { startTime: handle.offset + handle.started, attributes: identity(handle) };
    const around = detached ? trace.getSpanContext(parent) : undefined;
    if (detached) options.root = true;
    if (around !== undefined) options.links = [{ context: around }];
    if (this.#tracer === undefined) this.refresh();
    const span = this.#tracer!.startSpan(handle.kind.level ?? handle.kind.type, options, parent);
    handle.span = span;
    const ids = span.spanContext();
    // Real also for a span that is not sampled; all zeros when there is no SDK.
    if (ids.traceId !== INVALID_TRACEID) handle.trace = ids;
    const own = handle.extra?.attributes;
    if (own !== undefined && span.isRecording()) span.setAttributes(own as Attributes);
  }

  /** Whether a level is fine enough to be told of, and within the budget of its operation. */
  #spansLevel({ operation, kind, parent }: Handle): boolean {
    const { granularity, levelSpans } = this.#options;
    const isStage = parent === operation && isStageOf(operation, kind.level!);
    if (!emits(granularity, isStage ? "stage" : "level")) return false;
    return operation.more.levelSpans++ < levelSpans;
  }

  /** How far a running operation is, as a log record; false when those are not wanted. */
  checkpoint(handle: Handle): boolean {
    const now = handle.core.settings.clock.monotonicMillis();
    this.#log(handle, semconv.EVENT_UPDATE, () => stateNow(handle, now), now);
    return this.#logs !== undefined;
  }

  /** A span of its own under that of the handle, over before it is known; false when nobody records that one. */
  mark(handle: Handle, name: string, attributes: Attributes, [from, to]: readonly [number, number]): boolean {
    if (handle.trace === undefined || !((handle.trace as SpanContext).traceFlags & TraceFlags.SAMPLED)) return false;
    const { offset, core } = handle;
    core.diagnostics.safely("internal_errors", "a span processor", () => {
      const parent = core.scopes.within(handle, ROOT_CONTEXT);
      const options = { startTime: offset + from, attributes };
      this.#tracer!.startSpan(name, options, parent).end(offset + to);
    });
    return true;
  }

  /** Writes what the run was, and ends the span. */
  end(handle: Handle, error: unknown): void {
    this.#logEnd(handle);
    const { span } = handle;
    if (span === undefined) return;
    handle.core.diagnostics.safely("internal_errors", "a span processor", () => this.#end(handle, span, error));
    handle.span = undefined;
  }

  #end(handle: Handle, span: Span, error: unknown): void {
    const ended = handle.offset + handle.outcome!.ended;
    if (span.isRecording()) {
      this.#events(handle, span, ended);
      const { status } = handle;
      if (status === "cancelled" || status === "skipped") this.event(handle, semconv.EVENT_STATUS, statusOf(handle));
      span.setAttributes(results(handle));
      if (handle.status === "failed") this.#failed(handle, span, error, ended);
    }
    handle.core.ownership.end(handle, () => span.end(ended));
  }

  /** A change of status, a stall, an attempt: within their budget. */
  event(handle: Handle, name: string, attributes: Attributes): void {
    if (!this.#write(handle, "ownEvents", name, attributes)) handle.core.diagnostics.count("events_dropped");
  }

  userEvent(handle: Handle, name: string, attributes: Attributes): boolean {
    return this.#write(handle, "userEvents", name, attributes);
  }

  /** Attributes that users set while it runs. */
  attributes(handle: Handle, attributes: Attributes): void {
    if (handle.span?.isRecording()) handle.span.setAttributes(attributes);
  }

  #write(handle: Handle, budget: "ownEvents" | "userEvents", name: string, attributes: Attributes): boolean {
    const { span } = handle;
    const now = handle.core.settings.clock.monotonicMillis();
    // The end is logged as a whole.
    if (handle.outcome === undefined) this.#log(handle, name, () => attributes, now);
    if (!this.#onSpan || span === undefined || !span.isRecording()) return true;
    if (handle.more[budget]++ >= this.#otherEvents) return false;
    span.addEvent(name, attributes, handle.offset + now);
    return true;
  }

  #log(handle: Handle, name: string, attributes: () => Attributes, monotonic: number): void {
    const logs = this.#logs;
    if (logs === undefined || handle.elsewhere || (!handle.isOperation && !emits(this.#options.granularity, "level")))
      return;
    handle.core.diagnostics.safely("internal_errors", "a log processor", () =>
      logs.emit(handle, name, attributes(), handle.offset + monotonic),
    );
  }

  #logEnd(handle: Handle): void {
    if (this.#logs === undefined) return;
    const { ended, how } = handle.outcome!;
    const error = how.error;
    this.#log(
      handle,
      semconv.EVENT_STATUS,
      () => ({
        ...results(handle),
        ...(error !== undefined && { [semconv.ATTR_ERROR_TYPE]: error.code ?? error.type }),
      }),
      ended,
    );
  }

  #events(handle: Handle, span: Span, ended: number): void {
    const { points } = handle.extra ?? {};
    const moved = points !== undefined || handle.outcome!.current > 0;
    const { granularity } = this.#options;
    if (!this.#onSpan || !moved || !emits(granularity, "update")) return;
    const attributesOf = (point: Point, stage: string | undefined) =>
      pointAttributes(
        emits(granularity, "message") ? point : { ...point, message: undefined },
        emits(granularity, "stage") ? stage : undefined,
      );
    for (const point of points ?? [startOf(handle)]) {
      const stage = stageAt(handle, point.millis);
      span.addEvent(semconv.EVENT_UPDATE, attributesOf(point, stage), handle.offset + point.millis);
    }
    span.addEvent(semconv.EVENT_UPDATE, attributesOf(finalOf(handle), stageNow(handle)), ended);
  }

  #failed(handle: Handle, span: Span, error: unknown, ended: number): void {
    const { message, type, code } = handle.outcome!.how.error!;
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.setAttribute(semconv.ATTR_ERROR_TYPE, code ?? type);
    if (this.#onSpan) {
      // Not the error itself: the SDK calls methods on what it finds there, and a user's error may hold anything.
      const stack = stackOf(error);
      const exception = {
        name: type,
        message,
        ...(code !== undefined && { code }),
        ...(stack !== undefined && { stack }),
      };
      span.recordException(exception, ended);
    }
  }
}

function isStageOf({ extra }: Entry, name: string): boolean {
  return extra?.stages?.stages.some((stage) => stage.name === name) ?? false;
}

function stackOf(error: unknown): string | undefined {
  const stack: unknown = peek(() => (error instanceof Error ? error.stack : undefined));
  return typeof stack === "string" ? stack : undefined;
}
