// The progress of everything that runs as one value for the taskbar or the tab (OSC 9;4, as ConEmu defined it). Pure.

import type { Snapshot } from "../../model.js";

/** 0 clears, 1 is a value, 3 moves without one, 4 is a warning. */
type State = readonly [state: 0 | 1 | 3 | 4, percentage: number];

export const CLEARED: State = [0, 0];

/** The mean of the operations that are no part of others; without a value when one of them has none. Yellow when any is stalled or paused. */
export function taskbarState(running: Iterable<Snapshot>): State {
  let [count, sum, warning] = [0, 0, false];
  for (const snapshot of running) {
    if (snapshot.parentId !== undefined) continue;
    count++;
    sum += snapshot.percentage ?? Number.NaN;
    warning ||= snapshot.status === "paused" || ("stalled" in snapshot && snapshot.stalled !== undefined);
  }
  if (count === 0) return CLEARED;
  const mean = Math.floor(sum / count);
  if (warning) return [4, Number.isNaN(mean) ? 0 : mean];
  return Number.isNaN(mean) ? [3, 0] : [1, mean];
}

export function taskbarSequence([state, percentage]: State): string {
  return `\u001b]9;4;${state};${percentage}\u001b\\`;
}
