// Spans as Jaeger's API gives them: made by hand, or from those of a test's SDK.

import type { Attributes } from "../../../src/model.js";
import type { RecordedSpan } from "../../../src/testing.js";
import type { JaegerSpan, JaegerTrace } from "../../services/jaeger.js";

type Pair = JaegerSpan["tags"][number];

/** Lists become their JSON text, as Jaeger has them. */
function pairsOf(attributes: Attributes): Pair[] {
  return Object.entries(attributes).map(([key, value]) => {
    if (typeof value === "boolean") return { key, type: "bool", value };
    if (typeof value === "number") return { key, type: Number.isInteger(value) ? "int64" : "float64", value };
    return { key, type: "string", value: typeof value === "string" ? value : JSON.stringify(value) };
  });
}

export const TRACE: string = "0af7651916cd43dd8448eb211c80319c";

export interface Made {
  /** A short text, from which its id is made. */
  readonly id: string;
  readonly name?: string;
  readonly parent?: string;
  /** Seconds since 2026. */
  readonly from?: number;
  readonly seconds?: number;
  readonly tags?: Attributes;
  readonly events?: readonly (readonly [seconds: number, name: string, fields: Attributes])[];
}

export const START_MICROS: number = Date.UTC(2026, 0, 1) * 1_000;
export const hex = (text: string): string => Buffer.from(text).toString("hex").slice(0, 16).padStart(16, "0");

export function span({ id, name = id, parent, from = 0, seconds = 1, tags = {}, events = [] }: Made): JaegerSpan {
  const micros = (at: number) => START_MICROS + Math.round(at * 1e6);
  return {
    traceID: TRACE,
    spanID: hex(id),
    operationName: name,
    references: parent === undefined ? [] : [{ refType: "CHILD_OF", traceID: TRACE, spanID: hex(parent) }],
    startTime: micros(from),
    duration: Math.round(seconds * 1e6),
    tags: pairsOf(tags),
    logs: events.map(([at, event, fields]) => ({ timestamp: micros(at), fields: pairsOf({ event, ...fields }) })),
    warnings: null,
    processID: "p1",
  };
}

export function operation(id: string, made: Omit<Made, "id"> = {}): JaegerSpan {
  const { tags, ...rest } = made;
  const own = { "progress.operation.id": id, "progress.operation.type": "job", "progress.status": "completed" };
  return span({ id, name: "job", ...rest, tags: { ...own, ...tags } });
}

/** @param of the id of its operation */
export function level(id: string, of: string, made: Omit<Made, "id"> = {}): JaegerSpan {
  const { tags, ...rest } = made;
  const own = { "progress.operation.id": of, "progress.level.id": id, "progress.level.type": "part" };
  return span({ id, name: "part", parent: of, ...rest, tags: { ...own, "progress.status": "completed", ...tags } });
}

export function marker(role: "started" | "checkpoint", of: string, made: Omit<Made, "id"> = {}): JaegerSpan {
  const { tags, ...rest } = made;
  const own = { "progress.operation.id": of, "progress.operation.type": "job", "progress.span.role": role };
  const id = `${role[0]}${made.from ?? 0}${of}`;
  return span({ id, name: `job ${role}`, parent: of, ...rest, tags: { ...own, ...tags } });
}

export function traceOf(spans: readonly JaegerSpan[], more: Attributes = {}, traceID: string = TRACE): JaegerTrace {
  const tags = pairsOf({ "service.instance.id": "i-1", "host.name": "host-1", "process.pid": 42, ...more });
  return {
    traceID,
    spans: spans.map((one) => ({ ...one, traceID, references: one.references.map((to) => ({ ...to, traceID })) })),
    processes: { p1: { serviceName: "app", tags } },
  };
}

/** What a test's SDK recorded, as a Jaeger would give it. */
export function tracesOf(spans: readonly RecordedSpan[]): JaegerTrace[] {
  const byTrace = new Map<string, JaegerSpan[]>();
  for (const one of spans) {
    const { traceId } = one.spanContext();
    byTrace.set(traceId, [...(byTrace.get(traceId) ?? []), jsonOf(one)]);
  }
  return [...byTrace].map(([traceId, all]) => traceOf(all, {}, traceId));
}

function jsonOf(one: RecordedSpan): JaegerSpan {
  const { traceId, spanId } = one.spanContext();
  const micros = ([seconds, nanos]: readonly [number, number]) => Math.floor(seconds * 1e6 + nanos / 1e3);
  const failed = one.status.code === 2;
  const status = { error: true, "otel.status_code": "ERROR", "otel.status_description": one.status.message };
  const parent = one.parentSpanContext;
  return {
    traceID: traceId,
    spanID: spanId,
    operationName: one.name,
    references: parent === undefined ? [] : [{ refType: "CHILD_OF", traceID: parent.traceId, spanID: parent.spanId }],
    startTime: micros(one.startTime),
    duration: micros(one.endTime) - micros(one.startTime),
    tags: pairsOf({ ...one.attributes, "otel.scope.name": "otel-progress", ...(failed && status) }),
    logs: one.events.map(({ name, time, attributes }) => ({
      timestamp: micros(time),
      fields: pairsOf({ event: name, ...attributes }),
    })),
    warnings: null,
    processID: "p1",
  };
}
