// From a filter to what a Jaeger is asked for: it finds traces by values of tags, all on one span, and by when that span began.
// What it cannot look for is filtered here, from what it found.

import type { Filter, Status } from "../../model.js";
import * as semconv from "../../semconv.js";
import type { Window } from "./client.js";

type Tags = Readonly<Record<string, string>>;

const ENDED = ["completed", "failed", "cancelled", "lost"] as const;
/** On a marker at the beginning of all that ran long enough to be told of before its end. */
const STARTED: Tags = { [semconv.ATTR_SPAN_ROLE]: "started" };

/** What the spans have that are looked for, on one and the same. */
export interface Search {
  readonly tags: Tags;
  /** The name of the span. */
  readonly operation?: string;
}

/** Spans of which every operation that passes the filter has one. The answers may hold others as well. */
export function searchesFor({ id, type, status }: Filter): readonly Search[] {
  if (id !== undefined) return [{ tags: { [semconv.ATTR_OPERATION_ID]: id } }];
  const ofType: Tags = type === undefined ? {} : { [semconv.ATTR_OPERATION_TYPE]: type };
  // Spans that others write may have the type as their name alone.
  if (type !== undefined && status === undefined) return [{ tags: ofType }, { tags: {}, operation: type }];
  return statusTags(status ?? [...ENDED, "running"]).map((tags) => ({ tags: { ...ofType, ...tags } }));
}

function statusTags(statuses: readonly Status[]): readonly Tags[] {
  const ended = ENDED.filter((status) => statuses.includes(status));
  // Also what is taken for lost because nothing is heard of it.
  const open = statuses.some((status) => ["running", "paused", "lost"].includes(status));
  return [...ended.map((status): Tags => ({ [semconv.ATTR_STATUS]: status })), ...(open ? [STARTED] : [])];
}

/** When the spans began that are looked for; undefined when a time of the filter is none, or none is left. */
export function windowFor({ since, until }: Filter, lookbackMillis: number, nowMillis: number): Window | undefined {
  const from = since === undefined ? Math.max(0, nowMillis - lookbackMillis) : millisOf(since);
  const to = until === undefined ? Math.max(nowMillis, from) : millisOf(until);
  if (!(from <= to)) return undefined;
  const micros = (millis: number) => Math.min(Number.MAX_SAFE_INTEGER, Math.max(0, Math.round(millis * 1000)));
  return { fromMicros: micros(from), toMicros: micros(to) };
}

const millisOf = (time: Date | string): number => new Date(time).getTime();
