// Those who are told what changed at every tick, also from inside a blocked event loop: servers that pass it on at once. Where
// copying it takes long, they are told less often (publisher.ts).
// One feed of the publisher serves all of them; who follows one operation is found by its id.

import type { Diagnostics } from "../diagnostics.js";
import type { Change, Filter, OperationExporter, Snapshot } from "../model.js";
import { matches, type Row, rowOfSnapshot } from "../state/selection.js";
import { Unread } from "../unread.js";

type Listener = (change: Change) => void;

class Follower {
  readonly #listener: Listener;
  readonly #filter: Filter;
  readonly #unread: Unread;
  stopped = false;

  constructor(listener: Listener, filter: Filter, present: readonly Snapshot[]) {
    this.#listener = listener;
    this.#filter = filter;
    this.#unread = new Unread(present);
  }

  note(snapshot: Snapshot, row: Row): void {
    this.#unread.note(snapshot, matches(row, this.#filter));
  }

  gone(id: string): void {
    this.#unread.gone(id);
  }

  tell(): void {
    if (!this.stopped && !this.#unread.empty) this.#listener(this.#unread.take());
  }
}

export class Followers {
  readonly #diagnostics: Diagnostics;
  readonly #connect: (feed: OperationExporter) => () => void;
  #disconnect: (() => void) | undefined;
  readonly #ofOne: Map<string, Set<Follower>> = new Map();
  readonly #others: Set<Follower> = new Set();

  /** `connect` feeds us what changes from that moment on. */
  constructor(diagnostics: Diagnostics, connect: (feed: OperationExporter) => () => void) {
    this.#diagnostics = diagnostics;
    this.#connect = connect;
  }

  /** `present`: the state as of now, filtered. */
  add(listener: Listener, filter: Filter, present: readonly Snapshot[]): () => void {
    const follower = new Follower(listener, filter, present);
    const among = this.#placeOf(filter.id);
    among.add(follower);
    this.#disconnect ??= this.#connect({ synchronous: true, export: (...what) => this.#export(...what) });
    this.#safely(() => listener({ kind: "snapshot", operations: Object.freeze(present) }));
    return () => {
      follower.stopped = true;
      among.delete(follower);
      if (among.size === 0 && this.#ofOne.get(filter.id!) === among) this.#ofOne.delete(filter.id!);
      if (this.#others.size > 0 || this.#ofOne.size > 0) return;
      this.#disconnect?.();
      this.#disconnect = undefined;
    };
  }

  #placeOf(id: string | undefined): Set<Follower> {
    if (id === undefined) return this.#others;
    const place = this.#ofOne.get(id) ?? new Set();
    this.#ofOne.set(id, place);
    return place;
  }

  #export(changed: readonly Snapshot[], removed: readonly string[]): void {
    const touched = new Set(this.#others);
    const each = (id: string, fn: (follower: Follower) => void) => {
      for (const follower of this.#others) fn(follower);
      for (const follower of this.#ofOne.get(id) ?? []) {
        touched.add(follower);
        fn(follower);
      }
    };
    for (const snapshot of changed) {
      if (this.#others.size === 0 && !this.#ofOne.has(snapshot.id)) continue;
      const row = rowOfSnapshot(snapshot);
      each(snapshot.id, (follower) => follower.note(snapshot, row));
    }
    for (const id of removed) each(id, (follower) => follower.gone(id));
    for (const follower of touched) this.#safely(() => follower.tell());
  }

  #safely(fn: () => void): void {
    this.#diagnostics.safely("callbacks_failed", "a follower", fn);
  }
}
