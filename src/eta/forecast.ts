// The remaining time of one operation or level: what this run says (candidates.ts), what earlier runs say (past.ts), each as far
// as it was right (blend.ts), and an end that does not jump (hold.ts). Written by the sampler at every movement, asked by
// snapshots. Pure: time is an argument, in milliseconds. Nothing is computed before somebody looks, and judged at most once per
// 1 % that the run got older; with a full course about 1 KB.

import type { Eta } from "../model.js";
import { agreed, judgePast, type PastRecord, weightOfPast } from "./blend.js";
import { CANDIDATES, judge, mixed } from "./candidates.js";
import { Course } from "./course.js";
import { HOLD_NUMBERS, held } from "./hold.js";
import { fromPast, type Position } from "./past.js";
import type { Profile } from "./profile.js";
import { liveSpread, pastSpread, type Spread } from "./range.js";

const JUDGE_STEP = 1.01;
/** Calmer than this earlier runs do not make it. */
const MOST_PAST_LOSS = 0.3;
/** From this weight on, one of the two is all there is. */
const NEARLY_ALL = 0.95;
/** From this weight on, earlier runs alone are worth saying. */
const TRUSTED = 0.5;

/** What is left to do. */
export interface Goal {
  /** In the unit of what was observed. */
  readonly remaining: number;
  /** Done and remaining, skipped ones among them. */
  readonly total: number;
  /** Its items, where shares are observed: earlier runs know theirs. NaN when unknown. @default total */
  readonly size?: number;
  readonly profile?: Profile | undefined;
  /** What its parts say, "nothing" included: where they overlap, its own pace says nothing. */
  readonly byParts?: Eta | "nothing";
}

// Where numbers are in the array of what was shown and judged last, which is smaller than objects would be.
const AT = 0;
const LOSS = 1;
const PAST_LOSS = 2;
const PATH = 3;
const WEIGHTS = 4;
const HELD = WEIGHTS + CANDIDATES;
const NO_PAST: PastRecord = { loss: 0, path: 0 };

export class Forecast {
  readonly #course: Course;
  /** Made when somebody looks. */
  #memory: number[] | undefined;
  #judgedWith: Profile | undefined;
  /** Share as of the last call of observeShare. */
  #share = 0;

  /** What is counted: items, or the share that is done. */
  readonly of: "items" | "share";

  constructor(startMillis: number, of: "items" | "share" = "items") {
    this.#course = new Course(startMillis);
    this.of = of;
  }

  /** `items` were done since the last call. */
  observe(nowMillis: number, items: number): void {
    this.#course.observe(nowMillis, items);
  }

  /** `share` of it is done. `began`: it was so when the work began, and is no part of it. */
  observeShare(nowMillis: number, share: number, began: boolean): void {
    const done = share - this.#share;
    if (!(done > 0)) return;
    this.#share = share;
    if (!began) this.#course.observe(nowMillis, done);
  }

  /** Time that passed without work is taken out. */
  pausedFor(millis: number): void {
    this.#course.pausedFor(millis);
  }

  /** A new attempt begins: of the old one only its speed is kept. */
  restart(nowMillis: number): void {
    this.#course.restart(nowMillis);
    this.#memory = undefined;
    this.#share = 0;
  }

  /** Something was done. */
  get begun(): boolean {
    return this.#course.begun;
  }

  /** Undefined when nothing can be told: nothing was done yet, and no earlier run took longer than this one does already. */
  eta(nowMillis: number, goal: Goal): Eta | undefined {
    const { remaining, total, size = total, profile, byParts } = goal;
    if (!(remaining >= 0 && remaining < Number.POSITIVE_INFINITY)) return undefined;
    if (remaining === 0) return { seconds: 0, low: 0, high: 0, basis: "rate" };
    const course = this.#course;
    const seconds = Math.max(course.seconds, course.secondsAt(nowMillis));
    if (!course.begun) return firstEta(profile, size, seconds - course.attemptSeconds);
    const memory = this.#judge(goal);
    const live = byParts === undefined ? mixed(course, memory.slice(WEIGHTS, HELD), remaining) : secondsOf(byParts);
    if (profile === undefined) return this.#show(seconds, live, 0, goal);
    const past = fromPast(profile, this.#position(goal, seconds, course.items));
    const record = { loss: memory[PAST_LOSS]!, path: memory[PATH]! };
    const loss = byParts === undefined ? memory[LOSS]! : Number.NaN;
    const weight = weightOfPast(past.plausible, record, loss);
    if (!(live > 0)) return weight > TRUSTED && past.left > 0 ? this.#show(seconds, past.left, 1, goal) : undefined;
    const earlier = agreed(past.left, live, known(loss), profile.paceSpread);
    return this.#show(seconds, earlier > 0 ? live ** (1 - weight) * earlier ** weight : live, weight, goal);
  }

  /** Where the run was when it had done `items` and worked for `seconds`. */
  #position({ remaining, total, size = total }: Goal, seconds: number, items: number): Position {
    const { items: all, attemptItems, attemptSeconds } = this.#course;
    const share = (done: number) => Math.min(1, Math.max(0, 1 - (remaining + all - done) / total));
    return { total: size, from: share(attemptItems), done: share(items), seconds: seconds - attemptSeconds };
  }

  /** Looks back, if it did not just now. */
  #judge(goal: Goal): number[] {
    const { seconds } = this.#course;
    this.#memory ??= new Array<number>(HELD + HOLD_NUMBERS).fill(Number.NaN);
    const memory = this.#memory;
    if (this.#judgedWith === goal.profile && seconds < memory[AT]! * JUDGE_STEP) return memory;
    const { weights, loss } = judge(this.#course);
    const past = goal.profile === undefined ? NO_PAST : this.#judgePast(goal.profile, goal);
    [memory[AT], memory[LOSS], memory[PAST_LOSS], memory[PATH]] = [seconds, loss, past.loss, past.path];
    for (let which = 0; which < CANDIDATES; which++) memory[WEIGHTS + which] = weights[which]!;
    this.#judgedWith = goal.profile;
    return memory;
  }

  #judgePast(profile: Profile, goal: Goal): PastRecord {
    const { seconds, items } = this.#course;
    const stretches = [...this.#course.checkpoints()].map((checkpoint) => ({
      begin: this.#position(goal, checkpoint.seconds, checkpoint.items),
      took: seconds - checkpoint.seconds,
    }));
    return judgePast(profile, stretches, this.#position(goal, seconds, items).done);
  }

  /** `weight`: of earlier runs. */
  #show(seconds: number, left: number, weight: number, { remaining, profile, byParts }: Goal): Eta {
    const memory = this.#memory!;
    const loss = known(memory[LOSS]!);
    const pastLoss = memory[PAST_LOSS]!;
    const unsure = weight * Math.min(loss, pastLoss, MOST_PAST_LOSS) + (1 - weight) * loss;
    const goal = this.#course.items + remaining;
    const shown = held(memory, HELD, { seconds, left, loss: unsure, goal, remaining });
    const live = spreadOf(byParts) ?? liveSpread(seconds, shown, loss);
    const past = pastSpread(seconds, shown, pastLoss, profile?.paceSpread ?? 0);
    return {
      seconds: shown,
      low: shown * Math.exp(-(weight * past + (1 - weight) * live.below)),
      high: shown * Math.exp(weight * past + (1 - weight) * live.above),
      basis: weight >= NEARLY_ALL ? "history" : weight > 1 - NEARLY_ALL ? "blend" : basisOf(byParts),
    };
  }
}

/** Before the first movement, from how long earlier runs took: undefined without any, and when this one took longer already. */
export function firstEta(profile: Profile | undefined, total: number, seconds: number): Eta | undefined {
  const left = profile === undefined ? 0 : profile.secondsFor(total) - seconds;
  if (!(left > 0)) return undefined;
  const factor = Math.exp(pastSpread(seconds, left, 0, profile!.paceSpread));
  return { seconds: left, low: left / factor, high: left * factor, basis: "history" };
}

const secondsOf = (byParts: Eta | "nothing"): number => (byParts === "nothing" ? 0 : byParts.seconds);

/** What this run says may itself be what earlier ones taught: how long its parts take. */
const basisOf = (byParts: Goal["byParts"]): Eta["basis"] =>
  byParts === undefined || byParts === "nothing" ? "rate" : byParts.basis;

function spreadOf(byParts: Goal["byParts"]): Spread | undefined {
  if (byParts === undefined || byParts === "nothing" || byParts.seconds === 0) return undefined;
  const { seconds, low, high } = byParts;
  return { below: Math.log(seconds / low), above: Math.log(high / seconds) };
}

/** What could not be judged yet is taken to be as wrong as it is long. */
const known = (loss: number): number => (Number.isNaN(loss) ? 1 : loss);
