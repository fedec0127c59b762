// After every tick: what changed, as complete snapshots, to each exporter, isolated from the others.
// An exporter that is slow gets the latest state of each operation when it is ready again; nothing is queued.

import { atMost } from "./clock.js";
import type { Diagnostics } from "./diagnostics.js";
import type { OperationExporter, Snapshot } from "./model.js";
import type { Entry } from "./state/entry.js";
import type { LiveState } from "./state/live-state.js";
import type { Drive } from "./state/sampler.js";

interface Feed {
  readonly exporter: OperationExporter;
  /** Without what belongs to other instances: they export it. */
  readonly ownOnly: boolean;
  /** Copying for it may take a tenth of the time, unless it takes very long. */
  readonly paced: boolean;
  /** Everything with a stamp up to this one was handed over. */
  stamp: number;
  /** The export under way, if any. */
  busy: Promise<void> | undefined;
  /** Monotonic milliseconds before which it is not served again. */
  notBefore: number;
  /** It was passed over for that: another tick has to follow. */
  held: boolean;
  /**
   * Ids that left the history since the last export, emptied by the next: all of those it was told of, or they would stay in its view
   * for ever; of others only while there are fewer than REMOVED_KEPT.
   */
  removed: string[];
}

export interface FeedOptions {
  /** Without what belongs to other instances. @default false */
  readonly ownOnly?: boolean;
  /** Served less often when that takes long: for those who only look on. @default false */
  readonly paced?: boolean;
}

/** What changed, and how long it took to copy it. */
interface Copies {
  readonly changed: readonly Snapshot[];
  readonly millis: number;
}

const REMOVED_KEPT = 10_000;
/** A pause is over with so many: who is not told that an id left would keep it for ever. */
const REMOVED_ENOUGH = REMOVED_KEPT / 2;
/** Copying that is done within this time is not worth a pause. */
const CHEAP_MILLIS = 5;
/** The pause behind a copy that took longer, as a multiple of what it took, and how long it is at most. */
const PAUSE = 9;
const LONGEST_PAUSE_MILLIS = 2_000;
/** Longest wait for an export under way when flushing. */
const FLUSH_MILLIS = 5_000;

const pauseAfter = (millis: number): number => Math.min(LONGEST_PAUSE_MILLIS, PAUSE * millis);

export class Publisher {
  readonly #state: LiveState;
  readonly #snapshot: (entry: Entry) => Snapshot;
  readonly #now: () => number;
  readonly #diagnostics: Diagnostics;
  #feeds: Feed[] = [];

  /** `now`: monotonic milliseconds. */
  constructor(state: LiveState, snapshot: (entry: Entry) => Snapshot, now: () => number) {
    this.#state = state;
    this.#snapshot = snapshot;
    this.#now = now;
    this.#diagnostics = state.diagnostics;
    state.retention.onRemoved = (entry) => {
      state.directory.remove(entry);
      this.#removed(entry);
    };
  }

  get idle(): boolean {
    return this.#feeds.length === 0;
  }

  /** Whether nothing is under way that another tick would have to follow up. */
  get quiet(): boolean {
    return this.#feeds.every((feed) => feed.busy === undefined && !feed.held);
  }

  /** Feeds `exporter` with what changes after the stamp `since`: by default with the whole state first. Returns what stops it. */
  add(exporter: OperationExporter, since = -1, { ownOnly = false, paced = false }: FeedOptions = {}): () => void {
    const feed: Feed = {
      exporter,
      ownOnly,
      paced,
      stamp: since,
      busy: undefined,
      notBefore: Number.NEGATIVE_INFINITY,
      held: false,
      removed: [],
    };
    this.#feeds = [...this.#feeds, feed];
    return () => {
      this.#feeds = this.#feeds.filter((other) => other !== feed);
    };
  }

  /** Hands over what changed up to `stamp`. From inside a user's call only synchronous exporters are driven. */
  publish(stamp: number, drive: Drive): void {
    const began = this.#now();
    for (const feed of this.#feeds) feed.held = began < feed.notBefore && feed.removed.length < REMOVED_ENOUGH;
    this.#serve(stamp, drive);
  }

  #serve(stamp: number, drive: Drive): void {
    const gathered = [new Map<number, Copies>(), new Map<number, Copies>()] as const;
    for (const feed of this.#feeds) {
      if (feed.held || feed.busy !== undefined || (drive === "inside" && feed.exporter.synchronous !== true)) continue;
      const alike = gathered[feed.ownOnly ? 0 : 1];
      let copies = alike.get(feed.stamp);
      if (copies === undefined) alike.set(feed.stamp, (copies = this.#copy(feed.stamp, feed.ownOnly)));
      if (feed.paced && copies.millis > CHEAP_MILLIS) feed.notBefore = this.#now() + pauseAfter(copies.millis);
      this.#export(feed, copies.changed, stamp);
    }
  }

  #copy(since: number, ownOnly: boolean): Copies {
    const began = this.#now();
    const changed = this.#changedSince(since, ownOnly);
    return { changed, millis: this.#now() - began };
  }

  /** Hands over what is left, then lets every exporter flush; waits at most five seconds for a stuck one. */
  async forceFlush(): Promise<void> {
    await this.#settle((feed) => feed.busy);
    for (const feed of this.#feeds) feed.held = false;
    this.#serve(this.#state.stamp(), "timer");
    await this.#settle((feed) => feed.busy);
    await this.#settle((feed) => feed.exporter.forceFlush?.());
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
    await this.#settle((feed) => feed.exporter.shutdown?.());
    this.#feeds = [];
  }

  /** In the order they ended, then the running ones: of two operations with one id the later one comes last. */
  #changedSince(since: number, ownOnly: boolean): Snapshot[] {
    const changed: Snapshot[] = [];
    for (const entry of this.#state.retention.finished()) {
      if (entry.changed <= since) break;
      changed.push(this.#snapshot(entry));
    }
    changed.reverse();
    for (const { changed: stamps, entries, high } of this.#state.slabs) {
      for (let slot = 0; slot < high; slot++) {
        const entry = entries[slot];
        if (stamps[slot]! <= since || !entry?.isOperation || (ownOnly && entry.elsewhere)) continue;
        changed.push(this.#snapshot(entry));
      }
    }
    return changed;
  }

  #export(feed: Feed, changed: readonly Snapshot[], stamp: number): void {
    feed.stamp = stamp;
    // An id that a later operation has taken is not gone.
    const removed = feed.removed.filter((id) => this.#state.get(id) === undefined);
    feed.removed = [];
    if (changed.length === 0 && removed.length === 0) return;
    const what = `exporter ${feed.exporter.constructor?.name ?? ""}`;
    const result = this.#diagnostics.safely("exports_failed", what, () => feed.exporter.export(changed, removed));
    if (typeof result?.then !== "function") return;
    feed.busy = Promise.resolve(result)
      .catch((error) => this.#diagnostics.failed("exports_failed", what, error))
      .finally(() => {
        feed.busy = undefined;
      });
  }

  #removed(entry: Entry): void {
    for (const feed of this.#feeds) {
      if (entry.elsewhere && feed.ownOnly) continue;
      if (entry.changed > feed.stamp && !entry.elsewhere) this.#diagnostics.count("snapshots_dropped");
      const told = entry.started <= feed.stamp;
      if (told || feed.removed.length < REMOVED_KEPT) feed.removed.push(entry.id);
    }
  }

  async #settle(step: (feed: Feed) => Promise<void> | undefined): Promise<void> {
    const waits = this.#feeds.map(async (feed) => step(feed));
    const results = await atMost(FLUSH_MILLIS, Promise.allSettled(waits));
    if (results === undefined)
      this.#diagnostics.failed("exports_failed", "flush", new Error("an exporter did not finish in 5 s"));
    for (const result of results ?? []) {
      if (result.status === "rejected") this.#diagnostics.failed("exports_failed", "flush", result.reason);
    }
  }
}
