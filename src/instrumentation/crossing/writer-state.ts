// What a writer says: its complete state, made from the images of what it joined and from the levels below them. Bounded: open
// levels come first, then those that ended last; of all others the counts are told.

import type { EndedLevels, LevelState, PartState } from "../../contribution-transport.js";
import { rollUp } from "../../rollup.js";
import { reportOf } from "../../state/entry.js";
import type { Handle } from "../handle.js";

/** Levels of one state, over all parts and depths. */
const LEVELS_TOLD = 128;
/** Of each parent: the ones that ended last, and failed ones beyond these. */
const ENDED_TOLD = 32;
const FAILED_TOLD = 8;

/** Characters of one state for what may be long: attributes, descriptions, summaries, details of errors. */
const CHARACTERS_TOLD = 65_536;

/** What may still be told. */
export interface Budget {
  levels: number;
  characters: number;
}

export function fullBudget(): Budget {
  return { levels: LEVELS_TOLD, characters: CHARACTERS_TOLD };
}

/** What may be long, if there is room for it. */
function afford<T>(budget: Budget, value: T): T | undefined {
  if (value === undefined) return undefined;
  const length = JSON.stringify(value)?.length ?? 0;
  if (length > budget.characters) return undefined;
  budget.characters -= length;
  return value;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** What was counted and begun under an image. */
export function partOf(image: Handle, levelId: string | undefined, budget: Budget): PartState {
  const part: Mutable<PartState> = { ...sharesOf(image, "", budget) };
  if (levelId !== undefined) part.levelId = levelId;
  const alive = image.extra?.aliveAt ?? 0;
  if (alive > 0) part.heartbeats = Math.floor(alive);
  return part;
}

/** Of one image after another, for the same operation or level. */
export function joinParts(before: PartState | undefined, now: PartState): PartState {
  if (before === undefined) return now;
  const part: Mutable<PartState> = { ...before, ...now, current: before.current + now.current };
  const failed = (before.failedItems ?? 0) + (now.failedItems ?? 0);
  const skipped = (before.skippedItems ?? 0) + (now.skippedItems ?? 0);
  if (failed > 0) part.failedItems = failed;
  if (skipped > 0) part.skippedItems = skipped;
  if (before.attributes !== undefined) part.attributes = { ...before.attributes, ...now.attributes };
  const levels = [...(now.levels ?? []), ...(before.levels ?? [])];
  if (levels.length > 0) part.levels = levels.slice(0, Math.max(now.levels?.length ?? 0, ENDED_TOLD));
  if (before.ended !== undefined) part.ended = addEnded(before.ended, now.ended);
  return part;
}

function addEnded(a: EndedLevels, b: EndedLevels | undefined): EndedLevels {
  if (b === undefined) return a;
  return { completed: a.completed + b.completed, failed: a.failed + b.failed, excluded: a.excluded + b.excluded };
}

/** `prefix`: of the ids below, which are unique within their own operation only. */
function sharesOf(handle: Handle, prefix: string, budget: Budget): Mutable<Omit<LevelState, "id" | "type" | "status">> {
  const { extra } = handle;
  const shares: Mutable<Omit<LevelState, "id" | "type" | "status">> = { current: handle.current };
  if (extra === undefined) return shares;
  const { failedItems, skippedItems, message, family } = extra;
  if (failedItems > 0) shares.failedItems = failedItems;
  if (skippedItems > 0) shares.skippedItems = skippedItems;
  const reported = extra.stages === undefined ? reportOf(handle) : stagesReached(handle);
  if (reported !== undefined) shares.reported = reported;
  if (message !== undefined) shares.message = message;
  const attributes = afford(budget, extra.attributes);
  if (attributes !== undefined) shares.attributes = attributes;
  if (family === undefined) return shares;
  const levels = levelsOf(handle, prefix, budget);
  if (levels.length > 0) shares.levels = levels;
  const { completed, failed, excluded } = family;
  if (completed + failed + excluded > 0) shares.ended = { completed, failed, excluded };
  return shares;
}

/** The owner does not know the stages: where they are is told as a number. */
function stagesReached(handle: Handle): number | undefined {
  const { floor, coverage } = rollUp(handle);
  return coverage > 0 ? floor : undefined;
}

function levelsOf(above: Handle, prefix: string, budget: Budget): LevelState[] {
  const all = [...above.extra!.family!.kept].filter((part) => !isImage(part as Handle)) as Handle[];
  const ended = all.filter(({ outcome }) => outcome !== undefined);
  ended.sort((a, b) => b.outcome!.ended - a.outcome!.ended);
  const failed = ended.slice(ENDED_TOLD).filter(({ status }) => status === "failed");
  const told: LevelState[] = [];
  const open = all.filter(({ outcome }) => outcome === undefined);
  for (const level of [...open, ...ended.slice(0, ENDED_TOLD), ...failed.slice(0, FAILED_TOLD)]) {
    if (budget.levels <= 0) break;
    budget.levels--;
    told.push(levelOf(level, prefix, budget));
  }
  return told;
}

/** A level that was joined is a part of its own. */
function isImage({ elsewhere, parent }: Handle): boolean {
  return elsewhere && parent!.elsewhere && parent!.isOperation;
}

function levelOf(handle: Handle, prefix: string, budget: Budget): LevelState {
  const { extra, isOperation, outcome, status, started, total, name, unit } = handle;
  const below = isOperation ? `${handle.id}/` : prefix;
  const id = isOperation ? handle.id : prefix + handle.id;
  const level: Mutable<LevelState> = { id, type: handle.type, status, ...sharesOf(handle, below, budget) };
  if (name !== undefined) level.name = name;
  if (unit !== undefined) level.unit = unit;
  if (total >= 0) level.total = total;
  if (!Number.isNaN(started)) level.startedAt = Math.round(handle.offset + started);
  if (outcome !== undefined) {
    level.endedAt = Math.round(handle.offset + outcome.ended);
    const { error, reason } = outcome.how;
    if (error !== undefined) level.error = afford(budget, error) ?? { type: error.type, message: error.message };
    if (reason !== undefined) level.reason = reason;
    const summary = afford(budget, outcome.how.summary);
    if (summary !== undefined) level.summary = summary;
  }
  if (extra === undefined) return level;
  const { totalKind, weight, simulation, attempt, reason } = extra;
  const description = afford(budget, extra.description);
  if (description !== undefined) level.description = description;
  if (totalKind !== undefined) level.totalKind = totalKind;
  if (weight !== undefined) level.weight = weight;
  if (simulation !== undefined) level.expectedMillis = simulation.expectedMillis;
  if (attempt > 1) level.attempt = attempt;
  if (status === "paused" && reason !== undefined) level.reason = reason;
  return level;
}
