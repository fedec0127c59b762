// How far one run was, and when: what is needed to predict the rest of it. Written by a Forecast, at every movement; read by
// candidates.ts and past.ts. Pure: time is an argument, in milliseconds. All numbers are in one array, about 0.7 KB.
//
//   window a    N and T decayed by the age of what they hold:  x ← x · max(0.65, (t₋ / t)ᵃ) + Δx,  rate = N / T
//   last ten    N and T decayed per movement:  x ← x · 0.9 + Δx
//   whole run   items / t
//
// (t₋ / t)ᵃ is an exponential decay in ln t: the window is a share of the run, 1/(a+1), however long the run is, so that
// nothing here knows how long a second is. At least 0.65 is kept at each movement, so that one long gap is not all there is.
//
// A checkpoint is kept whenever the run got 6 % older: the last ten reach back over 45 % of it. What an estimator said at a
// checkpoint can be held against what came after it.

/** Ages of which window rates are kept: 1/9 and 1/33 of the run. The second is the fourth power of the first. */
const SLOW_WINDOW = 8;
const WINDOW_KEEPS = 0.65;
const LAST_KEEPS = 0.9;

const CHECKPOINT_STEP = 1.06;
const CHECKPOINTS = 10;
/** Most runs, levels above all, are over before they need more. */
const FIRST_CHECKPOINTS = 2;

// Where numbers are in the array: the state first, then the checkpoints.
const START_MILLIS = 0;
const SECONDS = 1;
const ITEMS = 2;
const ATTEMPT_SECONDS = 3;
const ATTEMPT_ITEMS = 4;
/** Three pairs of items and seconds: the windows and the last ten. */
const PAIRS = 5;
const HEADER = 11;
/** Seconds, items and the three rates. */
const FIELDS = 5;

/** Rates as they were at one moment, items per second: of the whole run, of the last 1/9 and 1/33 of it, of the last ten movements. */
export type Rates = readonly [whole: number, slow: number, fast: number, last: number];

/** One moment of the run, and what was known then. */
export interface Checkpoint {
  readonly seconds: number;
  readonly items: number;
  readonly rates: Rates;
}

export class Course {
  #numbers: number[];
  /** Checkpoints made in this attempt; the last ten of them are kept. */
  #made = 0;

  constructor(startMillis: number) {
    this.#numbers = FRESH.slice();
    this.#numbers[START_MILLIS] = startMillis;
  }

  /** `items` were done since the last call. */
  observe(nowMillis: number, items: number): void {
    const all = this.#numbers;
    const seconds = this.secondsAt(nowMillis);
    const gap = Math.max(0, seconds - all[SECONDS]!);
    // What is there at the very start was not done in this run.
    if (gap === 0 && all[SECONDS] === 0) return;
    // Squared three times, and twice more: the power itself costs as much as all the rest.
    let slow = gap > 0 ? all[SECONDS]! / seconds : 1;
    for (let power = 1; power < SLOW_WINDOW; power *= 2) slow *= slow;
    const fast = slow * slow * slow * slow;
    this.#count(PAIRS, Math.max(WINDOW_KEEPS, slow), items, gap);
    this.#count(PAIRS + 2, Math.max(WINDOW_KEEPS, fast), items, gap);
    this.#count(PAIRS + 4, gap === 0 ? 1 : LAST_KEEPS, items, gap);
    all[SECONDS]! += gap;
    all[ITEMS]! += items;
    if (gap > 0 && !(all[SECONDS]! < this.#checkpointAfter())) this.#checkpoint();
  }

  /** Time that passed without work is taken out. */
  pausedFor(millis: number): void {
    this.#numbers[START_MILLIS]! += millis;
  }

  /** A new attempt begins: what happened is no part of it, but how fast it went is kept. */
  restart(nowMillis: number): void {
    const all = this.#numbers;
    all[START_MILLIS] = nowMillis - all[SECONDS]! * 1000;
    all[ATTEMPT_SECONDS] = all[SECONDS]!;
    all[ATTEMPT_ITEMS] = all[ITEMS]!;
    this.#made = 0;
  }

  /** Something was done, and it took time. */
  get begun(): boolean {
    return this.#numbers[ITEMS]! > 0 && this.#numbers[SECONDS]! > 0;
  }

  /** Working seconds up to the last movement, all attempts. */
  get seconds(): number {
    return this.#numbers[SECONDS]!;
  }
  /** Items done, all attempts. */
  get items(): number {
    return this.#numbers[ITEMS]!;
  }
  /** Working seconds and items before this attempt. */
  get attemptSeconds(): number {
    return this.#numbers[ATTEMPT_SECONDS]!;
  }
  get attemptItems(): number {
    return this.#numbers[ATTEMPT_ITEMS]!;
  }

  secondsAt(nowMillis: number): number {
    return (nowMillis - this.#numbers[START_MILLIS]!) / 1000;
  }

  /** Rates now; the run must have begun. */
  rates(): Rates {
    const all = this.#numbers;
    return [
      all[ITEMS]! / all[SECONDS]!,
      all[PAIRS]! / all[PAIRS + 1]!,
      all[PAIRS + 2]! / all[PAIRS + 3]!,
      all[PAIRS + 4]! / all[PAIRS + 5]!,
    ];
  }

  /** The checkpoints before the last movement, oldest first. */
  *checkpoints(): IterableIterator<Checkpoint> {
    const all = this.#numbers;
    for (let made = Math.max(0, this.#made - CHECKPOINTS); made < this.#made; made++) {
      const at = HEADER + (made % CHECKPOINTS) * FIELDS;
      const [seconds, items] = [all[at]!, all[at + 1]!];
      if (items >= all[ITEMS]! || seconds >= all[SECONDS]!) continue;
      yield { seconds, items, rates: [items / seconds, all[at + 2]!, all[at + 3]!, all[at + 4]!] };
    }
  }

  #count(pair: number, keep: number, items: number, seconds: number): void {
    const all = this.#numbers;
    all[pair] = all[pair]! * keep + items;
    all[pair + 1] = all[pair + 1]! * keep + seconds;
  }

  /** Seconds from which on the next one is due. */
  #checkpointAfter(): number {
    const last = (this.#made - 1) % CHECKPOINTS;
    return this.#made === 0 ? 0 : this.#numbers[HEADER + last * FIELDS]! * CHECKPOINT_STEP;
  }

  #checkpoint(): void {
    const at = HEADER + (this.#made++ % CHECKPOINTS) * FIELDS;
    if (at >= this.#numbers.length) this.#numbers = grown(this.#numbers);
    const all = this.#numbers;
    all[at] = all[SECONDS]!;
    all[at + 1] = all[ITEMS]!;
    all[at + 2] = all[PAIRS]! / all[PAIRS + 1]!;
    all[at + 3] = all[PAIRS + 2]! / all[PAIRS + 3]!;
    all[at + 4] = all[PAIRS + 4]! / all[PAIRS + 5]!;
  }
}

// Arrays of doubles are copied whole: pushing would leave half of them unused.
const FRESH: readonly number[] = [...Array(HEADER).fill(0), ...Array(FIRST_CHECKPOINTS * FIELDS).fill(Number.NaN)];
const FULL: readonly number[] = new Array(HEADER + CHECKPOINTS * FIELDS).fill(Number.NaN);

function grown(before: readonly number[]): number[] {
  const all = FULL.slice();
  for (let at = 0; at < before.length; at++) all[at] = before[at]!;
  return all;
}
