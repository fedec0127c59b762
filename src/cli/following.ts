// What `watch` makes of the changes that come in: what is drawn, what is said when the server goes away and comes back, and
// when it is over.

import type { Change, OperationExporter, Snapshot } from "../model.js";
import { hasEnded } from "../status-changes.js";

export interface FollowingOptions {
  readonly exporter: OperationExporter;
  /** As messages call the server. */
  readonly place: string;
  /** The one that is followed to its end; undefined: all, for ever. */
  readonly id: string | undefined;
  /** Waits for the server, and for the operation, to be there. */
  readonly wait: boolean;
  readonly say: (text: string) => void;
}

/** Shorter breaks are nobody's business: proxies end streams now and then. */
const GRACE_MILLIS = 1_000;

export class Following {
  /** How the one that is followed ended. */
  end: Snapshot | undefined;
  /** It is not known there, and nobody waits for it. */
  unknown = false;
  readonly #options: FollowingOptions;
  /** As they were told last: drawn again when the server is back. */
  readonly #running = new Map<string, Snapshot>();
  /** By the clock of the server: what ended before is history. */
  #latest = "";
  #opened = false;
  #away = false;
  #grace: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FollowingOptions) {
    this.#options = options;
  }

  get opened(): boolean {
    return this.#opened;
  }

  connection(state: "open" | "broken"): void {
    if (state === "broken") {
      this.#grace ??= setTimeout(() => this.#leave(), this.#opened ? GRACE_MILLIS : 0);
      return;
    }
    this.stop();
    const again = this.#opened ? " again" : "";
    this.#opened = true;
    if (!this.#away) return;
    this.#away = false;
    this.#options.say(`${this.#options.place} is there${again}`);
    this.#export([...this.#running.values()], []);
  }

  apply(change: Change): void {
    const first = change.kind === "snapshot";
    const changed = first ? change.operations : change.changed;
    const shown = changed.filter((snapshot) => this.#isNews(snapshot));
    for (const { updatedAt } of changed) if (updatedAt > this.#latest) this.#latest = updatedAt;
    const gone = first ? [] : change.removed.filter((id) => this.#running.delete(id));
    for (const snapshot of shown)
      if (hasEnded(snapshot)) this.#running.delete(snapshot.id);
      else this.#running.set(snapshot.id, snapshot);
    this.#export(shown, gone);
    this.#judge(changed, gone, first);
  }

  /** Nothing more is said. */
  stop(): void {
    clearTimeout(this.#grace);
    this.#grace = undefined;
  }

  /** What had ended before we looked is no news, unless it is what was asked for. */
  #isNews(snapshot: Snapshot): boolean {
    if (!hasEnded(snapshot) || this.#running.has(snapshot.id) || snapshot.id === this.#options.id) return true;
    return this.#latest !== "" && snapshot.updatedAt > this.#latest;
  }

  #judge(changed: readonly Snapshot[], gone: readonly string[], first: boolean): void {
    const { id, wait, place, say } = this.#options;
    if (gone.length > 0)
      say(`${gone.length === 1 ? `${gone[0]} is` : `${gone.length} operations are`} no longer known at ${place}`);
    if (id === undefined) {
      if (first && this.#running.size === 0) say(`nothing is under way at ${place}; what begins is shown`);
      return;
    }
    const it = changed.find((snapshot) => snapshot.id === id);
    if (it !== undefined && hasEnded(it)) this.end = it;
    const missing = gone.includes(id) || (first && it === undefined);
    if (missing && wait) say(`waiting for ${id} to begin`);
    this.unknown = missing && !wait;
  }

  /** Bars whose clocks went on would tell what nobody knows. */
  #leave(): void {
    const { place, say } = this.#options;
    this.#away = true;
    this.#export([], [...this.#running.keys()]);
    say(this.#opened ? `${place} went away; it is tried again` : `nothing answers at ${place} yet; waiting for it`);
  }

  #export(changed: readonly Snapshot[], removed: readonly string[]): void {
    void this.#options.exporter.export(changed, removed);
  }
}
