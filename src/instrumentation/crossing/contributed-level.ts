// A level that is worked on in another process, in the live state of the operation's owner. It has no span, no metrics and no log
// records here: the process that does the work writes those.

import type { LevelState } from "../../contribution-transport.js";
import type { ErrorInfo, LevelStatus } from "../../model.js";
import { isTerminal } from "../../state/transitions.js";
import type { Handle } from "../handle.js";
import { begin, end, newAttempt, pause, resume } from "../lifecycle.js";
import { setMessage, setTotal, update } from "../updates.js";

/** The level of that id, made and begun if it is not there; `undefined` when a limit is reached or its parent has ended. */
export function findOrBegin(parent: Handle, told: LevelState): Handle | undefined {
  const { core } = parent;
  const known = parent.operation.extra?.levelsById?.get(core.cleaner.name(told.id)) as Handle | undefined;
  if (known !== undefined)
    return known.status === "pending" && told.status !== "pending" ? beginAt(known, told) : known;
  const level = create(parent, told);
  return level === undefined || told.status === "pending" ? level : beginAt(level, told);
}

/**
 * Whether another process has begun it anew: the one that worked on it failed, or died. Of one that is told only as ended, the
 * number of its attempt says so.
 */
export function mayBeRetried(level: Handle, told: LevelState): boolean {
  if (!level.elsewhere || (level.status !== "lost" && level.status !== "failed")) return false;
  return !isTerminal(told.status) || (told.attempt ?? 1) > (level.extra?.attempt ?? 1);
}

/** Begins a level anew, in the place of the one that failed or was lost, as its next attempt. */
export function retry(before: Handle, told: LevelState): Handle | undefined {
  const parent = before.parent as Handle;
  parent.extra!.family?.forget(before);
  forget(before);
  const level = findOrBegin(parent, told);
  if (level !== undefined) level.more.attempt = Math.max(told.attempt ?? 1, (before.extra?.attempt ?? 1) + 1);
  return level;
}

/** Its id and those below it are free again. */
function forget(level: Handle): void {
  const { endedParts, levelsById } = level.operation.extra!;
  for (const below of level.extra?.family?.kept ?? []) if (!below.isOperation) forget(below as Handle);
  endedParts?.calm.delete(level);
  endedParts?.failed.delete(level);
  levelsById?.delete(level.id);
}

function create(parent: Handle, told: LevelState): Handle | undefined {
  const { core } = parent;
  const { cleaner, diagnostics, settings, state } = core;
  const operation = parent.operation as Handle;
  if (isTerminal(parent.status)) return undefined;
  if (operation.more.openLevels >= settings.limits.openLevels || parent.depth + 1 >= settings.limits.depth) {
    diagnostics.count("levels_refused");
    return undefined;
  }
  const kind = state.kinds.level(operation.kind.type, cleaner.name(told.type));
  const text = (value: string | undefined) => (value === undefined ? undefined : cleaner.name(value));
  const level = core.newHandle(kind, cleaner.name(told.id), parent, text(told.name), text(told.unit));
  const { more } = level;
  more.elsewhere = true;
  if (told.description !== undefined) more.description = cleaner.text(told.description);
  if (told.weight !== undefined) more.weight = told.weight;
  if (told.expectedMillis !== undefined && told.expectedMillis > 0)
    more.simulation = { expectedMillis: told.expectedMillis, fraction: 0 };
  if (told.total !== undefined) more.announcedTotal = told.total;
  state.adopt(level, told.status === "pending");
  return level;
}

/** One that the owner announced gets its total from whoever begins it, if that is told. */
function beginAt(level: Handle, told: LevelState): Handle {
  level.more.elsewhere = true;
  begin(level, told.total ?? level.total, "foreign");
  const { slab, i, parent } = level;
  if (slab === undefined || told.startedAt === undefined) return level;
  // By the clock of another process, but within the time of what is around it.
  const started = Math.max(told.startedAt - level.offset, parent!.slab?.started[parent!.i] ?? Number.NEGATIVE_INFINITY);
  slab.started[i] = Math.min(slab.started[i]!, started);
  return level;
}

/** A new attempt that its creator told: counts and parts begin anew. Whether it was one. */
export function startOver(level: Handle, told: LevelState): boolean {
  if (level.slab === undefined || (told.attempt ?? 1) <= (level.extra?.attempt ?? 1)) return false;
  newAttempt(level, undefined);
  level.more.attempt = told.attempt!;
  return true;
}

/** What its creator alone says of it, counts and end apart. */
export function describe(level: Handle, told: LevelState): void {
  const { core, extra } = level;
  if (level.slab === undefined) return;
  const kind = told.totalKind === extra?.totalKind ? undefined : told.totalKind;
  const total = told.total ?? Number.NaN;
  if (kind !== undefined || !Object.is(level.total, total)) setTotal(level, told.total, kind);
  if (told.message !== undefined && core.cleaner.text(told.message) !== extra?.message) setMessage(level, told.message);
  if (told.name !== undefined && core.cleaner.name(told.name) !== level.name) update(level, { name: told.name });
  if (told.attributes !== undefined) level.more.attributes = core.cleaner.attributes(told.attributes);
  if (told.status === "paused" && level.status === "running") pause(level, told.reason);
  else if (told.status === "running" && level.status === "paused") resume(level);
}

/** Known by the work itself; whatever counts change under it. */
export function report(level: Handle, fraction: number | undefined): void {
  if (fraction === undefined || level.slab === undefined) return;
  const { more } = level;
  if (more.reported !== fraction) level.core.state.stirred.add(level);
  more.reported = fraction;
  more.reportedCount = level.current;
  level.core.state.touch(level);
}

/** The end that its creator told. What nobody told ended in between: `status` alone. */
export function endAs(level: Handle, status: LevelStatus, told?: LevelState): void {
  if (level.outcome !== undefined) return;
  const { cleaner } = level.core;
  const reason = told?.reason === undefined ? undefined : cleaner.text(told.reason);
  const error = status === "failed" ? cleanError(level, told?.error) : undefined;
  end(level, status, { error, reason, summary: cleaner.json(told?.summary) }, undefined, 1);
}

/** The level and those below it, the innermost first: whoever worked on them is gone. */
export function lose(level: Handle): void {
  for (const below of level.extra?.family?.kept ?? [])
    if (below.outcome === undefined && !below.isOperation) lose(below as Handle);
  if (level.status !== "pending") endAs(level, "lost");
}

function cleanError(level: Handle, told: ErrorInfo | undefined): ErrorInfo {
  const { cleaner } = level.core;
  if (told === undefined) return { type: "Error", message: "failed in another process" };
  const clean = ({ type, message, code }: Omit<ErrorInfo, "causes">) => ({
    type: cleaner.name(type),
    message: cleaner.text(message),
    ...(code !== undefined && { code: cleaner.name(code) }),
  });
  const details = cleaner.json(told.details);
  return Object.freeze({
    ...clean(told),
    ...(details !== undefined && { details }),
    ...(told.causes !== undefined && {
      causes: Object.freeze(told.causes.map((cause) => Object.freeze(clean(cause)))),
    }),
  });
}
