// The journal of an instance: written at its ticks, and a look every ten seconds at those of others.

import { afterThisTurn } from "../../clock.js";
import type { Core } from "../core.js";
import { atExit } from "../process-exit.js";
import { Journal } from "./journal.js";
import { tellLost } from "./lost.js";
import { Recovery } from "./recovery.js";

const LOOK_MILLIS = 10_000;
/** Where one look was not enough. */
const NEXT_LOOK_MILLIS = 1_000;

/** Starts it. Returns what ends it. */
export function startJournal(core: Core, directory: string): () => void {
  const { clock } = core.settings;
  const journal = new Journal(core, directory);
  const recovery = new Recovery(directory, core.instance.id, core.diagnostics, (found) => tellLost(core, found));
  core.journal = journal;
  let stopNext = () => {};
  const look = () => {
    stopNext();
    // A heartbeat, however rare the ticks.
    journal.tick(clock.monotonicMillis());
    if (recovery.scan(clock.epochMillis())) stopNext = clock.every(NEXT_LOOK_MILLIS, look);
  };
  const stopLooking = clock.every(LOOK_MILLIS, look);
  const forget = atExit(() => journal.close());
  let over = false;
  // Whoever makes the instance adds listeners first.
  afterThisTurn(() => over || look(), "hold");
  return () => {
    over = true;
    stopLooking();
    stopNext();
    forget();
    journal.close();
  };
}
