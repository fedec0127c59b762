// What a handle reports besides increments: absolute values, totals, messages, failed and skipped items, attributes.

import { expectedButReceived } from "../errors.js";
import type { Attributes, TotalKind } from "../model.js";
import { isCount } from "../state/cell.js";
import { type Entry, forgetReported } from "../state/entry.js";
import { tallyItems } from "../state/items.js";
import { isErrorLike, peek } from "./clean.js";
import type { Handle } from "./handle.js";
import type { Update } from "./handles.js";
import { refuseEnded } from "./lifecycle.js";
import { identity } from "./span-attributes.js";

const KINDS: readonly TotalKind[] = ["exact", "estimate", "atLeast", "unknown"];

/** Whether `value` is a count; if not, it is misuse of `what`. */
export function checkCount(handle: Handle, what: string, value: unknown): value is number {
  if (isCount(value)) return true;
  handle.core.diagnostics.misuse(
    expectedButReceived("INVALID_NUMBER", what, "a number from 0 to 2^53 - 1", value),
    handle.type,
  );
  return false;
}

export function checkTotalKind(handle: Handle, what: string, kind: TotalKind): boolean {
  if (KINDS.includes(kind)) return true;
  handle.core.diagnostics.misuse(expectedButReceived("INVALID_OPTION", what, KINDS.join(", "), kind), handle.type);
  return false;
}

export function update(handle: Handle, given: Update): void {
  if (refuseEnded(handle, "update")) return;
  if (typeof given !== "object" || given === null) {
    return handle.core.diagnostics.misuse(
      expectedButReceived("INVALID_OPTION", "update", "an object", given),
      handle.type,
    );
  }
  const { current, increment, percentage, total, totalKind, name, message, attributes } = given as {
    [K in keyof Update]?: Update[K];
  } & { current?: number; increment?: number; percentage?: number; total?: number; totalKind?: TotalKind };
  if ([current, increment, percentage].filter((way) => way !== undefined).length > 1) {
    const error = expectedButReceived(
      "INVALID_OPTION",
      "update",
      "one of current, increment and percentage",
      "more than one",
    );
    return handle.core.diagnostics.misuse(error, handle.type);
  }
  const { etaSeconds } = given as { etaSeconds?: number };
  if (etaSeconds !== undefined && percentage === undefined) {
    const error = expectedButReceived("INVALID_OPTION", "update", "a percentage beside etaSeconds", "etaSeconds alone");
    handle.core.diagnostics.misuse(error, handle.type);
  }
  if (name !== undefined) rename(handle, name);
  if (message !== undefined) setMessage(handle, message);
  if (attributes !== undefined) setAttributes(handle, attributes);
  if (total !== undefined || totalKind !== undefined) setTotal(handle, total ?? handle.total, totalKind);
  if (current !== undefined) setCurrent(handle, current);
  else if (increment !== undefined) handle.increment(increment);
  else if (percentage !== undefined) setPercentage(handle, percentage, etaSeconds);
}

function setCurrent(handle: Handle, current: number): void {
  if (!checkCount(handle, "update: current", current)) return;
  const { extra } = handle;
  if (extra !== undefined) {
    forgetReported(extra);
    if (handle.current > 0 || current > 0) extra.simulation = undefined;
  }
  if (handle.slab!.seen[handle.i] === 0 && handle.buf[handle.i] === 0 && current > 0) beganAt(handle, current);
  handle.buf[handle.i] = current + (extra?.contributed ?? 0);
}

/** What is said to be done at once was done before: it takes up the work of another run. */
function beganAt(handle: Handle, current: number): void {
  const { clock, intervalMillis } = handle.core.settings;
  if (handle.attemptMillis(clock.monotonicMillis()) < intervalMillis) handle.more.beforehand = current;
}

function setPercentage(handle: Handle, percentage: number, etaSeconds: number | undefined): void {
  if (!(percentage >= 0 && percentage <= 100)) {
    const error = expectedButReceived("INVALID_NUMBER", "update: percentage", "a number from 0 to 100", percentage);
    return handle.core.diagnostics.misuse(error, handle.type);
  }
  if (etaSeconds !== undefined && !checkCount(handle, "update: etaSeconds", etaSeconds)) return;
  const { more } = handle;
  if (more.reported !== percentage / 100) handle.core.state.stirred.add(handle);
  more.reported = percentage / 100;
  more.reportedCount = handle.current;
  more.simulation = undefined;
  more.reportedEtaSeconds = etaSeconds;
  more.reportedAt = handle.core.settings.clock.monotonicMillis();
  handle.core.state.touch(handle);
}

/** `undefined` and NaN make the total unknown again. */
export function setTotal(handle: Handle, total: number | undefined, kind?: TotalKind): void {
  if (refuseEnded(handle, "setTotal")) return;
  const unknown = total === undefined || (Number.isNaN(total) && Number.isNaN(handle.total) && kind !== undefined);
  if (!unknown && !checkCount(handle, "setTotal", total)) return;
  if (kind !== undefined && !checkTotalKind(handle, "setTotal: kind", kind)) return;
  handle.slab!.total[handle.i] = unknown ? Number.NaN : total;
  if (kind !== undefined) handle.more.totalKind = kind;
  handle.core.state.touch(handle);
}

function rename(handle: Handle, name: string): void {
  handle.name = handle.core.cleaner.given(name);
  handle.core.recorder.attributes(handle, identity(handle));
  handle.core.state.touch(handle);
}

export function setMessage(handle: Handle, text: string): void {
  if (refuseEnded(handle, "message")) return;
  // What comes from data may be missing: then nothing is said any more.
  handle.more.message = text == null ? undefined : handle.core.cleaner.text(text);
  handle.core.state.touch(handle);
}

/** Items that are settled without being done: they count, but say nothing about the pace. */
export function itemsAside(handle: Handle, how: "failed" | "skipped", n: number, error?: unknown): void {
  if (refuseEnded(handle, how === "failed" ? "itemFailed" : "itemSkipped")) return;
  if (!checkCount(handle, how === "failed" ? "itemFailed" : "itemSkipped", n)) return;
  const { more } = handle;
  more.aside += n;
  more[how === "failed" ? "failedItems" : "skippedItems"] += n;
  tallyItems(handle, how, n);
  handle.buf[handle.i]! += n;
  if (error !== undefined) more.message = handle.core.cleaner.text(messageOf(error));
}

const messageOf = (error: unknown): unknown => peek(() => (isErrorLike(error) ? error.message : error));

export function userEvent(handle: Handle, name: string, attributes: Attributes): void {
  if (refuseEnded(handle, "event")) return;
  const { cleaner, diagnostics, recorder } = handle.core;
  const clean = cleaner.attributes(attributes);
  if (handle.elsewhere) return handle.core.crossing.event(handle, cleaner.name(name), clean);
  if (!recorder.userEvent(handle, cleaner.name(name), clean as never)) diagnostics.count("events_dropped");
}

export function heartbeat(handle: Handle): void {
  if (refuseEnded(handle, "heartbeat")) return;
  const now = handle.core.settings.clock.monotonicMillis();
  // What is around it is alive too.
  for (let at: Entry | undefined = handle; at !== undefined; at = at.parent) if (at.isOperation) at.more.aliveAt = now;
}

export function setAttributes(handle: Handle, attributes: Attributes): void {
  if (refuseEnded(handle, "setAttributes")) return;
  handle.more.attributes = handle.core.cleaner.attributes(attributes, handle.extra?.attributes);
  handle.core.recorder.attributes(handle, handle.more.attributes as never);
  handle.core.state.touch(handle);
}
