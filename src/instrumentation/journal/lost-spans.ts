// Spans that died with their process, ended for it: handed to the exporting processors as if they had ended there, with their
// own ids, their true start, and the last sign of life as their end. Both majors of the SDK read the same shape.

import { type Attributes, type HrTime, type SpanContext, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import type { Clock } from "../../clock.js";
import type { Diagnostics } from "../../diagnostics.js";
import * as semconv from "../../semconv.js";
import { VERSION } from "../../version.js";
import type { Handle } from "../handle.js";
import { identity, results } from "../span-attributes.js";
import type { JournalRecord, OpenLevel, SpanIds } from "./records.js";

const WHY = "its process died";
/** Lost operations that wait for their turn, and for an SDK, which may never come. */
const WAITING = 10_000;
const WAITING_FOR_SDK = 1_000;
/** Handed over in one second: half of what a BatchSpanProcessor holds, which throws away what is too much for it. */
const SPANS_AT_ONCE = 1_000;
const TURN_MILLIS = 1_000;
const PROBE = "otel-progress probe";

export interface Lost {
  readonly handle: Handle;
  readonly record: JournalRecord;
  readonly lastSeenMillis: number;
}
type Sink = (lost: Lost) => void;

export class LostSpans {
  readonly #diagnostics: Diagnostics;
  readonly #clock: Clock;
  #sink: Sink | undefined;
  /** The newest; limited. */
  #waiting: Lost[] = [];
  /** Spans that may still be handed over in this second. */
  #room = SPANS_AT_ONCE;
  #stopTurns: (() => void) | undefined;

  constructor(diagnostics: Diagnostics, clock: Clock) {
    this.#diagnostics = diagnostics;
    this.#clock = clock;
  }

  /** One without a span that was recorded is none of ours. */
  add(lost: Lost): void {
    if (spansOf(lost) === 0) return;
    this.#waiting.push(lost);
    if (this.#waiting.length === 1) this.introduce();
    const most = this.#sink === undefined ? WAITING_FOR_SDK : WAITING;
    if (this.#waiting.length > most) this.#diagnostics.count("spans_dropped", spansOf(this.#waiting.shift()!));
    this.#handOver();
  }

  /**
   * Shows a span to the processors where something waits: it is never ended, so it goes nowhere, but it has the resource that
   * lost spans are to have. Until an SDK is there, nothing comes of it.
   */
  introduce(): void {
    if (this.#sink !== undefined || this.#waiting.length === 0) return;
    this.#diagnostics.safely("internal_errors", "a span processor", () =>
      trace.getTracer(semconv.SCOPE_NAME, VERSION).startSpan(PROBE, { root: true }),
    );
  }

  /** From now on `sink` gets them, those that waited first. */
  connect(sink: Sink): void {
    this.#sink = sink;
    this.#handOver();
  }

  /** Whether some wait for their turn. */
  get wait(): boolean {
    return this.#sink !== undefined && this.#waiting.length > 0;
  }

  /** For an exporter that has sent all so far: the next ones at once. False when there are none. */
  next(): boolean {
    if (!this.wait) return false;
    this.#endTurns();
    this.#handOver();
    return true;
  }

  #handOver(): void {
    const sink = this.#sink;
    if (sink === undefined) return;
    let taken = 0;
    for (; taken < this.#waiting.length && this.#room > 0; taken++) {
      const lost = this.#waiting[taken]!;
      this.#room -= spansOf(lost);
      this.#diagnostics.safely("internal_errors", "a span processor", () => sink(lost));
    }
    this.#waiting.splice(0, taken);
    if (this.#room < SPANS_AT_ONCE) this.#stopTurns ??= this.#clock.every(TURN_MILLIS, () => this.#turn());
  }

  #turn(): void {
    this.#endTurns();
    this.#handOver();
  }

  #endTurns(): void {
    this.#stopTurns?.();
    this.#stopTurns = undefined;
    this.#room = SPANS_AT_ONCE;
  }
}

function spansOf({ record: { span, levels = [] } }: Lost): number {
  return levels.length + (span === undefined ? 0 : 1);
}

/** What SpanProcessor.onEnd of both majors reads. */
export interface EndedSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Attributes;
  readonly parentSpanContext?: SpanContext;
  spanContext(): SpanContext;
}

/** The spans of the levels that were open, innermost first, and that of the operation: those that it would have ended. */
export function lostSpansOf({ handle, record, lastSeenMillis }: Lost, resource: unknown): EndedSpan[] {
  const { span, levels = [] } = record;
  const below = levels.map((level) =>
    endedSpan(level.type, identityOf(level, record), level.startedMillis, level.span),
  );
  const attributes = () => ({ ...handle.extra?.attributes, ...identity(handle), ...results(handle) }) as Attributes;
  const own = span === undefined ? [] : [endedSpan(record.type, attributes(), record.startedMillis, span)];
  return [...below.reverse(), ...own];

  function endedSpan(name: string, attributes: Attributes, startedMillis: number, ids: SpanIds): EndedSpan {
    const context = (spanId: string): SpanContext => ({ traceId: ids.traceId, spanId, traceFlags: ids.traceFlags });
    const endedMillis = Math.max(lastSeenMillis, startedMillis + 1);
    return {
      name,
      kind: SpanKind.INTERNAL,
      startTime: hrTime(startedMillis),
      endTime: hrTime(endedMillis),
      spanContext: () => context(ids.spanId),
      ...(ids.parentSpanId !== undefined && { parentSpanContext: context(ids.parentSpanId) }),
      attributes: { ...attributes, [semconv.ATTR_STATUS]: "lost", [semconv.ATTR_ERROR_TYPE]: "LOST" },
      ...{
        status: { code: SpanStatusCode.ERROR, message: WHY },
        links: [],
        events: [],
        duration: hrTime(endedMillis - startedMillis),
        ended: true,
        resource,
        instrumentationScope: { name: semconv.SCOPE_NAME, version: VERSION },
        droppedAttributesCount: 0,
        droppedEventsCount: 0,
        droppedLinksCount: 0,
      },
    };
  }
}

function identityOf({ id, type, name }: OpenLevel, operation: JournalRecord): Attributes {
  return {
    [semconv.ATTR_OPERATION_ID]: operation.id,
    [semconv.ATTR_OPERATION_TYPE]: operation.type,
    [semconv.ATTR_LEVEL_ID]: id,
    [semconv.ATTR_LEVEL_TYPE]: type,
    ...(name !== undefined && { [semconv.ATTR_LEVEL_NAME]: name }),
  };
}

function hrTime(millis: number): HrTime {
  const seconds = Math.floor(millis / 1000);
  return [seconds, Math.round((millis - seconds * 1000) * 1e6)];
}
