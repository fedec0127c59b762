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

// Where numbers are in the part of an array that is its memory: the end, the sign of the newest end against it, since when it is
// that, and the items at the end.
const END = 0;
const SIDE = 1;
const SINCE = 2;
const GOAL = 3;
export const HOLD_NUMBERS = 4;

/** What to show. */
export interface Showing {
  /** Now, and the seconds left that would be right but for their uncertainty `loss`. */
  readonly seconds: number;
  readonly left: number;
  readonly loss: number;
  /** Items at the end, of which `remaining` are left. */
  readonly goal: number;
  readonly remaining: number;
}

/** Seconds to show. What was shown is in `memory`, from `at` on; NaN there when nothing was. */
export function held(memory: number[], at: number, { seconds, left, loss, goal, remaining }: Showing): number {
  const end = seconds + left;
  const before = rescaled(memory[at + END]!, memory[at + GOAL]!, seconds, goal, remaining);
  memory[at + GOAL] = goal;
  if (Number.isNaN(before)) {
    memory[at + END] = end;
    memory[at + SIDE] = 0;
    memory[at + SINCE] = seconds;
    return left;
  }
  const side = Math.sign(end - before);
  if (side !== memory[at + SIDE]) {
    memory[at + SIDE] = side;
    memory[at + SINCE] = seconds;
  }
  const calm = Math.min(MOST_CALM, Math.max(LEAST_CALM, CALM * loss)) * left;
  const band = left > 0 ? calm / (1 + (IMPATIENCE * (seconds - memory[at + SINCE]!)) / left) : 0;
  const shown = Math.min(end + band, Math.max(end - band, before));
  memory[at + END] = shown;
  return Math.max(0, shown - seconds);
}

/** The end, had the goal been what it is now. Items are counted in fractions too: a goal that moved by rounding did not move. */
function rescaled(end: number, before: number, seconds: number, goal: number, remaining: number): number {
  if (Number.isNaN(end) || Math.abs(goal - before) <= 1e-9 * goal) return end;
  const then = remaining - (goal - before);
  return then > 0 ? seconds + (Math.max(0, end - seconds) * remaining) / then : Number.NaN;
}
