// What is worth telling of each operation, and when: the one rule behind lines, log records and loggers. The publisher
// writes snapshots in; whoever made it is told notices, one at a time, and may ask to be told later.

import { diag } from "@opentelemetry/api";
import type { OperationExporter, Snapshot } from "../model.js";
import { hasEnded } from "../status-changes.js";

export type Happening =
  | "started"
  | "progress"
  | "stalled"
  | "recovered"
  | "retried"
  | "paused"
  | "resumed"
  | "cancelRequested"
  | "ended";

export interface Notice {
  readonly happening: Happening;
  readonly snapshot: Snapshot;
  /** How long nothing was heard of the operation since the snapshot, in seconds. */
  readonly silentSeconds: number;
}

/** Who is told. */
export interface Listener {
  /** False when it cannot be told now; what it throws fails the export. */
  tell(notice: Notice): boolean;
  /** Nothing more will be told of an operation whose end was not. */
  forget?(snapshot: Snapshot): void;
}

/** How often an operation is told of between its start and its end. */
export interface Pace {
  /** Least time between two notices of mere progress. */
  readonly progressMillis: number;
  /** Least time between two notices of anything else, so that what flaps does not flood. */
  readonly newsMillis: number;
  /** Whether progress is worth a notice, `silentMillis` after the last one. */
  isDue(told: Told, now: Snapshot, silentMillis: number): boolean;
}

/** For people: 5 % more or another stage, at most every 5 s; or nothing told for as long as it had run then, from 5 s to a minute. */
export const READABLE: Pace = {
  progressMillis: 5_000,
  newsMillis: 1_000,
  isDue: ({ snapshot, ageMillis }, now, silentMillis) =>
    (now.percentage ?? 0) - (snapshot.percentage ?? 0) >= 5 ||
    now.stage !== snapshot.stage ||
    silentMillis >= Math.min(60_000, ageMillis),
};

/** For machines: whatever changed, at most once a second, changes of status at once. */
export const COMPLETE: Pace = { progressMillis: 1_000, newsMillis: 0, isDue: (told, now) => now !== told.snapshot };

interface Followed {
  readonly snapshot: Snapshot;
  readonly receivedMillis: number;
  told?: Told;
}
/** What was last told of an operation. */
interface Told {
  readonly snapshot: Snapshot;
  readonly atMillis: number;
  /** Since its start, then. */
  readonly ageMillis: number;
  /** When something other than progress was last told. */
  readonly newsAtMillis: number;
}

/** What is held back, and long silences, are looked at this often. */
const TICK_MILLIS = 1_000;

/** Tells of running operations until they have ended. Finishes inside of `export`, so it also speaks from a blocked loop. */
export class Notices implements OperationExporter {
  readonly synchronous = true;
  readonly #pace: Pace;
  readonly #listener: Listener;
  /** Running operations, and ended ones while they cannot be told: no more than the live state has. */
  readonly #followed: Map<string, Followed> = new Map();
  #timer: ReturnType<typeof setInterval> | undefined;
  #untold = 0;

  constructor(pace: Pace, listener: Listener) {
    this.#pace = pace;
    this.#listener = listener;
  }

  export(changed: readonly Snapshot[], removed: readonly string[]): void {
    const errors: unknown[] = [];
    for (const id of removed) this.#forget(id);
    const running = new Map(
      changed.filter((snapshot) => !hasEnded(snapshot)).map((snapshot) => [snapshot.id, snapshot]),
    );
    // In order: an id may have ended and begun again.
    for (const snapshot of changed) {
      this.#introduce(snapshot, running, errors);
      this.#follow(snapshot, errors);
    }
    this.#rest();
    if (errors.length > 0) throw errors[0];
  }

  async shutdown(): Promise<void> {
    this.#tick();
    for (const id of this.#followed.keys()) this.#forget(id);
    this.#rest();
  }

  /** What ended comes first, but the start of what it is a part of, if that is new too, goes before it. */
  #introduce(part: Snapshot, running: Map<string, Snapshot>, errors: unknown[]): void {
    const around: Snapshot[] = [];
    for (let at = part; at.parentId !== undefined; at = around.at(-1)!) {
      const whole = running.get(at.parentId);
      if (whole === undefined || this.#followed.get(whole.id)?.told !== undefined) break;
      // Later than its part is only another run under the id.
      if ((whole.startedAt ?? "") > (at.startedAt ?? "")) break;
      // Once: what others send may be a part of itself.
      running.delete(whole.id);
      around.push(whole);
    }
    for (const whole of around.reverse()) this.#follow(whole, errors);
  }

  #follow(snapshot: Snapshot, errors: unknown[]): void {
    const { id } = snapshot;
    const before = this.#followed.get(id);
    const followed: Followed = { snapshot, receivedMillis: performance.now() };
    if (before !== undefined && (before.snapshot.startedAt ?? snapshot.startedAt) !== snapshot.startedAt) {
      this.#forget(id);
    } else if (before?.told !== undefined) followed.told = before.told;
    this.#followed.set(id, followed);
    this.#consider(id, followed, errors);
  }

  #consider(id: string, followed: Followed, errors: unknown[]): void {
    const { snapshot, told } = followed;
    const silentMillis = performance.now() - followed.receivedMillis;
    const atMillis = Date.parse(snapshot.updatedAt) + silentMillis;
    const happening = this.#happening(told, snapshot, atMillis);
    if (happening === undefined) return;
    try {
      if (!this.#listener.tell({ happening, snapshot, silentSeconds: silentMillis / 1_000 })) return;
    } catch (error) {
      // Not told again: what fails once would fail for ever.
      errors.push(error);
    }
    if (happening === "ended") return void this.#followed.delete(id);
    const isNews = happening !== "progress" && happening !== "started";
    const newsAtMillis = isNews ? atMillis : (told?.newsAtMillis ?? Number.NEGATIVE_INFINITY);
    const ageMillis = snapshot.startedAt === undefined ? 0 : atMillis - Date.parse(snapshot.startedAt);
    followed.told = { snapshot, atMillis, ageMillis, newsAtMillis };
  }

  #happening(told: Told | undefined, now: Snapshot, atMillis: number): Happening | undefined {
    if (hasEnded(now)) return "ended";
    if (told === undefined) return "started";
    const news = newsBetween(told.snapshot, now);
    if (news !== undefined) return atMillis - told.newsAtMillis >= this.#pace.newsMillis ? news : undefined;
    const silentMillis = atMillis - told.atMillis;
    const { progressMillis } = this.#pace;
    return silentMillis >= progressMillis && this.#pace.isDue(told, now, silentMillis) ? "progress" : undefined;
  }

  #tick(): void {
    const errors: unknown[] = [];
    for (const [id, followed] of this.#followed) this.#consider(id, followed, errors);
    // Nobody above a timer would count it.
    if (errors.length > 0) diag.warn("otel-progress: progress could not be told", errors[0]);
    this.#rest();
  }

  #forget(id: string): void {
    const followed = this.#followed.get(id);
    if (followed === undefined) return;
    if (hasEnded(followed.snapshot)) this.#untold++;
    this.#followed.delete(id);
    this.#listener.forget?.(followed.snapshot);
  }

  /** The timer is there while there is something to look at. Losses are said once they are over. */
  #rest(): void {
    if (this.#untold > 0) {
      diag.warn(`otel-progress: ${this.#untold} ended operations were not told: their reader is too slow`);
      this.#untold = 0;
    }
    if (this.#followed.size > 0) this.#timer ??= setInterval(() => this.#tick(), TICK_MILLIS).unref();
    else {
      clearInterval(this.#timer);
      this.#timer = undefined;
    }
  }
}

function newsBetween(before: Snapshot, now: Snapshot): Happening | undefined {
  if (now.attempt !== before.attempt) return "retried";
  if (asked(now) && !asked(before)) return "cancelRequested";
  if (now.status !== before.status) return now.status === "paused" ? "paused" : "resumed";
  if (stalled(now) !== stalled(before)) return stalled(now) ? "stalled" : "recovered";
  return undefined;
}

const asked = (snapshot: Snapshot): boolean => "cancelRequested" in snapshot && snapshot.cancelRequested !== undefined;
const stalled = (snapshot: Snapshot): boolean => "stalled" in snapshot && snapshot.stalled !== undefined;
