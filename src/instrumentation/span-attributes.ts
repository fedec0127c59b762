// What our spans and events say, from a handle. Pure; the recorder writes it.

import type { Attributes } from "@opentelemetry/api";
import type { WaitingOn } from "../model.js";
import type { Point } from "../points.js";
import { rollUp } from "../rollup.js";
import * as semconv from "../semconv.js";
import { rateOf } from "../state/remaining.js";
import { usageBetween } from "../state/usage.js";
import type { Handle } from "./handle.js";

/** What a span is of: on it from its start, so that samplers and processors see it. */
export function identity(handle: Handle): Attributes {
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

/** What the run was: on the span from its end. */
export function results(handle: Handle): Attributes {
  const { extra, outcome, unit, status } = handle;
  const { current, total, raisedTotal, ended, fraction } = outcome!;
  const attributes: Attributes = { [semconv.ATTR_STATUS]: status };
  if (current > 0 || total >= 0) attributes[semconv.ATTR_CURRENT] = handle.shownCurrent;
  if (total >= 0) attributes[semconv.ATTR_TOTAL] = raisedTotal;
  if (unit !== undefined) attributes[semconv.ATTR_UNIT] = unit;
  const ratio = status === "completed" ? 1 : fraction;
  if (!Number.isNaN(ratio)) attributes[semconv.ATTR_RATIO] = ratio;
  const mean = rateOf(handle, ended);
  if (mean !== undefined) {
    attributes[semconv.ATTR_RATE_MEAN] = mean;
    attributes[semconv.ATTR_RATE_PEAK] = Math.max(mean, extra?.pace?.peak ?? 0);
  }
  putUsage(attributes, handle);
  if (extra === undefined) return attributes;
  if (extra.failedItems > 0) attributes[semconv.ATTR_ITEMS_FAILED] = extra.failedItems;
  if (extra.skippedItems > 0) attributes[semconv.ATTR_ITEMS_SKIPPED] = extra.skippedItems;
  if (extra.attempt > 1) attributes[semconv.ATTR_ATTEMPT] = extra.attempt;
  if (outcome!.how.reason !== undefined) attributes[semconv.ATTR_REASON] = outcome!.how.reason;
  const stage = stageNow(handle);
  if (stage !== undefined) attributes[semconv.ATTR_STAGE] = stage;
  return attributes;
}

/** How far it is: what checkpoints and log-based updates say while it runs. */
export function stateNow(handle: Handle, now: number): Attributes {
  const { extra, unit, total, status, shownCurrent } = handle;
  const rolled = rollUp(handle);
  const attributes: Attributes = { [semconv.ATTR_STATUS]: status };
  if (shownCurrent > 0 || total >= 0) attributes[semconv.ATTR_CURRENT] = shownCurrent;
  if (total >= 0) attributes[semconv.ATTR_TOTAL] = handle.raisedTotal;
  if (unit !== undefined) attributes[semconv.ATTR_UNIT] = unit;
  if (rolled.coverage > 0) attributes[semconv.ATTR_RATIO] = rolled.floor;
  const rate = rateOf(handle, now);
  if (rate !== undefined) attributes[semconv.ATTR_RATE_CURRENT] = rate;
  if (extra?.message !== undefined) attributes[semconv.ATTR_MESSAGE] = extra.message;
  if (extra?.reason !== undefined) attributes[semconv.ATTR_REASON] = extra.reason;
  if (extra !== undefined && extra.attempt > 1) attributes[semconv.ATTR_ATTEMPT] = extra.attempt;
  const stage = stageNow(handle);
  if (stage !== undefined) attributes[semconv.ATTR_STAGE] = stage;
  return attributes;
}

/** That nothing moves, and what it waits for: on a stall event, and on checkpoints for as long as it lasts. */
export function stallOf(idleSeconds: number, waitingOn: readonly WaitingOn[]): Attributes {
  return {
    [semconv.ATTR_IDLE_TIME]: idleSeconds,
    ...(waitingOn.length > 0 && { [semconv.ATTR_WAITING_ON]: waitingOn.map(({ name }) => name) }),
  };
}

function putUsage(attributes: Attributes, { usage, outcome }: Handle): void {
  if (usage === undefined || outcome!.usage === undefined) return;
  const used = usageBetween(usage, outcome!.usage);
  if (used === undefined) return;
  attributes[semconv.ATTR_PROCESS_CPU_TIME] = used.cpuSeconds;
  attributes[semconv.ATTR_PROCESS_CPU_UTILIZATION] = used.cpuUtilization;
  attributes[semconv.ATTR_PROCESS_MEMORY] = used.memoryBytes;
  if (used.eventLoopUtilization !== undefined)
    attributes[semconv.ATTR_PROCESS_EVENT_LOOP_UTILIZATION] = used.eventLoopUtilization;
}

/** The point every run begins with. */
export function startOf(handle: Handle): Point {
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

/** The point every run ends with. */
export function finalOf(handle: Handle): Point {
  const { ended, total, fraction } = handle.outcome!;
  const current = handle.shownCurrent;
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

/** The status and, where there is one, its reason: what a status event says. */
export function statusOf(handle: Handle): Attributes {
  const reason = handle.outcome === undefined ? handle.extra?.reason : handle.outcome.how.reason;
  const attributes: Attributes = { [semconv.ATTR_STATUS]: handle.status };
  if (reason !== undefined) attributes[semconv.ATTR_REASON] = reason;
  return attributes;
}

/** The current stage, of an operation that has stages. */
export function stageNow({ extra }: Handle): string | undefined {
  const current = extra?.stages?.current;
  return current === undefined ? undefined : extra!.stages!.stages[current]!.name;
}

/** The stage that was the last to be entered before a moment: stages remember when they started, so points need not. */
export function stageAt(handle: Handle, millis: number): string | undefined {
  const { stages, entered } = handle.extra?.stages ?? { stages: [], entered: [] };
  let latest: number | undefined;
  entered.forEach((level, index) => {
    if (level === undefined || level.started >= millis) return;
    if (latest === undefined || level.started >= entered[latest]!.started) latest = index;
  });
  return latest === undefined ? undefined : stages[latest]!.name;
}

/** A point as an update event. */
export function pointAttributes(point: Point, stage: string | undefined): Attributes {
  const { current, total, ratio, rate, message } = point;
  const attributes: Attributes = { [semconv.ATTR_CURRENT]: current };
  if (total >= 0) attributes[semconv.ATTR_TOTAL] = total;
  if (!Number.isNaN(ratio)) attributes[semconv.ATTR_RATIO] = ratio;
  if (!Number.isNaN(rate)) attributes[semconv.ATTR_RATE_CURRENT] = rate;
  if (message !== undefined) attributes[semconv.ATTR_MESSAGE] = message;
  if (stage !== undefined) attributes[semconv.ATTR_STAGE] = stage;
  return attributes;
}
