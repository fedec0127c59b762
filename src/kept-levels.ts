// A snapshot with a limited number of its levels, for what is written down: a history, the store of a fleet.

import type { LevelSnapshot, Snapshot } from "./model.js";
import { isTerminal } from "./state/transitions.js";

/** At most `most` levels, on all depths together: failed ones first, then open ones, and those above before those below. */
export function withLevels(snapshot: Snapshot, most: number): Snapshot {
  return cut(snapshot, { room: most });
}

function cut<T extends Snapshot | LevelSnapshot>(snapshot: T, left: { room: number }): T {
  const { levels } = snapshot;
  if (levels.length === 0) return snapshot;
  const byWorth = [...levels].sort((a, b) => worth(b) - worth(a));
  const chosen = new Set(byWorth.slice(0, left.room));
  left.room -= chosen.size;
  const kept = levels.filter((level) => chosen.has(level)).map((level) => cut(level, left));
  const droppedLevels = (snapshot.droppedLevels ?? 0) + levels.length - kept.length;
  return { ...snapshot, levels: kept, ...(droppedLevels > 0 && { droppedLevels }) };
}

const worth = ({ status }: LevelSnapshot): number => (status === "failed" ? 2 : isTerminal(status) ? 0 : 1);
