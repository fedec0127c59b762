// How an operation comes to be: ids, limits, options, its place under the active one.

import { type Context, context, trace } from "@opentelemetry/api";
import { expectedButReceived, ProgressError } from "../errors.js";
import type { TimeLimits } from "../stall.js";
import type { Plan } from "../state/kind.js";
import { followSignal } from "./cancellation.js";
import type { Core } from "./core.js";
import { type Definition, isDefinition } from "./definition.js";
import type { Handle } from "./handle.js";
import type { LevelOptions, Limits, OperationOptions, SimulateOptions } from "./handles.js";
import { begin } from "./lifecycle.js";
import { NoopHandle } from "./no-op.js";
import { readDuration, timeLimits } from "./time-limits.js";
import { checkCount, checkTotalKind } from "./updates.js";

export type OperationType = string | Definition;

/** Starts an operation, or gives a no-op handle when it is refused: disabled, over a limit, or its id is taken. */
export function startOperation(core: Core, given: OperationType, options: OperationOptions): Handle | NoopHandle {
  const { cleaner, settings, state } = core;
  const definition = isDefinition(given) ? given : undefined;
  const type = cleaner.name(definition?.type ?? given);
  checkType(core, definition?.type ?? given, "type", "a name or a definition");
  const givenId = checkedId(core, type, options.id);
  const id = givenId ?? core.newId();
  if (!settings.enabled) return new NoopHandle(core, type, id, id, [options]);
  const { parent, here } = placeOf(core, options.detached === true);
  if ((givenId !== undefined && isTaken(core, type, id)) || overLimits(core, type, parent))
    return new NoopHandle(core, type, id, id, [options, parent]);
  const kind = state.kinds.operation(type);
  if (definition !== undefined) kind.plan = definition.plan;
  const handle = createHandle(core, kind, id, parent, options, kind.plan?.unit);
  const total = totalOf(handle, options);
  applyLimits(handle, type, options);
  applyPlan(handle, kind.plan);
  if (options.weight !== undefined) setWeight(handle, options.weight);
  if (options.simulate !== undefined) setSimulation(handle, options.simulate);
  if (options.attempt !== undefined) setAttempt(handle, options.attempt);
  if (parent !== undefined) state.adopt(handle);
  begin(handle, total, options.detached === true ? "detached" : "child", here);
  if (options.signal instanceof AbortSignal) followSignal(handle, options.signal);
  else if (options.signal != null) refuseSignal(handle, options.signal);
  return handle;
}

/** What it is a part of, if of anything, and the context for its span. */
function placeOf(core: Core, detached: boolean): { readonly parent: Handle | undefined; readonly here: Context } {
  const here = context.active();
  const parent = detached ? undefined : core.scopes.around(here);
  const around = detached || parent !== undefined ? undefined : core.crossing.around();
  if (around === undefined) return { parent, here };
  // A span that is active here belongs to that trace too, or is meant to begin another.
  const span = trace.getSpanContext(here) === undefined ? around.span : undefined;
  return { parent: around.image, here: core.scopes.joined(around.image, span, here) };
}

export function createHandle(
  core: Core,
  kind: Handle["kind"],
  id: string,
  parent: Handle | undefined,
  options: LevelOptions,
  defaultUnit: string | undefined,
): Handle {
  const { cleaner } = core;
  const name = cleaner.given(options.name);
  const unit = cleaner.given(options.unit) ?? defaultUnit;
  const handle = core.newHandle(kind, id, parent, name, unit);
  if (options.description != null) handle.more.description = cleaner.text(options.description);
  if (options.attributes !== undefined) handle.more.attributes = cleaner.attributes(options.attributes);
  return handle;
}

/** The total from options, NaN when unknown. What is no count is misuse, and the total stays unknown. */
export function totalOf(handle: Handle, { total, totalKind }: LevelOptions): number {
  if (totalKind !== undefined && checkTotalKind(handle, "totalKind", totalKind)) handle.more.totalKind = totalKind;
  return total !== undefined && checkCount(handle, "total", total) ? total : Number.NaN;
}

function setAttempt(handle: Handle, attempt: number): void {
  if (Number.isSafeInteger(attempt) && attempt >= 1) handle.more.attempt = attempt;
  else
    handle.core.diagnostics.misuse(
      expectedButReceived("INVALID_NUMBER", "attempt", "a whole number from 1", attempt),
      handle.type,
    );
}

/** Of the parent, if there is one. */
export function setWeight(part: Handle, weight: number): void {
  if (weight >= 0 && weight < Number.POSITIVE_INFINITY) part.more.weight = weight;
  else
    part.core.diagnostics.misuse(expectedButReceived("INVALID_NUMBER", "weight", "a number from 0", weight), part.type);
}

/** It counts from the start of the handle. */
export function setSimulation(handle: Handle, simulate: SimulateOptions): void {
  const millis = checked(handle.core, handle.type, () => readDuration("simulate: expected", simulate?.expected));
  if (millis !== undefined && millis > 0) handle.more.simulation = { expectedMillis: millis, fraction: 0 };
  else if (millis === 0 || simulate?.expected === undefined)
    handle.core.diagnostics.misuse(
      expectedButReceived("INVALID_OPTION", "simulate: expected", "a duration above 0", simulate?.expected),
      handle.type,
    );
}

/** The id that is given, if one is: no text is none, and misuse, or whoever is without one would be taken for the first. */
export function checkedId(core: Core, type: string, id: unknown): string | undefined {
  if (id === undefined || id === null) return undefined;
  if (id !== "") return core.cleaner.name(id);
  core.diagnostics.misuse(expectedButReceived("INVALID_OPTION", "id", "at least one character", id), type);
  return undefined;
}

/** What is no name is misuse; the work is tracked all the same, under a type that says little. */
export function checkType({ diagnostics }: Core, given: unknown, what: string, expected: string): void {
  if (typeof given === "string" && given !== "") return;
  diagnostics.misuse(expectedButReceived("INVALID_OPTION", what, expected, given));
}

/** Ids of our own making are never taken. */
function isTaken({ diagnostics, state }: Core, type: string, id: string): boolean {
  // Working for an operation of another instance takes no id here: a queue gives one id to what it asks for and to its answer.
  if (state.getActive(id)?.elsewhere !== false) return false;
  const message = `operation ${JSON.stringify(id)} is already running; this one runs untracked`;
  diagnostics.misuse(new ProgressError("DUPLICATE_ID", message), type);
  return true;
}

function overLimits({ diagnostics, settings, state }: Core, type: string, parent: Handle | undefined): boolean {
  const { active, depth } = settings.limits;
  if (state.activeCount < active && (parent === undefined || parent.depth + 1 < depth)) return false;
  diagnostics.count("operations_refused");
  diagnostics.warnOnce(
    "operations",
    `${state.activeCount} operations are running (limit ${active}, depth ${depth}); ${type} runs untracked`,
  );
  return true;
}

function applyPlan(handle: Handle, plan: Plan | undefined): void {
  if (plan === undefined || plan.stages.length === 0) return;
  handle.more.stages = { stages: plan.stages, entered: [], passed: [], current: undefined };
}

/** What is no duration is misuse like any other at run time: the work runs, without that limit. */
function applyLimits(handle: Handle, type: string, options: OperationOptions): void {
  const { stallTimeout, timeout, abandonAfter } = options;
  if (stallTimeout === undefined && timeout === undefined && abandonAfter === undefined) return;
  for (const limit of [{ stallTimeout }, { timeout }, { abandonAfter }]) {
    const read = checkedLimits(handle.core, type, limit);
    if (read !== undefined) Object.assign(handle.more, read);
  }
}

/** The limits that are given, in milliseconds; undefined and misuse when one is no duration. */
export function checkedLimits(core: Core, type: string, limits: Limits): Partial<TimeLimits> | undefined {
  return checked(core, type, () =>
    Object.fromEntries(Object.entries(timeLimits(type, limits)).filter(([, value]) => value !== undefined)),
  );
}

/** What `read` gives; what it throws is misuse. */
function checked<T>(core: Core, type: string, read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    core.diagnostics.misuse(error as ProgressError, type);
    return undefined;
  }
}

function refuseSignal(handle: Handle, signal: unknown): void {
  handle.core.diagnostics.misuse(
    expectedButReceived("INVALID_OPTION", "signal", "an AbortSignal", signal),
    handle.type,
  );
}
