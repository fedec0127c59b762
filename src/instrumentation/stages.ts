// Moving an operation through the stages its definition declares. A stage is a level with a fixed share.

import { expectedButReceived } from "../errors.js";
import { forgetReported, type StageCourse } from "../state/entry.js";
import type { Handle } from "./handle.js";
import type { EnterOptions, Level, LevelOptions, Scoped, SimulateOptions } from "./handles.js";
import { startLevel } from "./levels.js";
import { cancel, refuseEnded, settle } from "./lifecycle.js";
import { NoopHandle } from "./no-op.js";
import { setSimulation } from "./operations.js";
import { runScoped } from "./scoped.js";
import { setMessage, update } from "./updates.js";

/** Runs `fn` as the stage `name`; untracked when there is no such stage. */
export function runStage(
  handle: Handle,
  name: string,
  options: LevelOptions,
  fn: Scoped<Level, unknown, unknown>,
): unknown {
  return runScoped(enter(handle, name, options) ?? new NoopHandle(handle.core, name, name, handle.id, [handle]), fn);
}

export function enterStage(handle: Handle, name: string, { percentage, message, simulate }: EnterOptions): void {
  const found = courseOf(handle, name);
  if (found === undefined) return;
  const [course, index] = found;
  const current = course.entered[index] as Handle | undefined;
  const running = current?.slab !== undefined;
  const level = running ? current : enter(handle, name, { simulate });
  if (running && simulate !== undefined) simulateFromNow(current, simulate);
  if (message !== undefined) setMessage(handle, message);
  if (level !== undefined && percentage !== undefined) update(level, { percentage });
}

/** A stage that is under way becomes opaque only if it has said nothing itself so far. */
function simulateFromNow(level: Handle, simulate: SimulateOptions): void {
  if (level.current > 0 || level.extra?.reported !== undefined || level.extra?.simulation !== undefined) return;
  setSimulation(level, simulate);
  if (level.extra?.simulation !== undefined) level.core.state.simulations.start(level);
}

/** Ends the stage before as completed, passes over those between, and starts this one. */
function enter(handle: Handle, name: string, options: LevelOptions): Handle | undefined {
  const found = courseOf(handle, name);
  if (found === undefined) return undefined;
  const [course, index] = found;
  const previous = course.current === undefined ? undefined : course.stages[course.current]!.name;
  for (let before = 0; before < index; before++) leave(course, before);
  giveUpFrom(course, index, name);
  const level = startLevel(handle, name, options);
  if (level instanceof NoopHandle) return undefined;
  course.entered[index] = level;
  course.passed[index] = false;
  course.current = index;
  forgetReported(handle.extra!);
  handle.core.state.touch(handle);
  handle.core.subscribers.emit(handle, "stage", { stage: name, ...(previous !== undefined && { previous }) });
  return level;
}

/** A stage that is left: ended if it was opened by `enterStage`, counted as done if it was never entered or given up. */
function leave(course: StageCourse, index: number): void {
  const level = course.entered[index] as Handle | undefined;
  if (level === undefined || level.status === "skipped" || level.status === "cancelled") course.passed[index] = true;
  else if (level.slab !== undefined && !level.scoped) settle(level);
}

/** The operation goes back, or begins a stage again: what was entered from there on was not completed, and may be entered anew. */
function giveUpFrom(course: StageCourse, index: number, next: string): void {
  for (let at = index; at < course.entered.length; at++) {
    const level = course.entered[at] as Handle | undefined;
    if (level?.slab !== undefined && !level.scoped) cancel(level, `back to ${next}`);
    course.entered[at] = undefined;
  }
  course.passed.length = Math.min(course.passed.length, index);
}

function courseOf(handle: Handle, name: string): [StageCourse, number] | undefined {
  if (refuseEnded(handle, `stage ${name}`)) return undefined;
  const course = handle.extra?.stages;
  const index = course?.stages.findIndex((stage) => stage.name === name) ?? -1;
  if (course !== undefined && index >= 0) return [course, index];
  const known =
    course?.stages.map((stage) => stage.name).join(", ") ?? "none: the operation has no definition with stages";
  handle.core.diagnostics.misuse(
    expectedButReceived("UNKNOWN_STAGE", `a stage of ${handle.type}`, known, name),
    handle.type,
  );
  return undefined;
}
