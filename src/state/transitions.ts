// Which status may follow which: the one table, asked by every change of status.

import type { LevelStatus } from "../model.js";

const NEXT: Readonly<Record<LevelStatus, readonly LevelStatus[]>> = {
  pending: ["running", "skipped", "cancelled"],
  running: ["paused", "completed", "failed", "cancelled", "skipped", "lost"],
  paused: ["running", "completed", "failed", "cancelled", "skipped", "lost"],
  completed: [],
  failed: [],
  cancelled: [],
  skipped: [],
  lost: [],
};

export const STATUSES: readonly LevelStatus[] = Object.keys(NEXT) as LevelStatus[];

/** What may follow `from`. */
export function nextOf(from: LevelStatus): readonly LevelStatus[] {
  return NEXT[from];
}

/** Whether `to` may follow `from`. Operations are never pending or skipped, which their handles see to. */
export function mayBecome(from: LevelStatus, to: LevelStatus): boolean {
  return NEXT[from].includes(to);
}

export function isTerminal(status: LevelStatus): boolean {
  return NEXT[status].length === 0;
}
