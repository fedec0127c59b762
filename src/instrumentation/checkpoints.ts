// Running work in backends that show only what has ended: a short child span under the still open span of the operation says
// that it started, and then, moved or not, how far it is. Each has an id of its own; the numbers are attributes, the names few.

import type { Attributes } from "@opentelemetry/api";
import * as semconv from "../semconv.js";
import type { Handle } from "./handle.js";
import { identity, stallOf, stateNow } from "./span-attributes.js";

const LEAST_MILLIS = 30_000;
const MOST_MILLIS = 600_000;
/** One checkpoint in each fiftieth of the run, so that their number grows with the logarithm of its length. */
const SHARE = 1 / 50;
/** A span must not end when it starts: backends take that for a mistake. */
const MARKER_MILLIS = 1;

/** Milliseconds until the next checkpoint of an operation that has run for `elapsed`. */
export function checkpointInterval(elapsed: number): number {
  return Math.min(MOST_MILLIS, Math.max(LEAST_MILLIS, elapsed * SHARE));
}

/** It is time to tell of a running operation. */
export function handleCheckpoint(handle: Handle): void {
  const { recorder, settings } = handle.core;
  const { more, started } = handle;
  const now = settings.clock.monotonicMillis();
  const first = more.checkpointedAt === undefined;
  const told = first ? markStart(handle) : markStretch(handle, more.checkpointedAt!, now);
  const logged = recorder.checkpoint(handle);
  more.checkpointedAt = first ? started : now;
  // What has no span that anybody records will not get one later.
  more.checkpointAt = told || logged ? now + checkpointInterval(now - started) : Number.POSITIVE_INFINITY;
}

/** What is stuck is told of soon, not ten minutes later: who is woken by it looks for what it waits for. */
export function hastenCheckpoint(handle: Handle): void {
  const { checkpointAt, checkpointedAt } = handle.more;
  if (checkpointAt === undefined || checkpointedAt === undefined || checkpointAt === Number.POSITIVE_INFINITY) return;
  handle.more.checkpointAt = Math.min(checkpointAt, checkpointedAt + LEAST_MILLIS);
  handle.core.sampler.schedule(handle);
}

function markStart(handle: Handle): boolean {
  const { started } = handle;
  return mark(handle, "started", started, started + MARKER_MILLIS, {});
}

function markStretch(handle: Handle, since: number, now: number): boolean {
  return mark(handle, "checkpoint", since, now, { ...stateNow(handle, now), ...stallNow(handle, now) });
}

function stallNow(handle: Handle, now: number): Attributes {
  if (handle.extra?.stalledSince === undefined) return {};
  return stallOf((now - handle.moved) / 1000, handle.core.state.inFlight.waitingOn(handle.operation, now));
}

function mark(
  handle: Handle,
  role: "started" | "checkpoint",
  from: number,
  to: number,
  attributes: Attributes,
): boolean {
  return handle.core.recorder.mark(
    handle,
    `${handle.type} ${role}`,
    { ...identity(handle), ...attributes, [semconv.ATTR_SPAN_ROLE]: role },
    [from, Math.max(to, from + MARKER_MILLIS)],
  );
}
