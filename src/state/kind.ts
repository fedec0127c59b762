// What all operations of one type, or all levels of one kind in it, have in common: names and a tally since the start.

import type { Profile } from "../eta/profile.js";
import type { StageInfo, Status } from "../model.js";
import type { TimeLimits } from "../stall.js";

/** The parts of a definition that the state needs; pure data. */
export interface Plan {
  readonly stages: readonly StageInfo[];
  readonly limits: TimeLimits;
  /** Unit of the operation's own count. */
  readonly unit: string | undefined;
  /** Default unit of a level or stage, by its kind or name. */
  readonly units: ReadonlyMap<string, string>;
  /** The level kinds it may have; undefined for any. */
  readonly levels: ReadonlySet<string> | undefined;
  /** Default weight of a level, by its kind. */
  readonly weights: ReadonlyMap<string, number>;
}

const DURATIONS_KEPT = 128;

/** Counts of a type since the start of the process. */
export class Tally {
  active = 0;
  readonly ended: Record<Exclude<Status, "pending" | "running" | "paused"> | "skipped", number> = {
    completed: 0,
    failed: 0,
    cancelled: 0,
    lost: 0,
    skipped: 0,
  };
  /** Items settled, by how. Only ever grow. */
  readonly items: { done: number; failed: number; skipped: number } = { done: 0, failed: 0, skipped: 0 };
  /**
   * Mean seconds of the completed runs as of the last completed operation of this type. Not of the run under way, whose
   * weights would shift under its own percentage.
   */
  pastMeanSeconds: number | undefined;
  /** Seconds of the last completed runs: a ring, allocated with the first. */
  #durations: Float64Array | undefined;
  #runs = 0;
  #profile: Profile | undefined;
  /** Sum over the ring. */
  #sum = 0;

  /** Earlier runs, those of other processes among them, for the remaining time. */
  get profile(): Profile | undefined {
    return this.#profile;
  }
  set profile(profile: Profile | undefined) {
    this.#profile = profile;
    // Known from the start, not in the middle of a run whose weights would shift.
    if (this.#runs === 0 && this.active === 0) this.pastMeanSeconds ??= profile?.meanSeconds;
  }

  /** One more completed run. */
  completedAfter(seconds: number): void {
    this.#durations ??= new Float64Array(DURATIONS_KEPT);
    const at = this.#runs++ % DURATIONS_KEPT;
    this.#sum += seconds - this.#durations[at]!;
    this.#durations[at] = seconds;
  }

  /** Durations of the last completed runs in seconds, unordered; at most 128. */
  durations(): Float64Array {
    return this.#durations?.subarray(0, Math.min(this.#runs, DURATIONS_KEPT)) ?? new Float64Array(0);
  }

  /** An operation of this type completed: what was learned from it counts from now on. */
  learn(): void {
    if (this.#runs > 0) this.pastMeanSeconds = this.#sum / Math.min(this.#runs, DURATIONS_KEPT);
  }
}

export class Kind {
  /** Type of the operation. */
  readonly type: string;
  /** Type of the level; undefined for the operation itself. */
  readonly level: string | undefined;
  /** Shared by all types beyond the limit, so that a type that carries an id by mistake stays bounded. */
  readonly tally: Tally;
  plan: Plan | undefined;

  constructor(type: string, level: string | undefined, tally: Tally) {
    this.type = type;
    this.level = level;
    this.tally = tally;
  }
}

export function mean(values: Float64Array): number | undefined {
  if (values.length === 0) return undefined;
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

/** Nearest-rank quantile, `q` from 0 to 1. */
export function quantile(values: Float64Array, q: number): number | undefined {
  if (values.length === 0) return undefined;
  return values.slice().sort()[Math.max(0, Math.ceil(q * values.length) - 1)];
}
