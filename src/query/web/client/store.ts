// What the page knows of the operations under way, from the frames of the event stream. Pure: time is an argument.

import type { Snapshot } from "../../../model.js";
import { hasEnded } from "../../../status-changes.js";
import { toneOf } from "./wording.js";

export interface SnapshotFrame {
  readonly time: string | number;
  readonly operations: readonly Snapshot[];
}
export interface UpdateFrame {
  readonly time: string | number;
  readonly changed: readonly Snapshot[];
  readonly removed: readonly string[];
  readonly missed: number;
}

/** A snapshot, and when it came. */
export interface Held {
  readonly snapshot: Snapshot;
  /** By the clock of the server, milliseconds of the epoch. */
  readonly arrived: number;
  /** By the monotonic clock of the page, milliseconds. */
  readonly at: number;
  /** It left the stream then: it has ended, and is shown for a moment longer. */
  readonly leftAt?: number;
}

/** Something worth telling people who do not look. */
export interface Happening {
  readonly tone: "stalled" | "lost" | "completed" | "failed" | "cancelled";
  readonly name: string;
}

/** So long an operation that ended stays where it was, so that one sees how. */
export const LINGER_MILLIS = 5_000;

const TOLD = new Set(["stalled", "lost", "completed", "failed", "cancelled"]);

export class Store {
  readonly held: Map<string, Held> = new Map();
  /** Since the last `takeHappenings`. */
  #happenings: Happening[] = [];
  /** Server time less page time, of the last frame. */
  #offset = 0;

  /** By the clock of the server, as far as it is known. */
  serverTime(at: number): number {
    return at + this.#offset;
  }

  /** The whole state: what is not in it has ended while nobody told us. */
  replace({ time, operations }: SnapshotFrame, at: number): void {
    const first = this.held.size === 0;
    const arrived = this.#tick(time, at);
    const present = new Set(operations.map(({ id }) => id));
    for (const id of this.held.keys()) if (!present.has(id)) this.#leave(id, at);
    for (const snapshot of operations) this.#put(snapshot, arrived, at, first);
  }

  update({ time, changed, removed }: UpdateFrame, at: number): void {
    const arrived = this.#tick(time, at);
    for (const snapshot of changed) this.#put(snapshot, arrived, at, false);
    for (const id of removed) this.#leave(id, at);
  }

  /** How operations ended that left the stream; others are no business of the list. */
  settle(ended: readonly Snapshot[], at: number): void {
    for (const snapshot of ended) {
      const before = this.held.get(snapshot.id);
      // Two runs may have one id: an older end says nothing about the present one.
      if (before?.leftAt === undefined || hasEnded(before.snapshot)) continue;
      if (snapshot.startedAt !== before.snapshot.startedAt) continue;
      this.#tell(before.snapshot, snapshot);
      this.held.set(snapshot.id, { ...before, snapshot, arrived: this.serverTime(at), at });
    }
  }

  /** Whether somebody should ask how operations ended. */
  get unsettled(): boolean {
    for (const { leftAt, snapshot } of this.held.values()) {
      if (leftAt !== undefined && !hasEnded(snapshot)) return true;
    }
    return false;
  }

  /** Forgets those that ended long enough ago. True when some were. */
  sweep(at: number): boolean {
    const before = this.held.size;
    for (const [id, { leftAt }] of this.held) {
      if (leftAt !== undefined && at - leftAt >= LINGER_MILLIS) this.held.delete(id);
    }
    return this.held.size < before;
  }

  takeHappenings(): readonly Happening[] {
    const taken = this.#happenings;
    this.#happenings = [];
    return taken;
  }

  #tick(time: string | number, at: number): number {
    const arrived = typeof time === "number" ? time : Date.parse(time);
    this.#offset = arrived - at;
    return arrived;
  }

  #put(snapshot: Snapshot, arrived: number, at: number, silent: boolean): void {
    if (!silent) this.#tell(this.held.get(snapshot.id)?.snapshot, snapshot);
    this.held.set(snapshot.id, { snapshot, arrived, at });
  }

  #leave(id: string, at: number): void {
    const before = this.held.get(id);
    if (before !== undefined && before.leftAt === undefined) this.held.set(id, { ...before, leftAt: at });
  }

  #tell(before: Snapshot | undefined, after: Snapshot): void {
    const tone = toneOf(after);
    if (!TOLD.has(tone) || (before !== undefined && toneOf(before) === tone)) return;
    this.#happenings.push({ tone: tone as Happening["tone"], name: after.name });
  }
}

/** Seconds since a snapshot came; they stand still while nothing can come. */
export const ageOf = ({ at }: Held, now: number): number => Math.max(0, now - at) / 1000;
