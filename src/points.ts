// A run of any length in a bounded number of points: the span events and the progress curve are read from it.

/** One moment of a run. `ratio` and `total` are NaN when unknown. */
export interface Point {
  readonly millis: number;
  readonly current: number;
  readonly total: number;
  readonly ratio: number;
  readonly rate: number;
  readonly message: string | undefined;
}

const FIELDS = 5;
/** Where the ratio is among them. */
const RATIO = 3;
const FIRST_CAPACITY = 4;

/**
 * Keeps every `stride`-th sample offered; when full, every second one is thrown out and the stride doubles. So what is
 * kept always starts with the first sample, is evenly spread over the samples, and is at least half of the capacity
 * once it was full. The last sample is not among them: whoever reads adds the final state.
 */
export class Points {
  readonly #capacity: number;
  /** Grows by doubling up to the capacity, since most levels end after a few samples. */
  #numbers = new Float64Array(FIRST_CAPACITY * FIELDS);
  /** Allocated with the first message. */
  #messages: (string | undefined)[] | undefined;
  #count = 0;
  #offered = 0;
  #lastOffer = Number.NaN;
  #stride = 1;
  /** Gone with every point added. */
  #curve: readonly (readonly [number, number])[] | undefined;

  /** @param capacity at least 2 */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#count;
  }

  /** Offers a sample taken at `millis`; true when it is to be kept, and `add` must follow. Twice the same time is one sample. */
  wants(millis: number): boolean {
    if (millis === this.#lastOffer) return false;
    this.#lastOffer = millis;
    if (this.#offered++ % this.#stride !== 0) return false;
    if (this.#count < this.#capacity) return true;
    this.#thin();
    return (this.#offered - 1) % this.#stride === 0;
  }

  /** The run as seconds since its first point and ratio, where that was known. Made anew only when a point was added. */
  curve(): readonly (readonly [seconds: number, ratio: number])[] {
    this.#curve ??= Object.freeze(this.#makeCurve());
    return this.#curve;
  }

  #makeCurve(): (readonly [number, number])[] {
    const curve: (readonly [number, number])[] = [];
    const first = this.#numbers[0]!;
    for (let at = 0; at < this.#count * FIELDS; at += FIELDS) {
      const ratio = this.#numbers[at + RATIO]!;
      if (!Number.isNaN(ratio)) curve.push(Object.freeze([(this.#numbers[at]! - first) / 1000, ratio] as const));
    }
    return curve;
  }

  /** Keeps a sample that `wants` said yes to. */
  add(millis: number, current: number, total: number, ratio: number, rate: number, message: string | undefined): void {
    if ((this.#count + 1) * FIELDS > this.#numbers.length) this.#grow();
    this.#numbers.set([millis, current, total, ratio, rate], this.#count * FIELDS);
    if (message !== undefined) {
      this.#messages ??= [];
      this.#messages[this.#count] = message;
    }
    this.#count++;
    this.#curve = undefined;
  }

  at(index: number): Point {
    const [millis, current, total, ratio, rate] = this.#numbers.subarray(index * FIELDS, (index + 1) * FIELDS);
    return {
      millis: millis!,
      current: current!,
      total: total!,
      ratio: ratio!,
      rate: rate!,
      message: this.#messages?.[index],
    };
  }

  *[Symbol.iterator](): IterableIterator<Point> {
    for (let index = 0; index < this.#count; index++) yield this.at(index);
  }

  #thin(): void {
    const kept = Math.ceil(this.#count / 2);
    for (let to = 1; to < kept; to++) {
      this.#numbers.copyWithin(to * FIELDS, to * 2 * FIELDS, (to * 2 + 1) * FIELDS);
      if (this.#messages !== undefined) this.#messages[to] = this.#messages[to * 2];
    }
    if (this.#messages !== undefined) this.#messages.length = kept;
    this.#count = kept;
    this.#curve = undefined;
    this.#stride *= 2;
  }

  #grow(): void {
    const larger = new Float64Array(Math.min(this.#capacity * FIELDS, this.#numbers.length * 2));
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
