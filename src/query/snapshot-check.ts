// Snapshots of ended operations that come from a file: cut off, written by hand, or anything else. Whoever reads one
// further on relies on its types.

import { isAttributeValue } from "../attribute-value.js";
import type { Cause, Counts, ErrorInfo, Eta, Instance, Numbers, ProcessUsage, Snapshot } from "../model.js";
import { type Check, flag, like, listOf, maybe, object, percentage, positive, shaped, text, whole } from "../shape.js";
import { isCount } from "../state/cell.js";

/** Values in values; deeper than anything in use, and not so deep that whoever follows would not come back. */
const DEPTH = 1_000;

const number: Check = (value) => typeof value === "number";
const date: Check = (value) => typeof value === "string" && !Number.isNaN(Date.parse(value));
/** JSON has null for numbers that are none. */
const attribute: Check = (value) => value === null || isAttributeValue(value);
const attributes: Check = (value) =>
  object(value) && !Array.isArray(value) && Object.values(value as object).every(attribute);
const estimates = /^(rate|history|blend|reported)$/;

const numbers: Readonly<Record<keyof Numbers, Check>> = {
  current: maybe(isCount),
  total: maybe(isCount),
  totalKind: maybe(like(/^(exact|estimate|atLeast|unknown)$/)),
  unit: maybe(text),
  percentage: maybe(percentage),
  coverage: maybe(isCount),
  estimated: maybe(flag),
  revised: maybe(flag),
  overrun: maybe(flag),
  message: maybe(text),
  description: maybe(text),
  failedItems: maybe(isCount),
  skippedItems: maybe(isCount),
  startedAt: maybe(date),
  updatedAt: date,
  progressedAt: maybe(date),
  elapsedSeconds: isCount,
  rate: maybe(isCount),
  peakRate: maybe(isCount),
  meanRate: maybe(isCount),
  eta: maybe(shaped<Eta>({ seconds: isCount, low: isCount, high: isCount, basis: like(estimates) })),
  attempt: positive,
  attributes,
};
const cause = { type: text, message: text, code: maybe(text) };
const error = shaped<ErrorInfo>({ ...cause, details: () => true, causes: maybe(listOf(shaped<Cause>(cause))) });
const ended = { endedAt: date, reason: maybe(text) };
const endings: Readonly<Record<string, Check>> = {
  completed: shaped(ended),
  failed: shaped({ ...ended, error }),
  cancelled: shaped(ended),
  lost: shaped({ lastSeenAt: date }),
  skipped: shaped(ended),
};
const ending: Check = (value) => {
  const { status } = value as { readonly status?: unknown };
  return typeof status === "string" && Object.hasOwn(endings, status) && endings[status]!(value);
};
const named = shaped({ ...numbers, id: text, type: text, name: text, droppedLevels: maybe(whole) });

/** What is below one too. */
function isLevel(value: unknown): boolean {
  const { levels, operationId, weight } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return named(value) && ending(value) && text(operationId) && maybe(isCount)(weight) && listOf(isLevel)(levels);
}

function isDeep(value: unknown, room = DEPTH): boolean {
  if (typeof value !== "object" || value === null) return false;
  return room === 0 || Object.values(value).some((part) => isDeep(part, room - 1));
}

const point: Check = (value) => listOf(number)(value) && (value as unknown[]).length === 2;
const operation = shaped<Omit<Snapshot, keyof Numbers | "id" | "type" | "name" | "droppedLevels" | "status">>({
  stage: maybe(text),
  parentId: maybe(text),
  traceId: maybe(text),
  spanId: maybe(text),
  instance: shaped<Instance>({ id: text, host: maybe(text), pid: maybe(whole) }),
  counts: maybe(shaped<Counts>({ total: isCount, completed: isCount, failed: isCount, pending: isCount })),
  process: maybe(
    shaped<ProcessUsage>({
      cpuSeconds: number,
      cpuUtilization: number,
      eventLoopUtilization: maybe(number),
      memoryBytes: number,
      memoryGrowthBytes: maybe(number),
    }),
  ),
  levels: listOf(isLevel),
  curve: maybe(listOf(point)),
});

/** An ended operation as JSON; undefined for anything else. */
export function readEnded(json: string): Snapshot | undefined {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return undefined;
  }
  const fine = !isDeep(value) && named(value) && operation(value) && ending(value) && !isSkipped(value);
  return fine ? (value as Snapshot) : undefined;
}

/** Only levels are. */
const isSkipped = (value: unknown): boolean => (value as { readonly status: string }).status === "skipped";
