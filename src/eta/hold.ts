// The end that is shown: one that does not jump. Written and read by a Forecast, when somebody looks.
//
//   the shown end moves no further than to within b · left of the new one
//   b = 0.5 · loss, 0.02 to 0.7, and shrinking while the new end stays on one side of it:  b / (1 + 3 · since / left)
//
// loss is how wrong the estimates were so far: what is sure is followed at once, what is not changes only when it must. Times are
// working seconds, so that a pause moves nothing. When the amount of work changes, what was left changes in proportion.

const CALM = 0.5;
const LEAST_CALM = 0.02;
const MOST_CALM = 0.7;
const IMPATIENCE = 3;

// Where numbers are in the array, which is smaller than fields would be.
const END = 0;
const SIDE = 1;
const SINCE = 2;
const GOAL = 3;

export class Hold {
  /** End, sign of the newest end against it, since when it is that, items at the end. */
  readonly #numbers: number[] = [Number.NaN, 0, 0, Number.NaN];

  /** The seconds to show at `seconds`, when `left` would be right but for its uncertainty `loss`. `goal`: items at the end, of which `remaining` are left. */
  show(seconds: number, left: number, loss: number, goal: number, remaining: number): number {
    const all = this.#numbers;
    const end = seconds + left;
    const before = this.#rescaled(seconds, goal, remaining);
    all[GOAL] = goal;
    if (Number.isNaN(before)) {
      all[END] = end;
      all[SINCE] = seconds;
      return left;
    }
    const side = Math.sign(end - before);
    if (side !== all[SIDE]) {
      all[SIDE] = side;
      all[SINCE] = seconds;
    }
    const calm = Math.min(MOST_CALM, Math.max(LEAST_CALM, CALM * loss)) * left;
    const band = left > 0 ? calm / (1 + (IMPATIENCE * (seconds - all[SINCE]!)) / left) : 0;
    all[END] = Math.min(end + band, Math.max(end - band, before));
    return Math.max(0, all[END]! - seconds);
  }

  #rescaled(seconds: number, goal: number, remaining: number): number {
    const [end, , , before] = this.#numbers as [number, number, number, number];
    if (before === goal || Number.isNaN(end)) return end;
    // Items are counted in fractions too: a goal that moved by rounding did not move.
    if (Math.abs(goal - before) < 1e-9 * goal) return end;
    const then = remaining - (goal - before);
    return then > 0 ? seconds + (Math.max(0, end - seconds) * remaining) / then : Number.NaN;
  }
}
