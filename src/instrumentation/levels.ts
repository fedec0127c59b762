// How a level comes to be: under an operation or another level, started at once or declared and started later.

import { expectedButReceived, ProgressError } from "../errors.js";
import { isTerminal } from "../state/transitions.js";
import type { Handle } from "./handle.js";
import type { Level, LevelOptions, Outcome, PendingLevel, Scoped } from "./handles.js";
import { begin, refuseEnded, skip } from "./lifecycle.js";
import { NoopHandle } from "./no-op.js";
import { checkedId, checkedLimits, checkType, createHandle, setSimulation, setWeight, totalOf } from "./operations.js";
import { runScoped } from "./scoped.js";

/** Starts a level, or gives a no-op handle when its parent has ended, its id is taken or a limit is reached. */
export function startLevel(parent: Handle, type: string, options: LevelOptions): Handle | NoopHandle {
  const declared = declaredLevel(parent, type, options.id);
  if (declared !== undefined) redescribe(declared, options);
  const level = declared ?? createLevel(parent, type, options);
  if (level instanceof NoopHandle) return level;
  const total = totalOf(level, options);
  if (declared === undefined) level.core.state.adopt(level);
  begin(level, Number.isNaN(total) ? level.total : total);
  return level;
}

/** One that waits to be started, by its id. */
function declaredLevel(parent: Handle, type: string, id: string | undefined): Handle | undefined {
  const level = id == null ? undefined : findLevel(parent, id);
  if (level?.status !== "pending" || level.parent !== parent) return undefined;
  return level.type === parent.core.cleaner.name(type) ? level : undefined;
}

/** What is said of a declared level when it starts goes before what was said then. */
function redescribe(level: Handle, options: LevelOptions): void {
  const { name, unit, description, attributes } = options;
  const { cleaner } = level.core;
  level.name = cleaner.given(name) ?? level.name;
  level.unit = cleaner.given(unit) ?? level.unit;
  if (description != null) level.more.description = cleaner.text(description);
  if (attributes !== undefined) level.more.attributes = cleaner.attributes(attributes, level.extra?.attributes);
  applyOptions(level, options);
}

/** A level that is announced and holds its share of the percentage, but has not begun. */
export function declareLevel(parent: Handle, type: string, options: LevelOptions): PendingLevel {
  const level = createLevel(parent, type, options);
  const total = level instanceof NoopHandle ? Number.NaN : totalOf(level, options);
  if (!(level instanceof NoopHandle)) {
    if (total >= 0) level.more.announcedTotal = total;
    level.core.state.adopt(level, true);
  }
  const start = (): Handle | NoopHandle => {
    if (level instanceof NoopHandle || level.status !== "pending") return level;
    begin(level, total);
    return level;
  };
  return {
    id: level.id,
    start: start as () => Level,
    run: <T = never, R = never>(fn: Scoped<Level, T, R>) =>
      runScoped(start(), fn as Scoped<Level, unknown, unknown>) as Outcome<T, R>,
    skip: (reason) => {
      if (!(level instanceof NoopHandle)) skip(level, reason);
    },
  };
}

/** A level of the operation that has not been folded, by id. */
export function findLevel(handle: Handle, id: string): Handle | undefined {
  return handle.operation.extra?.levelsById?.get(handle.core.cleaner.id(id)) as Handle | undefined;
}

/** A level that may be adopted by its parent: nothing of it is known to the state yet. */
function createLevel(parent: Handle, given: string, options: LevelOptions): Handle | NoopHandle {
  const { core } = parent;
  const type = core.cleaner.name(given);
  checkType(core, given, "the kind of a level", "a name");
  const operation = parent.operation as Handle;
  const number = nextNumber(operation);
  const id = checkedId(core, type, options.id) ?? number;
  const refusal = refused(parent, operation, type, id);
  if (refusal) return new NoopHandle(core, type, id, operation.id, [parent]);
  const { kind } = operation;
  const level = createHandle(
    core,
    core.state.kinds.level(kind.type, type),
    id,
    parent,
    options,
    kind.plan?.units.get(type),
  );
  applyOptions(level, options);
  return level;
}

function applyOptions(level: Handle, { stallTimeout, weight, simulate }: LevelOptions): void {
  if (stallTimeout !== undefined) Object.assign(level.more, checkedLimits(level.core, level.type, { stallTimeout }));
  if (weight !== undefined) setWeight(level, weight);
  if (simulate !== undefined) setSimulation(level, simulate);
}

/** The id of a level without one: ids that users give may be numbers too. */
function nextNumber(operation: Handle): string {
  const { more } = operation;
  // Others work for the same operation, and number theirs too.
  if (more.elsewhere) return operation.core.newId();
  let id = String(++more.levelCount);
  while (more.levelsById?.has(id)) id = String(++more.levelCount);
  return id;
}

function refused(parent: Handle, operation: Handle, type: string, id: string): boolean {
  const { diagnostics, settings } = parent.core;
  if (isTerminal(parent.status)) return refuseEnded(parent, `level ${type}`);
  if (operation.extra?.levelsById?.has(id)) {
    const error = new ProgressError(
      "DUPLICATE_ID",
      `level ${JSON.stringify(id)} exists already in operation ${operation.id}; this one runs untracked`,
    );
    diagnostics.misuse(error, type);
    return true;
  }
  const levels = operation.kind.plan?.levels;
  if (levels !== undefined && !levels.has(type)) {
    diagnostics.misuse(
      expectedButReceived("UNKNOWN_LEVEL", `a level of ${operation.kind.type}`, [...levels].join(", "), type),
      type,
    );
  }
  const { depth, openLevels } = settings.limits;
  if (operation.more.openLevels < openLevels && parent.depth + 1 < depth) return false;
  diagnostics.count("levels_refused");
  diagnostics.warnOnce(
    "levels",
    `${operation.more.openLevels} levels are open (limit ${openLevels}, depth ${depth}); ${type} runs untracked`,
  );
  return true;
}
