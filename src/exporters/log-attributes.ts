// A notice in the names of the semantic conventions: what log records and lines of loggers say. Pure.

import type { Snapshot } from "../model.js";
import * as semconv from "../semconv.js";
import type { Happening, Notice } from "./notices.js";

export type LogAttributes = Record<string, string | number | string[]>;

const EVENTS: Readonly<Record<Happening, string>> = {
  started: semconv.EVENT_STATUS,
  progress: semconv.EVENT_UPDATE,
  stalled: semconv.EVENT_STALLED,
  recovered: semconv.EVENT_RECOVERED,
  retried: semconv.EVENT_ATTEMPT,
  paused: semconv.EVENT_STATUS,
  resumed: semconv.EVENT_STATUS,
  cancelRequested: semconv.EVENT_STATUS,
  ended: semconv.EVENT_STATUS,
};

export function eventOf({ happening }: Notice): string {
  return EVENTS[happening];
}

/** When it happened, in milliseconds since 1970. */
export function epochMillisOf({ happening, snapshot, silentSeconds }: Notice): number {
  if (happening === "started" && snapshot.startedAt !== undefined) return Date.parse(snapshot.startedAt);
  return Date.parse(snapshot.updatedAt) + (happening === "ended" ? 0 : silentSeconds * 1_000);
}

/** What is unknown is absent. */
export function logAttributes({ snapshot, silentSeconds }: Notice): LogAttributes {
  const { id, type, name, status, current, total, unit, percentage, attempt, message, stage } = snapshot;
  return defined({
    [semconv.ATTR_OPERATION_ID]: id,
    [semconv.ATTR_OPERATION_TYPE]: type,
    [semconv.ATTR_OPERATION_NAME]: name === type ? undefined : name,
    [semconv.ATTR_STATUS]: status,
    [semconv.ATTR_CURRENT]: current,
    [semconv.ATTR_TOTAL]: total,
    [semconv.ATTR_UNIT]: unit,
    [semconv.ATTR_RATIO]: percentage === undefined ? undefined : percentage / 100,
    [semconv.ATTR_ATTEMPT]: attempt > 1 ? attempt : undefined,
    [semconv.ATTR_ITEMS_FAILED]: snapshot.failedItems,
    [semconv.ATTR_ITEMS_SKIPPED]: snapshot.skippedItems,
    [semconv.ATTR_MESSAGE]: message,
    [semconv.ATTR_STAGE]: stage,
    ...ratesOf(snapshot),
    ...statusOf(snapshot, silentSeconds),
  });
}

function ratesOf(snapshot: Snapshot): Record<string, number | undefined> {
  const { rate, meanRate, peakRate, status } = snapshot;
  if (status === "running") return { [semconv.ATTR_RATE_CURRENT]: rate };
  return { [semconv.ATTR_RATE_MEAN]: meanRate, [semconv.ATTR_RATE_PEAK]: peakRate };
}

function statusOf(snapshot: Snapshot, silentSeconds: number): Record<string, string | number | string[] | undefined> {
  switch (snapshot.status) {
    case "failed":
      return { [semconv.ATTR_ERROR_TYPE]: snapshot.error.code ?? snapshot.error.type };
    case "lost":
      return { [semconv.ATTR_ERROR_TYPE]: "LOST" };
    case "paused":
    case "cancelled":
      return { [semconv.ATTR_REASON]: snapshot.reason };
    case "completed":
      return {};
    default: {
      const { stalled, cancelRequested } = snapshot;
      return {
        [semconv.ATTR_IDLE_TIME]: stalled && stalled.seconds + silentSeconds,
        [semconv.ATTR_WAITING_ON]: stalled?.waitingOn.length ? stalled.waitingOn.map(({ name }) => name) : undefined,
        [semconv.ATTR_REASON]: cancelRequested?.reason,
      };
    }
  }
}

function defined(attributes: Record<string, string | number | string[] | undefined>): LogAttributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined)) as LogAttributes;
}
