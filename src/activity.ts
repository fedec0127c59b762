// What is going on in an operation, as one line for people and agents: its own message, and what runs inside of it.
// Read by what tells MCP and LSP clients.

import { clip, formatDuration, formatProgress, singleLine } from "./format.js";
import type { LevelSnapshot, Snapshot } from "./model.js";

/** Levels named in one line. */
const DEPTH = 3;
const MAX_LENGTH = 500;

/** "pack › src: parsing a.ts"; the counts when nothing says more; empty when nothing is known. At most 500 characters. */
export function activityOf(snapshot: Snapshot): string {
  const parts = [standing(snapshot), said(snapshot.stage, snapshot.message), ...levelsOf(snapshot)];
  const text = parts.filter((part) => part !== "").join(" › ");
  const line = text === "" ? formatProgress(snapshot.current, snapshot.total, snapshot.unit) : text;
  return clip(line, MAX_LENGTH);
}

function said(name = "", message = ""): string {
  return [name, message]
    .map(singleLine)
    .filter((part) => part !== "")
    .join(": ");
}

/** Why nothing moves, if nothing does. */
function standing(snapshot: Snapshot): string {
  if (snapshot.status === "paused") return said("paused", snapshot.reason);
  if (snapshot.status !== "running" || snapshot.stalled === undefined) return "";
  const [first] = snapshot.stalled.waitingOn;
  const on = first === undefined ? "" : `, waiting on ${singleLine(first.name)}`;
  // In tens of seconds, so that it is not said anew ten times a second.
  const seconds = Math.max(1, Math.floor(snapshot.stalled.seconds / 10) * 10);
  return `stalled for ${formatDuration(seconds)}${on}`;
}

/** From the outermost running level inwards, each time the one that changed last. A stage is named already. */
function levelsOf(snapshot: Snapshot): string[] {
  const parts: string[] = [];
  let levels = snapshot.levels;
  for (let depth = 0; depth < DEPTH; depth++) {
    const level = latest(levels);
    if (level === undefined) break;
    parts.push(said(level.type === snapshot.stage ? "" : level.name, level.message));
    levels = level.levels;
  }
  return parts;
}

function latest(levels: readonly LevelSnapshot[]): LevelSnapshot | undefined {
  let found: LevelSnapshot | undefined;
  for (const level of levels) {
    if (level.status === "running" && (found === undefined || level.updatedAt > found.updatedAt)) found = level;
  }
  return found;
}
