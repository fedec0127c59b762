// Asking work to stop: signals in, signals out. A request is only a request; how the work ends is its own decision.

import { ProgressError } from "../errors.js";
import type { Entry } from "../state/entry.js";
import { isErrorLike, peek } from "./clean.js";
import type { Handle } from "./handle.js";

/** The signal of a handle, made when first read. Aborted from the start if cancellation was already asked for. */
export function signalOf(handle: Handle): AbortSignal {
  const { more } = handle;
  if (more.controller === undefined) {
    more.controller = new AbortController();
    const reason = abortReason(handle);
    if (reason !== undefined) more.controller.abort(reason);
  }
  return more.controller.signal;
}

/** Why this handle is to stop, if it is: asked here or above, or failed. */
export function abortReason(handle: Handle): Error | undefined {
  const asked = cancelRequestOf(handle);
  if (asked !== undefined) return cancelled(asked.reason);
  const { status, outcome } = handle;
  if (status !== "failed" && status !== "cancelled") return undefined;
  return cancelled(outcome?.how.error?.message ?? outcome?.how.reason);
}

/** The request that reaches this handle, if there was one: to itself or to anything around it. */
export function cancelRequestOf(handle: Handle): { readonly reason: string | undefined } | undefined {
  for (let at: Handle | undefined = handle; at !== undefined; at = at.parent as Handle | undefined) {
    if (at.extra?.cancelRequested !== undefined) return at.extra.cancelRequested;
  }
  return undefined;
}

/** Whether `error` is what work throws that follows a request: an AbortError, or the reason of a signal it was given. */
export function isAbort(handle: Handle, error: unknown): boolean {
  if (peek(() => (error as Error).name) === "AbortError") return true;
  if (peek(() => error instanceof ProgressError && error.code === "CANCELLED") === true) return true;
  for (let at: Handle | undefined = handle; at !== undefined; at = at.parent as Handle | undefined) {
    const { controller, outside } = at.extra ?? {};
    if ([controller?.signal, outside].some((signal) => signal?.aborted && signal.reason === error)) return true;
  }
  return false;
}

function cancelled(reason: string | undefined): ProgressError {
  return new ProgressError("CANCELLED", reason === undefined ? "cancelled" : `cancelled: ${reason}`);
}

/** Aborts the signals of a handle and of the levels open below it. Nested operations have a life of their own. */
export function abortTree(handle: Handle, reason: unknown): void {
  handle.extra?.controller?.abort(reason);
  for (const part of handle.extra?.family?.kept ?? []) {
    if (part.outcome === undefined && !part.isOperation) abortTree(part as Handle, reason);
  }
}

/** Running operations started inside of `handle`; what is between may have ended, been folded or given up by now. */
function operationsInside(handle: Handle): Handle[] {
  const { extra, core } = handle;
  if (extra?.family === undefined && (extra?.attempt ?? 1) === 1) return [];
  return [...core.state.active()].filter((other) => isInside(other, handle)) as Handle[];
}

function isInside(entry: Entry, outer: Entry): boolean {
  for (let at = entry.parent; at !== undefined; at = at.parent) if (at === outer) return true;
  return false;
}

export function requestCancel(handle: Handle, reason: unknown): void {
  if (handle.slab === undefined || handle.extra?.cancelRequested !== undefined) return;
  const { core } = handle;
  const text = reason === undefined ? undefined : core.cleaner.text(reason);
  handle.more.cancelRequested = { reason: text, atEpochMillis: core.settings.clock.epochMillis() };
  core.state.touch(handle);
  core.subscribers.emit(handle, "cancelRequested", text === undefined ? {} : { reason: text });
  const error = cancelled(text);
  for (const reached of [handle, ...operationsInside(handle)]) abortTree(reached, error);
  core.crossing.cancelRequested(handle);
}

/** An abort of `signal`, now or later, requests cancellation of the handle; the listener goes when the handle ends. */
export function followSignal(handle: Handle, signal: AbortSignal): void {
  const onAbort = () => requestCancel(handle, reasonOf(signal));
  handle.more.outside = signal;
  if (signal.aborted) return onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  handle.more.unfollow = () => signal.removeEventListener("abort", onAbort);
}

export function forgetOutsideSignal(handle: Handle): void {
  const { extra } = handle;
  if (extra?.outside === undefined) return;
  extra.unfollow?.();
  extra.unfollow = undefined;
  extra.outside = undefined;
}

function reasonOf({ reason }: AbortSignal): unknown {
  return peek(() => (isErrorLike(reason) ? reason.message : reason));
}
