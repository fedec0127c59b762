// What arrives from other processes, checked before anything of it is used. A state with anything wrong in it is refused as a whole.
// Texts are not cut here: whoever puts them into the state of this instance cleans them like those of its own users.

import { isAttributeValue } from "../../attribute-value.js";
import type { LevelState, OwnerNotice, PartState, WriterState } from "../../contribution-transport.js";
import type { TotalKind } from "../../model.js";
import { isCount } from "../../state/cell.js";
import { STATUSES } from "../../state/transitions.js";

/** Of one state: far more than an honest writer lists. */
const MAX_PARTS = 1_024;
const MAX_LEVELS = 1_024;
const MAX_DEPTH = 64;
const MAX_EVENTS = 64;
const MAX_NAME = 1_024;

const TOTAL_KINDS: readonly TotalKind[] = ["exact", "estimate", "atLeast", "unknown"];

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === "string";
const name: Check = (value) => typeof value === "string" && value !== "" && value.length <= MAX_NAME;
const number: Check = (value) => typeof value === "number" && Number.isFinite(value);
const fraction: Check = (value) => typeof value === "number" && value >= 0 && value <= 1;
const anything: Check = () => true;
const optional =
  (check: Check): Check =>
  (value) =>
    value === undefined || check(value);
const oneOf =
  (choices: readonly string[]): Check =>
  (value) =>
    choices.includes(value as string);
const listOf =
  (most: number, check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.length <= most && value.every(check);
const shaped =
  (fields: Fields): Check =>
  (value) =>
    isRecord(value) && Object.entries(fields).every(([key, check]) => check(value[key]));

const attributes: Check = (value) => isRecord(value) && Object.values(value).every(isAttributeValue);
const cause: Fields = { type: text, message: text, code: optional(text) };
const error: Check = shaped({ ...cause, details: optional(anything), causes: optional(listOf(8, shaped(cause))) });

const shares: Fields = {
  current: isCount,
  failedItems: optional(isCount),
  skippedItems: optional(isCount),
  reported: optional(fraction),
  message: optional(text),
  attributes: optional(attributes),
  ended: optional(shaped({ completed: isCount, failed: isCount, excluded: isCount })),
};
const part: Check = shaped({
  ...shares,
  levelId: optional(name),
  messageAt: optional(number),
  heartbeats: optional(isCount),
  events: optional(listOf(MAX_EVENTS, shaped({ number: isCount, name: text, attributes }))),
});
const level: Check = shaped({
  ...shares,
  id: name,
  type: name,
  name: optional(text),
  unit: optional(text),
  description: optional(text),
  status: oneOf(STATUSES),
  total: optional(isCount),
  totalKind: optional(oneOf(TOTAL_KINDS)),
  weight: optional((value) => number(value) && (value as number) >= 0),
  expectedMillis: optional(isCount),
  attempt: optional((value) => isCount(value) && Number.isInteger(value) && value >= 1),
  startedAt: optional(number),
  endedAt: optional(number),
  reason: optional(text),
  error: optional(error),
  summary: optional(anything),
});
const writerState: Check = shaped({
  version: (value) => value === 1,
  operationId: name,
  key: name,
  writer: name,
  sequence: isCount,
  open: (value) => typeof value === "boolean",
  parts: listOf(MAX_PARTS, part),
  cancelRequested: optional(shaped({ reason: optional(text) })),
});
const ownerNotice: Check = shaped({
  version: (value) => value === 1,
  operationId: name,
  key: name,
  ended: (value) => typeof value === "boolean",
  aborted: listOf(MAX_PARTS, shaped({ levelId: optional(name), reason: optional(text) })),
});

/** Untrusted data as the state of a writer; `undefined` when it is none. */
export function readWriterState(data: unknown): WriterState | undefined {
  if (!writerState(data)) return undefined;
  const state = data as WriterState;
  return countLevels(state.parts, 0) <= MAX_LEVELS ? state : undefined;
}

/** Untrusted data as a notice of the owner; `undefined` when it is none. */
export function readOwnerNotice(data: unknown): OwnerNotice | undefined {
  return ownerNotice(data) ? (data as OwnerNotice) : undefined;
}

/** Levels below, all told; infinite when one of them is none. */
function countLevels(above: readonly (PartState | LevelState)[], depth: number): number {
  let count = 0;
  for (const { levels } of above) {
    if (levels === undefined) continue;
    if (depth >= MAX_DEPTH || !Array.isArray(levels) || levels.length > MAX_LEVELS || !levels.every(level))
      return Number.POSITIVE_INFINITY;
    count += levels.length + countLevels(levels, depth + 1);
    if (count > MAX_LEVELS) return Number.POSITIVE_INFINITY;
  }
  return count;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
