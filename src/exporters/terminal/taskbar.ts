// The progress of everything that runs as one value for the taskbar or the tab (OSC 9;4, as ConEmu defined it).

import type { Snapshot } from "../../model.js";

/** 0 clears, 1 is a value, 3 moves without one, 4 is a warning. */
type State = readonly [state: 0 | 1 | 3 | 4, percentage: number];

const CLEARED: State = [0, 0];
/** Some terminals forget what they are not told again. */
const AGAIN_MILLIS = 5_000;

/** Tells the terminal when it changes, and again from time to time. */
export class Taskbar {
  readonly #write: (sequence: string) => void;
  #told = sequenceOf(CLEARED);
  #toldMillis = 0;

  constructor(write: (sequence: string) => void) {
    this.#write = write;
  }

  show(running: Iterable<Snapshot>, millis: number): void {
    const sequence = sequenceOf(stateOf(running));
    if (sequence === this.#told && millis - this.#toldMillis < AGAIN_MILLIS) return;
    this.#toldMillis = millis;
    this.#tell(sequence);
  }

  clear(): void {
    const cleared = sequenceOf(CLEARED);
    if (this.#told !== cleared) this.#tell(cleared);
  }

  #tell(sequence: string): void {
    this.#told = sequence;
    this.#write(sequence);
  }
}

/** The mean of the operations that are no part of others; without a value when one of them has none. Yellow when any is stalled or paused. */
function stateOf(running: Iterable<Snapshot>): State {
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

function sequenceOf([state, percentage]: State): string {
  return `\u001b]9;4;${state};${percentage}\u001b\\`;
}
