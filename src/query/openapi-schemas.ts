// The JSON schemas of what is answered, for the OpenAPI document. A test holds them and real answers together.

import { EXPORT_FORMATS } from "./export.js";
import { DEFAULT_LIMIT, MAX_LIMIT, MAX_TEXT, SORTS, STATUSES } from "./filters.js";
import { MAX_REASON } from "./request-body.js";
import { MAX_EVENT_ID } from "./routes.js";

export type Schema = { readonly [keyword: string]: unknown };

const text: Schema = { type: "string" };
const number: Schema = { type: "number" };
const count: Schema = { type: "integer", minimum: 0 };
const time: Schema = { type: "string", format: "date-time" };
const flag: Schema = { const: true };
const percent: Schema = { type: "number", minimum: 0, maximum: 100 };
const attributes: Schema = { type: "object", description: "OpenTelemetry attributes" };

export const ref = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });
const listOf = (items: Schema): Schema => ({ type: "array", items });
const mapOf = (values: Schema): Schema => ({ type: "object", additionalProperties: values });

function object(
  properties: Readonly<Record<string, Schema>>,
  required: readonly string[],
  description?: string,
): Schema {
  return { type: "object", properties, required, ...(description !== undefined && { description }) };
}

const NUMBERS: Readonly<Record<string, Schema>> = {
  current: { ...number, description: "items settled" },
  total: number,
  totalKind: { enum: ["exact", "estimate", "atLeast", "unknown"] },
  unit: text,
  percentage: {
    ...percent,
    description: "never lower than the last one shown; 100 only when completed; absent when unknown",
  },
  coverage: { type: "number", minimum: 0, maximum: 1 },
  estimated: flag,
  revised: flag,
  overrun: flag,
  message: text,
  description: text,
  failedItems: count,
  skippedItems: count,
  startedAt: time,
  updatedAt: time,
  progressedAt: time,
  elapsedSeconds: { ...number, description: "since the start, time spent paused left out" },
  rate: { ...number, description: "items per second" },
  peakRate: number,
  meanRate: number,
  eta: ref("Eta"),
  attempt: { type: "integer", minimum: 1 },
  attributes,
};
const ENDING: Readonly<Record<string, Schema>> = {
  stalled: object(
    {
      seconds: number,
      waitingOn: listOf(
        object({ name: text, elapsedSeconds: number, attributes }, ["name", "elapsedSeconds", "attributes"]),
      ),
    },
    ["seconds", "waitingOn"],
  ),
  cancelRequested: object({ reason: text, at: time }, ["at"]),
  reason: text,
  endedAt: time,
  summary: { description: "what the work said when it completed; any JSON" },
  error: ref("Error"),
  lastSeenAt: { ...time, description: "of a lost operation" },
};
const COMMON = ["id", "type", "name", "status", "updatedAt", "elapsedSeconds", "attempt", "attributes", "levels"];
const LEVELS: Readonly<Record<string, Schema>> = { levels: listOf(ref("Level")), droppedLevels: count };
const ERROR = { type: text, message: text, code: text };

export const SCHEMAS: Readonly<Record<string, Schema>> = {
  Status: { enum: STATUSES },
  Eta: object(
    { seconds: number, low: number, high: number, basis: { enum: ["rate", "history", "blend", "reported"] } },
    ["seconds", "low", "high", "basis"],
    "remaining time; about 80 % of runs end between low and high",
  ),
  Error: object(
    {
      ...ERROR,
      details: { description: "any JSON" },
      causes: listOf(object(ERROR, ["type", "message"])),
    },
    ["type", "message"],
  ),
  Operation: object(
    {
      id: text,
      type: text,
      name: text,
      status: ref("Status"),
      stage: text,
      ...NUMBERS,
      ...ENDING,
      parentId: text,
      traceId: text,
      spanId: text,
      instance: object({ id: text, host: text, pid: { type: "integer" } }, ["id"]),
      counts: object({ total: count, completed: count, failed: count, pending: count }, [
        "total",
        "completed",
        "failed",
        "pending",
      ]),
      process: { type: "object", description: "what the whole process used while the operation ran" },
      ...LEVELS,
      curve: listOf({ type: "array", items: number, description: "seconds since the start, ratio 0 to 1" }),
    },
    [...COMMON, "instance"],
    "one operation at one moment; what is unknown is absent",
  ),
  Level: object(
    {
      id: text,
      type: text,
      name: text,
      status: { enum: [...STATUSES, "skipped"] },
      operationId: text,
      weight: number,
      ...NUMBERS,
      ...ENDING,
      ...LEVELS,
    },
    [...COMMON, "operationId"],
  ),
  OperationList: object({ operations: listOf(ref("Operation")), nextCursor: text }, ["operations"]),
  SmallStatus: object(
    {
      id: text,
      status: ref("Status"),
      stage: text,
      progress: { type: "integer", minimum: 0, maximum: 100 },
      message: text,
      etaSeconds: count,
      error: object({ message: text, code: text }, ["message"]),
      attributes,
    },
    ["id", "status", "attributes"],
  ),
  Stage: object({ name: text, label: text, from: percent, to: percent }, ["name", "label", "from", "to"]),
  Stages: listOf(ref("Stage")),
  StagesByType: mapOf(ref("Stages")),
  Stats: object(
    {
      active: count,
      byStatus: mapOf(count),
      byType: mapOf(count),
      meanSeconds: number,
      p95Seconds: number,
      forgotten: object({ operations: count, levels: count }, ["operations", "levels"]),
      losses: mapOf(count),
      subscribers: count,
      events: mapOf(count),
    },
    ["active", "byStatus", "byType", "forgotten", "losses", "subscribers", "events"],
  ),
  Cancellation: { ...object({ reason: { ...text, maxLength: MAX_REASON } }, []), additionalProperties: false },
  CancelRequested: object({ id: text, cancelRequested: flag }, ["id", "cancelRequested"]),
  Health: object({ status: { const: "ok" } }, ["status"]),
  Problem: object(
    { type: text, title: text, status: { type: "integer" }, detail: text, parameter: text },
    ["type", "title", "status"],
    "RFC 9457",
  ),
};

const bounded: Schema = { type: "string", maxLength: MAX_TEXT };

/** What may stand in a query string. */
export const PARAMETERS: Readonly<Record<string, { readonly schema: Schema; readonly description: string }>> = {
  id: { schema: bounded, description: "exactly this one" },
  status: {
    schema: { type: "array", items: { enum: STATUSES } },
    description: "any of these, separated by commas; empty: nothing passes",
  },
  type: { schema: bounded, description: "exactly this type" },
  text: { schema: bounded, description: "found in id, type, name or message, whatever the case" },
  since: { schema: time, description: "started at or after" },
  until: { schema: time, description: "started before" },
  parent: {
    schema: bounded,
    description: "of this parent; empty for those that have none",
  },
  sort: { schema: { enum: SORTS, default: "started" }, description: "latest, or longest, first" },
  limit: {
    schema: { type: "integer", minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT },
    description: "at most",
  },
  cursor: { schema: text, description: "nextCursor of the page before" },
  levels: { schema: { enum: ["none", "tree"], default: "none" }, description: "whether the levels come along" },
  format: { schema: { enum: EXPORT_FORMATS, default: "ndjson" }, description: "one JSON document a line, or a table" },
  lastEventId: {
    schema: { type: "string", maxLength: MAX_EVENT_ID },
    description: "goes on behind this event, as the header Last-Event-ID does",
  },
};
