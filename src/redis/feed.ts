// Keeps the mirror of a fleet up to date for those who ask and those who watch: one round of reading at a time, however many
// they are. While somebody watches, or somebody seems to be dead, it looks by itself, and claims what the dead had open.

import type { Clock } from "../clock.js";
import type { Change, Filter } from "../model.js";
import { matches } from "../state/selection.js";
import { Unread } from "../unread.js";
import type { Run } from "./client.js";
import type { Item } from "./item.js";
import { Mirror } from "./mirror.js";
import type { Keys } from "./schema.js";
import { ALL, Sweeper } from "./sweeper.js";

export interface FeedOptions {
  readonly run: Run;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly leaseMillis: number;
  readonly beatMillis: number;
  readonly pollMillis: number;
}
type Listener = (change: Change) => void;
/** Ids of what is different; and whether all could be read. */
type Told = (changed: ReadonlySet<string>, whole: boolean) => void;

/** What keys that a claim writes to live for, at least. */
const TTL_MILLIS = 3_600_000;

export class FleetFeed {
  readonly mirror: Mirror;
  readonly #options: FeedOptions;
  readonly #sweeper: Sweeper;
  /** Told after each round what is different. */
  readonly #listeners: Set<Told> = new Set();
  #stopPolling: (() => void) | undefined;
  #round: Promise<void> | undefined;
  #next: Promise<void> | undefined;
  #sweptAt = Number.NEGATIVE_INFINITY;
  #suspects = 0;

  constructor(options: FeedOptions) {
    this.#options = options;
    this.mirror = new Mirror(options);
    this.#sweeper = new Sweeper({ ...options, ttlMillis: TTL_MILLIS });
  }

  /** Everything written before this call is in the mirror when it resolves. Rejects as the client does. */
  refresh(): Promise<void> {
    if (this.#round === undefined) return this.#begin();
    // The one under way may have begun too early.
    this.#next ??= this.#round
      .catch(() => {})
      .then(() => {
        this.#next = undefined;
        return this.#begin();
      });
    return this.#next;
  }

  /** Calls `listener` after every round until it is stopped, and sees to it that there are rounds. */
  onPull(listener: Told): () => void {
    this.#listeners.add(listener);
    this.#poll();
    void this.refresh().catch(() => {});
    return () => {
      this.#listeners.delete(listener);
      this.#rest();
    };
  }

  /** The whole state, when it is known; then what changes, with the latest of each operation. */
  follow(listener: Listener, filter: Filter): () => void {
    let unread: Unread | undefined;
    const passes = ({ row }: Item) => matches(row, filter);
    return this.onPull((changed, whole) => {
      if (unread === undefined) {
        // Nobody is told of a beginning that is not all there is.
        if (!whole) return;
        const operations = [...this.mirror.all()].filter(passes).map(({ snapshot }) => snapshot!);
        unread = new Unread(operations);
        return listener({ kind: "snapshot", operations });
      }
      for (const id of changed) {
        const item = this.mirror.item(id);
        if (item === undefined) unread.gone(id);
        else unread.note(item.snapshot!, passes(item));
      }
      if (!unread.empty) listener(unread.take());
    });
  }

  #begin(): Promise<void> {
    this.#round = this.#read().finally(() => {
      this.#round = undefined;
    });
    return this.#round;
  }

  async #read(): Promise<void> {
    await this.#sweep();
    const { changed, error } = await this.mirror.pull();
    for (const listener of [...this.#listeners]) listener(changed, error === undefined);
    if (error !== undefined) throw error;
  }

  /** Before reading, so that what is lost now is read at once. */
  async #sweep(): Promise<void> {
    const { clock, beatMillis } = this.#options;
    const now = clock.monotonicMillis();
    if (now - this.#sweptAt < beatMillis / 2) return;
    this.#sweptAt = now;
    const looks = await Promise.allSettled(
      (this.#sweeper.together ? [ALL] : ALL.map((one) => [one])).map((some) => this.#sweeper.look(some, "", 0)),
    );
    this.#suspects = 0;
    for (const look of looks) if (look.status === "fulfilled") this.#suspects += look.value.suspects.length;
    if (this.#suspects > 0) this.#poll();
    else this.#rest();
  }

  #poll(): void {
    const { clock, pollMillis } = this.#options;
    this.#stopPolling ??= clock.every(pollMillis, () => {
      if (this.#round === undefined) void this.refresh().catch(() => {});
    });
  }

  #rest(): void {
    if (this.#listeners.size > 0 || this.#suspects > 0) return;
    this.#stopPolling?.();
    this.#stopPolling = undefined;
  }
}
