// The only writer of spans and span events. Reads the entry, never the other way round.
//
// A span keeps 128 events and drops the oldest, so updates are not written as they come: the points of the run (at most
// 31, evenly spread, the first always there) are written when it ends, with their true times, and the final state after
// them. Status, stall, attempt and user events have small budgets of their own.

import {
  type Attributes,
  type Context,
  INVALID_TRACEID,
  type Span,
  type SpanOptions,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import * as semconv from "../semconv.js";
import { peek } from "./clean.js";
import type { Handle } from "./handle.js";
import {
  finalOf,
  identity,
  pointAttributes,
  results,
  stageAt,
  stageNow,
  startOf,
  statusOf,
} from "./span-attributes.js";

/** Status, stall and attempt events per span, and user events per span, unless the updates leave less room. */
const OTHER_EVENTS = 32;
/** Events a span keeps, less one for the exception of a failure. */
const ROOM = 127;

export interface RecorderOptions {
  readonly version: string;
  readonly events: "span" | "none";
  /** Update events per span, the final one included. */
  readonly updates: number;
  readonly levelSpans: number;
}

export class SpanRecorder {
  readonly #options: RecorderOptions;
  readonly #otherEvents: number;
  #tracer: Tracer | undefined;
  #provider: unknown;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.#otherEvents = Math.min(OTHER_EVENTS, Math.floor((ROOM - options.updates) / 2));
  }

  /** Takes the tracer of the global provider, anew when that changed: a tracer of an old one would be silent. */
  refresh(): void {
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
    if (!handle.isOperation && handle.operation.more.levelSpans++ >= this.#options.levelSpans) return;
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

  /** Writes what the run was, and ends the span. */
  end(handle: Handle, error: unknown): void {
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
    span.end(ended);
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
    if (this.#options.events === "none" || span === undefined || !span.isRecording()) return true;
    if (handle.more[budget]++ >= this.#otherEvents) return false;
    span.addEvent(name, attributes, handle.offset + handle.core.settings.clock.monotonicMillis());
    return true;
  }

  #events(handle: Handle, span: Span, ended: number): void {
    const { points } = handle.extra ?? {};
    const moved = points !== undefined || handle.outcome!.current > 0;
    if (this.#options.events === "none" || !moved) return;
    for (const point of points ?? [startOf(handle)]) {
      span.addEvent(
        semconv.EVENT_UPDATE,
        pointAttributes(point, stageAt(handle, point.millis)),
        handle.offset + point.millis,
      );
    }
    span.addEvent(semconv.EVENT_UPDATE, pointAttributes(finalOf(handle), stageNow(handle)), ended);
  }

  #failed(handle: Handle, span: Span, error: unknown, ended: number): void {
    const { message, type, code } = handle.outcome!.how.error!;
    span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.setAttribute(semconv.ATTR_ERROR_TYPE, code ?? type);
    if (this.#options.events !== "none") {
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

function stackOf(error: unknown): string | undefined {
  const stack: unknown = peek(() => (error instanceof Error ? error.stack : undefined));
  return typeof stack === "string" ? stack : undefined;
}
