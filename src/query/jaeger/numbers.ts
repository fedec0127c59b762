// What a span says of how far its work came: counts, times, rates, the course of it.

import type { Numbers, ProcessUsage, Snapshot } from "../../model.js";
import { rawPercentage } from "../../rollup.js";
import * as semconv from "../../semconv.js";
import { statusOf } from "./endings.js";
import type { Span } from "./untrusted.js";
import { countOf, defined, ratioOf, textOf, timeOf, userAttributes, type Values } from "./values.js";

export function numbersOf(span: Span): Numbers {
  const { tags } = span;
  const meanRate = countOf(tags, semconv.ATTR_RATE_MEAN);
  return {
    ...countsAndRatio(tags, statusOf(span) === "completed"),
    ...defined("message", messageOf(span)),
    startedAt: timeOf(span.startMicros),
    updatedAt: timeOf(span.endMicros),
    elapsedSeconds: Math.max(0, span.endMicros - span.startMicros - pausedMicros(span)) / 1e6,
    // Over all of it, once it has ended.
    ...defined("rate", meanRate),
    ...defined("peakRate", countOf(tags, semconv.ATTR_RATE_PEAK)),
    ...defined("meanRate", meanRate),
    attributes: userAttributes(tags),
  } as Numbers;
}

/** What is on ended spans and on markers alike. */
export function countsAndRatio(tags: Values, completed: boolean): Pick<Numbers, "attempt"> & Partial<Numbers> {
  const [current, total] = [countOf(tags, semconv.ATTR_CURRENT), countOf(tags, semconv.ATTR_TOTAL)];
  const ratio = completed ? 1 : (ratioOf(tags, semconv.ATTR_RATIO) ?? shareOf(current, total));
  const attempt = countOf(tags, semconv.ATTR_ATTEMPT);
  return {
    ...defined("current", current),
    ...defined("total", total),
    ...defined("unit", textOf(tags, semconv.ATTR_UNIT)),
    ...defined("percentage", ratio === undefined ? undefined : percentageOf(ratio, completed)),
    ...defined("failedItems", countOf(tags, semconv.ATTR_ITEMS_FAILED)),
    ...defined("skippedItems", countOf(tags, semconv.ATTR_ITEMS_SKIPPED)),
    attempt: attempt !== undefined && Number.isInteger(attempt) && attempt > 0 ? attempt : 1,
  };
}

/** Spans that others write may have counts alone. */
function shareOf(current: number | undefined, total: number | undefined): number | undefined {
  return current !== undefined && total !== undefined && total > 0 ? Math.min(1, current / total) : undefined;
}

function percentageOf(ratio: number, completed: boolean): number {
  return completed ? 100 : rawPercentage({ floor: ratio, coverage: 1, estimated: false });
}

/** In its pauses nothing was done; the events of some of them may be missing when there were many. */
function pausedMicros({ events, endMicros }: Span): number {
  let paused = 0;
  let since: number | undefined;
  for (const { name, micros, fields } of events) {
    if (name !== semconv.EVENT_STATUS) continue;
    const status = fields.get(semconv.ATTR_STATUS);
    if (status === "paused") since ??= micros;
    else if (since !== undefined) {
      paused += micros - since;
      since = undefined;
    }
  }
  return since === undefined ? paused : paused + Math.max(0, endMicros - since);
}

function messageOf({ events }: Span): string | undefined {
  const last = events.findLast(({ name }) => name === semconv.EVENT_UPDATE);
  return last && textOf(last.fields, semconv.ATTR_MESSAGE);
}

/** Ends with the final state, where that is known. With nothing between the beginning and the end there is none. */
export function curveOf({ events, startMicros }: Span): Snapshot["curve"] | undefined {
  const updates = events.filter(({ name }) => name === semconv.EVENT_UPDATE);
  const last = updates.at(-1);
  if (last === undefined || updates.length < 3) return undefined;
  const isEnd = ratioOf(last.fields, semconv.ATTR_RATIO) !== undefined;
  const points = updates.slice(0, -1).filter(({ micros }) => !isEnd || micros < last.micros);
  const curve = [...points, last].flatMap(({ micros, fields }) => {
    const ratio = ratioOf(fields, semconv.ATTR_RATIO);
    return ratio === undefined ? [] : [Object.freeze([Math.max(0, micros - startMicros) / 1e6, ratio] as const)];
  });
  return curve.length === 0 ? undefined : Object.freeze(curve);
}

export function usageOf(tags: Values): ProcessUsage | undefined {
  const cpuSeconds = countOf(tags, semconv.ATTR_PROCESS_CPU_TIME);
  const cpuUtilization = countOf(tags, semconv.ATTR_PROCESS_CPU_UTILIZATION);
  const memoryBytes = countOf(tags, semconv.ATTR_PROCESS_MEMORY);
  if (cpuSeconds === undefined || cpuUtilization === undefined || memoryBytes === undefined) return undefined;
  const eventLoopUtilization = ratioOf(tags, semconv.ATTR_PROCESS_EVENT_LOOP_UTILIZATION);
  return Object.freeze({
    cpuSeconds,
    cpuUtilization,
    ...defined("eventLoopUtilization", eventLoopUtilization),
    memoryBytes,
  });
}
