// From the spans of an operation to the snapshot of it: what the live source said at its end, as far as spans hold it. Of one that
// runs, what its last marker said, as of then.

import type { Counts, Ending, Instance, LevelSnapshot, LevelStatus, Snapshot } from "../../model.js";
import * as semconv from "../../semconv.js";
import { endingOf, statusOf } from "./endings.js";
import type { LevelNode, OperationNode } from "./family-tree.js";
import { countsAndRatio, curveOf, numbersOf, usageOf } from "./numbers.js";
import type { Process, Span } from "./untrusted.js";
import { countOf, defined, nameOf, textOf, timeOf, type Values } from "./values.js";

/** Markers come every max(30 s, age / 50), at most ten minutes apart: who misses several of them is gone. */
const SILENT_SHARE = 1 / 10;
const SILENT_LEAST_MICROS = 5 * 60e6;
const SILENT_MOST_MICROS = 30 * 60e6;

export function snapshotOf(operation: OperationNode, nowMicros: number): Snapshot {
  const { span } = operation;
  return span === undefined ? openSnapshot(operation, nowMicros) : endedSnapshot(operation, span);
}

/** The service an operation ran in. */
export function serviceOf(operation: OperationNode): string {
  return processOf(operation).service;
}

function endedSnapshot(operation: OperationNode, span: Span): Snapshot {
  return Object.freeze({
    ...identityOf(operation),
    name: nameOf(span.tags.get(semconv.ATTR_OPERATION_NAME)) ?? operation.type,
    ...numbersOf(span),
    ...endingOf(span),
    ...defined("stage", textOf(span.tags, semconv.ATTR_STAGE)),
    ...defined("parentId", operation.parentId),
    ...defined("counts", countsOf(operation)),
    ...defined("process", usageOf(span.tags)),
    levels: levelsOf(operation.levels, operation.id),
    ...defined("curve", curveOf(span)),
  }) as Snapshot;
}

function openSnapshot(operation: OperationNode, nowMicros: number): Snapshot {
  const { markers, levels } = operation;
  const last = markers.findLast(({ tags }) => tags.get(semconv.ATTR_SPAN_ROLE) === "checkpoint") ?? markers.at(-1);
  const tags: Values = last?.tags ?? new Map();
  const startMicros = least(markers.map((marker) => marker.startMicros));
  const seenMicros = greatest([...markers, ...levels.map((level) => level.span)].map((span) => span.endMicros));
  const elapsedMicros = startMicros === undefined ? 0 : Math.max(0, seenMicros - startMicros);
  const patience = startMicros === undefined ? SILENT_MOST_MICROS : patienceMicros(elapsedMicros);
  return Object.freeze({
    ...identityOf(operation),
    name: nameOf(tags.get(semconv.ATTR_OPERATION_NAME)) ?? operation.type,
    ...countsAndRatio(tags, false),
    ...defined("message", textOf(tags, semconv.ATTR_MESSAGE)),
    ...defined("rate", countOf(tags, semconv.ATTR_RATE_CURRENT)),
    ...defined("startedAt", startMicros === undefined ? undefined : timeOf(startMicros)),
    updatedAt: timeOf(seenMicros),
    elapsedSeconds: elapsedMicros / 1e6,
    attributes: Object.freeze({}),
    ...openEnding(tags, seenMicros, nowMicros - seenMicros > patience),
    ...defined("stage", textOf(tags, semconv.ATTR_STAGE)),
    ...defined("counts", countsOf(operation)),
    levels: levelsOf(operation.levels, operation.id),
  }) as Snapshot;
}

/** How long nothing is heard of an operation of that age before it is taken for lost. */
function patienceMicros(elapsedMicros: number): number {
  return Math.min(SILENT_MOST_MICROS, Math.max(SILENT_LEAST_MICROS, elapsedMicros * SILENT_SHARE));
}

function openEnding(tags: Values, seenMicros: number, silent: boolean): Ending {
  if (silent) return { status: "lost", lastSeenAt: timeOf(seenMicros) };
  if (tags.get(semconv.ATTR_STATUS) !== "paused") return { status: "running" };
  return { status: "paused", ...defined("reason", textOf(tags, semconv.ATTR_REASON)) };
}

function identityOf(operation: OperationNode) {
  const { id, type, spanId } = operation;
  const traceId = signOf(operation)?.traceId;
  const instance = instanceOf(processOf(operation));
  return { id, type, ...defined("traceId", traceId), ...defined("spanId", spanId), instance };
}

/** Any span that tells of it. */
function signOf({ span, markers, levels }: OperationNode): Span | undefined {
  return span ?? markers[0] ?? levels[0]?.span;
}

function processOf(operation: OperationNode): Process {
  return signOf(operation)?.process ?? { service: "", tags: new Map() };
}

function instanceOf({ service, tags }: Process): Instance {
  return Object.freeze({
    id: textOf(tags, "service.instance.id") ?? service,
    ...defined("host", textOf(tags, "host.name")),
    ...defined("pid", countOf(tags, "process.pid")),
  });
}

function levelsOf(levels: readonly LevelNode[], operationId: string): readonly LevelSnapshot[] {
  return Object.freeze(levels.map((level) => levelSnapshot(level, operationId)));
}

function levelSnapshot({ span, levels }: LevelNode, operationId: string): LevelSnapshot {
  const { tags } = span;
  const type = nameOf(tags.get(semconv.ATTR_LEVEL_TYPE)) ?? span.name;
  return Object.freeze({
    id: nameOf(tags.get(semconv.ATTR_LEVEL_ID)) ?? span.spanId,
    type,
    name: nameOf(tags.get(semconv.ATTR_LEVEL_NAME)) ?? type,
    operationId,
    ...numbersOf(span),
    ...endingOf(span),
    levels: levelsOf(levels, operationId),
  }) as LevelSnapshot;
}

function countsOf({ levels, nested }: OperationNode): Counts | undefined {
  const parts = [
    ...levels.map(({ span }) => statusOf(span)),
    ...nested.map(({ span }) => (span === undefined ? "running" : statusOf(span))),
  ];
  if (parts.length === 0) return undefined;
  const count = (...statuses: LevelStatus[]) => parts.filter((status) => statuses.includes(status)).length;
  const [completed, failed, pending] = [count("completed"), count("failed", "lost"), count("running")];
  return Object.freeze({ total: completed + failed + pending, completed, failed, pending });
}

function least(values: readonly number[]): number | undefined {
  return values.reduce<number | undefined>((a, b) => (a === undefined || b < a ? b : a), undefined);
}

function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), 0);
}
