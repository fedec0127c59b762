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
import type { Point } from "../points.js";
import * as semconv from "../semconv.js";
import { rateOf } from "../state/snapshot.js";
import type { Handle } from "./handle.js";

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
    const ended = handle.offset + handle.outcome!.ended;
    if (span.isRecording()) {
      this.#events(handle, span, ended);
      span.setAttributes(results(handle));
      if (handle.status === "failed") this.#failed(handle, span, error, ended);
    }
    span.end(ended);
    handle.span = undefined;
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
      span.addEvent(semconv.EVENT_UPDATE, pointAttributes(point), handle.offset + point.millis);
    }
    span.addEvent(semconv.EVENT_UPDATE, pointAttributes(finalOf(handle)), ended);
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

function identity(handle: Handle): Attributes {
  const { operation, name, kind } = handle;
  const attributes: Attributes = {
    [semconv.ATTR_OPERATION_ID]: operation.id,
    [semconv.ATTR_OPERATION_TYPE]: kind.type,
  };
  if (kind.level === undefined) {
    if (name !== undefined) attributes[semconv.ATTR_OPERATION_NAME] = name;
    return attributes;
  }
  attributes[semconv.ATTR_LEVEL_ID] = handle.id;
  attributes[semconv.ATTR_LEVEL_TYPE] = kind.level;
  if (name !== undefined) attributes[semconv.ATTR_LEVEL_NAME] = name;
  return attributes;
}

function results(handle: Handle): Attributes {
  const { extra, outcome, unit, status } = handle;
  const { current, total, ended, fraction } = outcome!;
  const attributes: Attributes = { [semconv.ATTR_STATUS]: status };
  if (current > 0 || total >= 0) attributes[semconv.ATTR_CURRENT] = current;
  if (total >= 0) attributes[semconv.ATTR_TOTAL] = Math.max(total, current);
  if (unit !== undefined) attributes[semconv.ATTR_UNIT] = unit;
  const ratio = status === "completed" ? 1 : fraction;
  if (!Number.isNaN(ratio)) attributes[semconv.ATTR_RATIO] = ratio;
  const mean = rateOf(handle, ended);
  if (mean !== undefined) {
    attributes[semconv.ATTR_RATE_MEAN] = mean;
    attributes[semconv.ATTR_RATE_PEAK] = Math.max(mean, extra?.pace?.peak ?? 0);
  }
  if (extra === undefined) return attributes;
  if (extra.failedItems > 0) attributes[semconv.ATTR_ITEMS_FAILED] = extra.failedItems;
  if (extra.skippedItems > 0) attributes[semconv.ATTR_ITEMS_SKIPPED] = extra.skippedItems;
  if (extra.attempt > 1) attributes[semconv.ATTR_ATTEMPT] = extra.attempt;
  if (outcome!.how.reason !== undefined) attributes[semconv.ATTR_REASON] = outcome!.how.reason;
  const stage = extra.stages?.current;
  if (stage !== undefined) attributes[semconv.ATTR_STAGE] = extra.stages!.stages[stage]!.name;
  return attributes;
}

function stackOf(error: unknown): string | undefined {
  const stack: unknown = error instanceof Error ? error.stack : undefined;
  return typeof stack === "string" ? stack : undefined;
}

function startOf(handle: Handle): Point {
  const { started, total } = handle.outcome!;
  return {
    millis: started,
    current: 0,
    total,
    ratio: total > 0 ? 0 : Number.NaN,
    rate: Number.NaN,
    message: undefined,
  };
}

function finalOf(handle: Handle): Point {
  const { ended, current, total, fraction } = handle.outcome!;
  const ratio = handle.status === "completed" ? 1 : fraction;
  return {
    millis: ended,
    current,
    total,
    ratio,
    rate: rateOf(handle, ended) ?? Number.NaN,
    message: handle.extra?.message,
  };
}

function pointAttributes(point: Point): Attributes {
  const { current, total, ratio, rate, message } = point;
  const attributes: Attributes = { [semconv.ATTR_CURRENT]: current };
  if (total >= 0) attributes[semconv.ATTR_TOTAL] = total;
  if (!Number.isNaN(ratio)) attributes[semconv.ATTR_RATIO] = ratio;
  if (!Number.isNaN(rate)) attributes[semconv.ATTR_RATE_CURRENT] = rate;
  if (message !== undefined) attributes[semconv.ATTR_MESSAGE] = message;
  return attributes;
}
