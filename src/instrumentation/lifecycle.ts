// Starts and ends of operations and levels, pauses and attempts: every change of status goes through here, so that state,
// span, metrics and listeners hear of it in the same order.

import { type Context, context } from "@opentelemetry/api";
import { expectedButReceived, ProgressError } from "../errors.js";
import type { Json, LevelStatus } from "../model.js";
import * as semconv from "../semconv.js";
import type { EndOptions } from "../state/entry.js";
import { wall } from "../state/snapshot.js";
import { mayBecome, nextOf } from "../state/transitions.js";
import { abortTree, cancelRequestOf, forgetOutsideSignal, isAbort } from "./cancellation.js";
import { learnFrom } from "./eta-learning.js";
import type { Handle } from "./handle.js";
import type { FailOptions } from "./handles.js";
import { statusOf } from "./span-attributes.js";

/** Which span a handle gets: one under the active context, one in a new trace, or none of ours because somebody else has it. */
export type SpanChoice = "child" | "detached" | "foreign";

/** Makes a prepared handle run: state, then span, then listeners. */
export function begin(
  handle: Handle,
  total: number,
  span: SpanChoice = "child",
  here: Context = context.active(),
): void {
  const { state, recorder, sampler, scopes, settings } = handle.core;
  const now = settings.clock.monotonicMillis();
  state.start(handle, now, total);
  if (isHeld(handle)) handle.more.pausedAt = now;
  if (handle.extra?.simulation !== undefined) state.simulations.start(handle);
  sampler.schedule(handle);
  const parent = handle.parent as Handle | undefined;
  if (span !== "foreign") {
    recorder.start(handle, parent === undefined ? here : scopes.within(parent, here), span === "detached");
  }
  recorder.started(handle);
  handle.core.subscribers.emit(handle, "started", {});
}

export function complete(handle: Handle, summary: Json | undefined): void {
  if (handle.outcome !== undefined) return;
  const clean = handle.core.cleaner.json(summary);
  if (handle.scoped) {
    if (clean !== undefined) handle.more.summary = clean;
    return;
  }
  end(handle, "completed", { summary: clean });
}

/** `late` is 1 when it was not the owner who ended it: then nobody can be blamed for updates that come late. */
export function fail(handle: Handle, error: unknown, options: FailOptions = {}, late: 0 | 1 = 0): void {
  if (handle.outcome !== undefined) return;
  end(handle, "failed", { error: handle.core.cleaner.error(error, options) }, error, late);
}

export function cancel(handle: Handle, reason: string | undefined): void {
  if (handle.outcome === undefined) end(handle, "cancelled", { reason: cleanReason(handle, reason) });
}

export function skip(handle: Handle, reason: string | undefined): void {
  if (handle.outcome !== undefined) return;
  if (handle.isOperation) refuseTransition(handle, "skipped");
  else end(handle, "skipped", { reason: cleanReason(handle, reason) });
}

/** A scoped function returned: the end, with the summary it recorded. */
export function settle(handle: Handle): void {
  if (handle.outcome === undefined) end(handle, "completed", { summary: handle.extra?.summary });
}

/** A scoped function threw: cancelled if it followed a cancel request, else failed. */
export function settleThrown(handle: Handle, error: unknown): void {
  if (handle.outcome !== undefined) return;
  const asked = cancelRequestOf(handle);
  // Parallel branches may go on after the one that threw.
  if (asked !== undefined && isAbort(handle, error)) end(handle, "cancelled", { reason: asked.reason }, undefined, 1);
  else fail(handle, error, {}, 1);
}

export function dispose(handle: Handle): void {
  if (handle.outcome !== undefined) return;
  if (!mayBecome(handle.status, "failed")) return refuseTransition(handle, "failed");
  const what = handle.isOperation ? "operation" : "level";
  const error = new ProgressError("UNFINISHED", `the ${what} was disposed without an end; call complete() last`);
  handle.core.diagnostics.count("misuse");
  handle.core.diagnostics.warnOnce(`unfinished ${handle.type}`, `${handle.type}: ${error.message}`);
  fail(handle, error);
}

/**
 * The end of a handle, once. Its open parts end with it as cancelled; `late` says where their updates go from then on.
 * The span of a part ends before that of its parent.
 */
export function end(handle: Handle, status: LevelStatus, options: EndOptions, error?: unknown, late: 0 | 1 = 0): void {
  const { state, recorder, instruments, settings, crossing } = handle.core;
  handle.pulse();
  handle.core.journal?.beforeEnd(handle);
  crossing.takeOver(handle);
  if (!mayBecome(handle.status, status))
    return handle.outcome === undefined ? refuseTransition(handle, status) : undefined;
  const now = settings.clock.monotonicMillis();
  endPause(handle, now);
  state.end(handle, status, now, late, options);
  forgetOutsideSignal(handle);
  if (status === "failed" || status === "cancelled")
    abortTree(handle, error ?? new ProgressError("CANCELLED", options.reason ?? status));
  // Made anew if it is read again: what listens to it must not stay as long as the history.
  if (handle.extra !== undefined) handle.extra.controller = undefined;
  endParts(handle, "parent ended");
  state.learn(handle);
  if (status === "completed") learnFrom(handle);
  recorder.end(handle, error);
  instruments.ended(handle);
  if (status === "failed") handle.core.subscribers.emit(handle, "failed", { error: options.error! });
  else if (status === "completed") handle.core.subscribers.emit(handle, "completed", {});
  else if (status === "lost")
    handle.core.subscribers.emit(handle, "lost", { lastSeenAt: wall(handle, handle.outcome!.ended) });
  else handle.core.subscribers.emit(handle, status as "cancelled" | "skipped", reasonOf(options.reason));
  crossing.ended(handle);
  if (!handle.isOperation) return;
  handle.core.journal?.ended(handle);
  handle.core.endedSoon();
}

/**
 * Ends the open levels below as cancelled, also those below a level that has ended: what listens to its end may ask before
 * its own parts are closed. Nested operations go on: they have a life of their own.
 */
function endParts(handle: Handle, reason: string): void {
  const family = handle.extra?.family;
  if (family === undefined) return;
  for (const part of family.kept) {
    if (part.isOperation) continue;
    if (part.outcome === undefined) end(part as Handle, "cancelled", { reason }, undefined, 1);
    else endParts(part as Handle, reason);
  }
}

export function pause(handle: Handle, reason: string | undefined): void {
  if (refuseEnded(handle, "pause")) return;
  if (!mayBecome(handle.status, "paused")) return refuseTransition(handle, "paused");
  handle.status = "paused";
  stopClock(handle, handle.core.settings.clock.monotonicMillis());
  handle.more.reason = cleanReason(handle, reason);
  changed(handle, "paused", handle.more.reason);
}

export function resume(handle: Handle): void {
  if (refuseEnded(handle, "resume")) return;
  if (handle.status !== "paused") return refuseTransition(handle, "running");
  handle.status = "running";
  handle.more.reason = undefined;
  if (!isHeld(handle)) startClock(handle, handle.core.settings.clock.monotonicMillis());
  changed(handle, "resumed", undefined);
}

/** Whether something around a level stands still, and the level with it, whatever its own status. */
function isHeld({ isOperation, parent }: Handle): boolean {
  return !isOperation && parent!.extra?.pausedAt !== undefined;
}

/** The levels below stand still too; nested operations have a life of their own. */
function stopClock(handle: Handle, now: number): void {
  handle.more.pausedAt ??= now;
  handle.more.stalledSince = undefined;
  for (const part of handle.extra?.family?.kept ?? [])
    if (part.slab !== undefined && !part.isOperation) stopClock(part as Handle, now);
}

/** Idle time begins anew, also for the levels below, apart from those that were paused themselves. */
function startClock(handle: Handle, now: number): void {
  if (handle.status === "paused") return;
  endPause(handle, now);
  handle.slab!.moved[handle.i] = now;
  if (handle.extra !== undefined) handle.extra.stalledSince = undefined;
  handle.core.sampler.schedule(handle);
  for (const part of handle.extra?.family?.kept ?? [])
    if (part.slab !== undefined && !part.isOperation) startClock(part as Handle, now);
}

function changed(handle: Handle, event: "paused" | "resumed", reason: string | undefined): void {
  const { state, sampler, recorder } = handle.core;
  state.touch(handle);
  sampler.schedule(handle);
  recorder.event(handle, semconv.EVENT_STATUS, statusOf(handle));
  handle.core.subscribers.emit(handle, event, reasonOf(reason));
}

/** The time since the pause began counts as paused, not as work. */
function endPause(handle: Handle, now: number): void {
  const { extra } = handle;
  if (extra?.pausedAt === undefined) return;
  extra.pausedMillis += now - extra.pausedAt;
  extra.pace?.pausedFor(now - extra.pausedAt);
  extra.forecast?.pausedFor(now - extra.pausedAt);
  extra.pausedAt = undefined;
}

export function newAttempt(handle: Handle, reason: string | undefined): void {
  if (refuseEnded(handle, "newAttempt")) return;
  const { core } = handle;
  const now = core.settings.clock.monotonicMillis();
  const { attempt } = handle.more;
  endParts(handle, "new attempt");
  // Whoever heard of that may have ended it, or begun the attempt already.
  if (handle.slab === undefined || handle.more.attempt !== attempt) return;
  endPause(handle, now);
  if (handle.status === "paused" || isHeld(handle)) handle.more.pausedAt = now;
  core.state.startOver(handle, now);
  handle.more.stalledSince = undefined;
  core.sampler.schedule(handle);
  const why = cleanReason(handle, reason);
  core.recorder.event(handle, semconv.EVENT_ATTEMPT, {
    [semconv.ATTR_ATTEMPT]: handle.extra!.attempt,
    ...(why !== undefined && { [semconv.ATTR_REASON]: why }),
  });
}

/** Whether it is too late to call `what`. Late calls on what its parent closed are counted silently; others are misuse. */
export function refuseEnded(handle: Handle, what: string): boolean {
  const wasRunning = handle.slab !== undefined;
  handle.pulse();
  if (handle.slab !== undefined) return false;
  if (wasRunning) {
    handle.core.diagnostics.count("late_updates");
    return true;
  }
  const { diagnostics } = handle.core;
  if (handle.i === 1) diagnostics.count("late_updates");
  else
    diagnostics.misuse(new ProgressError("ENDED", `${what} on ${handle.type}, which is ${handle.status}`), handle.type);
  return true;
}

function refuseTransition(handle: Handle, to: LevelStatus): void {
  const { type, status, isOperation } = handle;
  // What its owner can make of it: lost it is found by others.
  const next = nextOf(status).filter((other) => other !== "lost" && !(isOperation && other === "skipped"));
  const error = expectedButReceived("INVALID_TRANSITION", `${type} is ${status}`, `${next.join(", ")} next`, to);
  handle.core.diagnostics.misuse(error, type);
}

const reasonOf = (reason: string | undefined) => (reason === undefined ? {} : { reason });

function cleanReason(handle: Handle, reason: unknown): string | undefined {
  return reason == null ? undefined : handle.core.cleaner.text(reason);
}
