// What follows when the sampler finds an operation stalled, moving again, too late or abandoned.

import { ProgressError } from "../errors.js";
import * as semconv from "../semconv.js";
import type { Verdict } from "../state/deadlines.js";
import { handleCheckpoint, hastenCheckpoint } from "./checkpoints.js";
import type { Handle } from "./handle.js";
import { fail } from "./lifecycle.js";
import { stallOf } from "./span-attributes.js";

export function handleVerdict(handle: Handle, verdict: Verdict): void {
  if (verdict === "checkpoint") return handleCheckpoint(handle);
  if (verdict === "stalled") return stalled(handle);
  const code = verdict === "timeout" ? "TIMEOUT" : "ABANDONED";
  const why = verdict === "timeout" ? "took longer than its timeout" : "showed no sign of life for too long";
  fail(handle, new ProgressError(code, `${handle.type} ${why}`), { code }, 1);
}

function stalled(handle: Handle): void {
  const { state, settings, recorder, subscribers } = handle.core;
  const now = settings.clock.monotonicMillis();
  const idleSeconds = (now - handle.moved) / 1000;
  const waitingOn = state.inFlight.waitingOn(handle.operation, now);
  state.touch(handle);
  recorder.event(handle, semconv.EVENT_STALLED, stallOf(idleSeconds, waitingOn));
  hastenCheckpoint(handle);
  subscribers.emit(handle, "stalled", { idleSeconds, waitingOn });
}

export function handleRecovery(handle: Handle): void {
  handle.core.state.touch(handle);
  handle.core.recorder.event(handle, semconv.EVENT_RECOVERED, {});
  handle.core.subscribers.emit(handle, "recovered", {});
}
