// Where profiles of earlier runs come from and go to: read from a store when a type is first seen, added to by every completed run,
// written back by the pass of the sampler. Without a store they live as long as the instance. Pure: a store is handed in, time too.
//
// What a store keeps is text, {"version":1,"runs":[{"endedAt","seconds","total","curve"}]}. Unknown fields are ignored, another
// version and whatever is no profile are counted as `eta_history_ignored` and take part in nothing; the next save replaces them.

import { atMost } from "./clock.js";
import type { Diagnostics } from "./diagnostics.js";
import { curveOf, GRAIN, LEAST_SECONDS, MOST_RUNS, PARTS, type PastRun, Profile } from "./eta/profile.js";
import type { MaybePromise } from "./model.js";
import type { Points } from "./points.js";

/** Keeps what was learned for the next process. A `Map<string, string>` is one; so is a hash in Redis. Errors are counted as `eta_history_failed`. */
export interface EtaStore {
  /** What was last set under `key`: a type, or a type and the name of a stage or level kind. */
  get(key: string): MaybePromise<string | null | undefined>;
  set(key: string, profile: string): unknown;
}

const VERSION = 1;
const WHAT = "the history of remaining times";
/** A longer text is no profile. */
const MOST_CHARACTERS = 8_192;
const SAVES_PER_PASS = 10;
const SAVE_EVERY_MILLIS = 1_000;
/** Longest wait for a store at the end. */
const SAVE_MILLIS = 5_000;

/** Who has a profile: the tally of a type. */
export interface Learner {
  profile: Profile | undefined;
}

export class EtaHistory {
  readonly #store: EtaStore | undefined;
  readonly #diagnostics: Diagnostics;
  /** Learned since the last save. Bounded by the limit on types. */
  readonly #unsaved = new Map<string, Learner>();
  /** What a store was told and has not answered yet. */
  readonly #underWay = new Set<Promise<unknown>>();
  #savedAt = Number.NEGATIVE_INFINITY;

  constructor(store: EtaStore | undefined, diagnostics: Diagnostics) {
    this.#store = store;
    this.#diagnostics = diagnostics;
  }

  /** A type is seen for the first time. What a store answers later counts from then on. */
  load(key: string, learner: Learner): void {
    const store = this.#store;
    if (store === undefined) return;
    this.#diagnostics.safely("eta_history_failed", WHAT, () => {
      const found = store.get(key);
      if (!isPromise(found)) return this.#take(found, learner);
      found.then((text) => this.#take(text, learner)).then(undefined, (error) => this.#failed(error));
    });
  }

  /** Everything learned was handed to the store. */
  get quiet(): boolean {
    return this.#unsaved.size === 0;
  }

  /** A run completed. */
  learn(key: string, learner: Learner, run: PastRun): void {
    learner.profile = learner.profile?.with([run]) ?? new Profile([run]);
    if (this.#store !== undefined) this.#unsaved.set(key, learner);
  }

  /** Writes some of what was learned, at most once a second; nothing while the store has not answered for as much. */
  tick(nowMillis: number): void {
    if (this.#unsaved.size === 0 || nowMillis - this.#savedAt < SAVE_EVERY_MILLIS) return;
    this.#savedAt = nowMillis;
    this.#write(SAVES_PER_PASS - this.#underWay.size);
  }

  /** Writes all of it. Done when it returns, if the store answers at once; waits at most five seconds for one that does not. */
  async save(): Promise<void> {
    this.#write(this.#unsaved.size);
    if (this.#underWay.size === 0) return;
    const done = await atMost(SAVE_MILLIS, Promise.all(this.#underWay));
    if (done === undefined) this.#failed(new Error("the store did not answer in 5 s"));
  }

  #write(most: number): void {
    for (const [key, learner] of [...this.#unsaved].slice(0, Math.max(0, most))) {
      this.#unsaved.delete(key);
      this.#diagnostics.safely("eta_history_failed", WHAT, () => {
        const saved = this.#saveOne(key, learner);
        if (isPromise(saved)) this.#follow(saved);
      });
    }
  }

  #follow(saved: PromiseLike<unknown>): void {
    const settled = Promise.resolve(saved)
      .catch((error) => this.#failed(error))
      .finally(() => this.#underWay.delete(settled));
    this.#underWay.add(settled);
  }

  /** Other processes learn too: what they wrote is kept. */
  #saveOne(key: string, learner: Learner): unknown {
    const store = this.#store!;
    const merged = (text: string | null | undefined) => {
      this.#take(text, learner);
      return store.set(key, encodeProfile(learner.profile!));
    };
    const found = store.get(key);
    return isPromise(found) ? found.then(merged) : merged(found);
  }

  #take(text: string | null | undefined, learner: Learner): void {
    if (text === undefined || text === null) return;
    const profile = decodeProfile(text);
    if (profile === undefined) return this.#diagnostics.count("eta_history_ignored");
    learner.profile = learner.profile?.with(profile.runs) ?? profile;
  }

  #failed(error: unknown): void {
    this.#diagnostics.failed("eta_history_failed", WHAT, error);
  }
}

const isPromise = <T>(value: unknown): value is PromiseLike<T> =>
  typeof (value as PromiseLike<T> | undefined)?.then === "function";

/** One name for a type, or for a stage or level kind of it. */
export function profileKey(type: string, level: string | undefined): string {
  return level === undefined ? encodeURIComponent(type) : `${encodeURIComponent(type)}/${encodeURIComponent(level)}`;
}

/** What is kept of a run: `seconds` of work, `total` items or NaN, its points. */
export function pastRun(endedAt: number, seconds: number, total: number, points: Points | undefined): PastRun {
  const curve = points === undefined ? [] : points.curve();
  return {
    endedAt: Math.round(endedAt),
    seconds,
    total: Math.max(0, Number.isNaN(total) ? 0 : total),
    // The first point is the start.
    curve: curve.length > 1 ? curveOf(curve, seconds) : [],
  };
}

export function encodeProfile({ runs }: Profile): string {
  const rounded = runs.map((run) => ({ ...run, seconds: Number(run.seconds.toPrecision(6)) }));
  return JSON.stringify({ version: VERSION, runs: rounded });
}

/** Undefined for what is none, or of a version to come. */
export function decodeProfile(text: unknown): Profile | undefined {
  if (typeof text !== "string" || text.length > MOST_CHARACTERS) return undefined;
  try {
    const { version, runs } = JSON.parse(text) as { version?: unknown; runs?: unknown };
    if (version !== VERSION || !Array.isArray(runs) || runs.length === 0 || runs.length > MOST_RUNS) return undefined;
    return runs.every(isRun) ? new Profile(runs.map(onlyRun)) : undefined;
  } catch {
    return undefined;
  }
}

const isAmount = (value: unknown, least: number): value is number =>
  typeof value === "number" && value >= least && value <= Number.MAX_SAFE_INTEGER;

function isRun(value: unknown): value is PastRun {
  if (typeof value !== "object" || value === null) return false;
  const { endedAt, seconds, total, curve } = value as Partial<Record<keyof PastRun, unknown>>;
  return isAmount(endedAt, 0) && isAmount(seconds, LEAST_SECONDS) && isAmount(total, 0) && isCurve(curve);
}

function isCurve(value: unknown): value is number[] {
  if (!Array.isArray(value) || (value.length !== 0 && value.length !== PARTS - 1)) return false;
  return value.every((at, index) => isAmount(at, value[index - 1] ?? 0) && at <= GRAIN);
}

const onlyRun = ({ endedAt, seconds, total, curve }: PastRun): PastRun => ({ endedAt, seconds, total, curve });
