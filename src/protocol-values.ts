// How far something is, in the words of protocols that know less than we do.

import type { Snapshot } from "./model.js";

/** For LSP, taskbars and polling clients: a whole number from 0 to 100, rounded down; undefined when unknown. */
export function wholePercentage({ percentage }: Pick<Snapshot, "percentage">): number | undefined {
  return percentage === undefined ? undefined : Math.floor(percentage);
}

/** For MCP: `progress` must grow with every notification. */
export class Rising {
  #last = Number.NEGATIVE_INFINITY;

  /** `value` if it is greater than all before, else undefined: then nothing may be sent. */
  next(value: number): number | undefined {
    if (!(value > this.#last)) return undefined;
    this.#last = value;
    return value;
  }
}
