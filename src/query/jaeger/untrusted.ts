// What a Jaeger answers, checked: every field has the type and the size it is taken for, or it is not there. A span that cannot
// be read is left out and counted; nothing here throws for what is in an answer.

import { clip } from "../../format.js";
import { MAX_NAME, MAX_TEXT, nameOf, type Value, type Values } from "./values.js";

const MAX_TAGS = 1_200;
const MAX_EVENTS = 1_024;
/** The last moment a Date can hold, in microseconds. */
const LAST_MICROS = 8.64e18;

interface SpanEvent {
  readonly name: string;
  readonly micros: number;
  readonly fields: Values;
}
export interface Process {
  readonly service: string;
  readonly tags: Values;
}
/** A span that has ended. Times are microseconds since 1970. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Of the span it is a part of, which need not be there. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly startMicros: number;
  readonly endMicros: number;
  readonly tags: Values;
  /** In the order of their times. */
  readonly events: readonly SpanEvent[];
  readonly process: Process;
}
export interface Trace {
  readonly traceId: string;
  /** Each once. */
  readonly spans: readonly Span[];
  /** Spans that could not be read. */
  readonly malformed: number;
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** The `data` of an answer that is a list; undefined when it is none. */
export function dataOf(answer: unknown): readonly unknown[] | undefined {
  if (!isObject(answer)) return undefined;
  // A list without anything in it may be null.
  if (answer["data"] === null && !Array.isArray(answer["errors"])) return [];
  return Array.isArray(answer["data"]) ? answer["data"] : undefined;
}

/** What an answer says went wrong, as one short text. */
export function errorsOf(answer: unknown): string | undefined {
  const messages = listOf(isObject(answer) ? answer["errors"] : undefined)
    .map((error) => (isObject(error) ? error["msg"] : undefined))
    .filter((message) => typeof message === "string");
  return messages.length === 0 ? undefined : messages.slice(0, 3).join("; ");
}

export function traceIdOf(trace: unknown): string | undefined {
  return isObject(trace) ? hexId(trace["traceID"], 32) : undefined;
}

export function readTrace(value: unknown): Trace | undefined {
  const traceId = traceIdOf(value);
  if (traceId === undefined) return undefined;
  const { spans, processes } = value as Fields;
  const byKey = readProcesses(processes);
  const read = new Map<string, Span>();
  let malformed = 0;
  for (const one of listOf(spans)) {
    const span = readSpan(one, traceId, byKey);
    if (span === undefined) malformed++;
    // Stored twice when a sender tried again.
    else if (!read.has(span.spanId)) read.set(span.spanId, span);
  }
  return { traceId, spans: [...read.values()], malformed };
}

const NOBODY: Process = { service: "", tags: new Map() };

function readProcesses(value: unknown): ReadonlyMap<string, Process> {
  const processes = Object.entries(isObject(value) ? value : {});
  return new Map(
    processes.flatMap(([key, process]) =>
      isObject(process)
        ? [[key, { service: nameOf(process["serviceName"]) ?? "", tags: readValues(process["tags"]) }]]
        : [],
    ),
  );
}

function readSpan(value: unknown, traceId: string, processes: ReadonlyMap<string, Process>): Span | undefined {
  if (!isObject(value) || hexId(value["traceID"], 32) !== traceId) return undefined;
  const spanId = hexId(value["spanID"], 16);
  const name = nameOf(value["operationName"]);
  const startMicros = microsOf(value["startTime"]);
  const duration = microsOf(value["duration"]);
  if (spanId === undefined || name === undefined || startMicros === undefined || duration === undefined)
    return undefined;
  if (startMicros + duration > LAST_MICROS) return undefined;
  return {
    traceId,
    spanId,
    parentSpanId: parentOf(value["references"], traceId),
    name,
    startMicros,
    endMicros: startMicros + duration,
    tags: readValues(value["tags"]),
    events: readEvents(value["logs"]),
    process: processes.get(String(value["processID"])) ?? NOBODY,
  };
}

function parentOf(references: unknown, traceId: string): string | undefined {
  for (const reference of listOf(references)) {
    if (!isObject(reference) || reference["refType"] !== "CHILD_OF") continue;
    if (hexId(reference["traceID"], 32) === traceId) return hexId(reference["spanID"], 16);
  }
  return undefined;
}

function readEvents(logs: unknown): SpanEvent[] {
  const events: SpanEvent[] = [];
  for (const log of listOf(logs)) {
    const micros = isObject(log) ? microsOf(log["timestamp"]) : undefined;
    if (micros === undefined) continue;
    const fields = readValues((log as Fields)["fields"]);
    const name = fields.get("event");
    if (typeof name === "string") events.push({ name, micros, fields });
    if (events.length === MAX_EVENTS) break;
  }
  return events.sort((a, b) => a.micros - b.micros);
}

function readValues(pairs: unknown): Values {
  const values = new Map<string, Value>();
  for (const pair of listOf(pairs)) {
    if (values.size === MAX_TAGS) break;
    if (!isObject(pair) || typeof pair["key"] !== "string" || pair["key"].length > MAX_NAME) continue;
    const value = readValue(pair["value"], pair["type"]);
    if (value !== undefined) values.set(pair["key"], value);
  }
  return values;
}

function readValue(value: unknown, type: unknown): Value | undefined {
  // Whole numbers that JavaScript cannot hold exactly come as text.
  if (type === "int64" && typeof value === "string") return readValue(Number.parseFloat(value), undefined);
  if (typeof value === "string") return clip(value, MAX_TEXT);
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  return typeof value === "boolean" ? value : undefined;
}

/** In lower case; older versions leave out zeros in front. */
function hexId(value: unknown, length: number): string | undefined {
  if (typeof value !== "string" || value.length > length || !/^[\da-f]+$/i.test(value)) return undefined;
  return value.toLowerCase().padStart(length, "0");
}

function microsOf(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value <= LAST_MICROS ? value : undefined;
}
