// Columns of numbers for 4,096 running operations and levels, so that one scan sees them all without touching an object.

import type { Entry } from "./entry.js";

export const SLOTS = 4096;

const column = (): Float64Array => new Float64Array(SLOTS);

/** Written by LiveState (start, end), by handles (`current`) and by the sampler (the rest). */
export class Slab {
  /** Items settled so far; the only column the hot path writes. */
  readonly current: Float64Array = column();
  /** `current` as the sampler saw it last. */
  readonly seen: Float64Array = column();
  /** Items expected; NaN when unknown. */
  readonly total: Float64Array = column();
  /** Monotonic milliseconds of the start. */
  readonly started: Float64Array = column();
  /** Epoch minus monotonic milliseconds at the start: turns the clock of this entry into wall time, unmoved by clock steps. */
  readonly offset: Float64Array = column();
  /** Monotonic milliseconds of the last progress seen, of this entry or one below it. */
  readonly moved: Float64Array = column();
  /** Monotonic milliseconds when this entry wants to be looked at though it did not move; Infinity when never. */
  readonly due: Float64Array = column().fill(Number.POSITIVE_INFINITY);
  /** Stamp (see LiveState) of the last change of anything about this entry. */
  readonly changed: Float64Array = column();
  /** The highest percentage shown in this attempt. */
  readonly shown: Float64Array = column();

  readonly entries: (Entry | undefined)[] = [];
  /** Slots given back, to be used before new ones. At most SLOTS. */
  readonly free: number[] = [];
  /** Slots ever used: the scan ends here. */
  high = 0;
  live = 0;

  take(entry: Entry): number {
    const slot = this.free.pop() ?? this.high++;
    this.entries[slot] = entry;
    this.live++;
    return slot;
  }

  release(slot: number): void {
    this.entries[slot] = undefined;
    this.current[slot] = 0;
    this.seen[slot] = 0;
    this.due[slot] = Number.POSITIVE_INFINITY;
    this.changed[slot] = 0;
    this.shown[slot] = 0;
    this.free.push(slot);
    this.live--;
  }

  get full(): boolean {
    return this.live === SLOTS;
  }
}
