// What one filter shows, as all of its readers see it: numbered states, and what lies between any two of them. A reader that
// is behind, or comes back, gets one update with everything since; nothing is kept per reader.

import type { Change, Snapshot } from "../model.js";
import { Frame } from "./frame.js";

/** States that a reader can be behind and still be told what changed; and gone operations remembered for that. */
const HISTORY = 10_000;

interface Item {
  /** The snapshot as JSON. */
  readonly json: string;
  /** The state in which it last changed. */
  readonly sequence: number;
}

export class View {
  /** Tells this view from others, also from the one of the same filter before a restart. */
  readonly epoch: string;
  readonly #encode: (snapshot: Snapshot) => string | undefined;
  readonly #now: () => string;
  readonly #items: Map<string, Item> = new Map();
  /** Ids that were shown, and in which state they were gone; in that order, at most HISTORY. */
  readonly #gone: Map<string, number> = new Map();
  /** Changes told up to a state: that of the floor first. */
  #changesUpTo: number[] = [0];
  /** The oldest state from which a difference is known. */
  #floor = 0;
  #sequence = 0;
  /** Of the latest state: the differences that were asked for, by where they begin, and the whole. */
  #frames: Map<number, { readonly frame: Frame; readonly missed: number }> = new Map();
  #whole: Frame | undefined;
  /** What the latest update said: what nearly all readers want is not looked for among everything. */
  #latest: { readonly changed: readonly string[]; readonly removed: readonly string[] } | undefined;

  constructor(epoch: string, encode: (snapshot: Snapshot) => string | undefined, now: () => string) {
    this.epoch = epoch;
    this.#encode = encode;
    this.#now = now;
  }

  /** The number of the latest state; 0 when there is none yet. */
  get sequence(): number {
    return this.#sequence;
  }

  apply(change: Change): void {
    const sequence = ++this.#sequence;
    this.#frames = new Map();
    this.#whole = this.#latest = undefined;
    if (change.kind === "snapshot") return this.#begin(change.operations);
    const gone = [...change.removed];
    const texts: string[] = [];
    for (const snapshot of change.changed) {
      const json = this.#put(snapshot);
      if (json !== undefined) texts.push(json);
      else if (this.#items.has(snapshot.id)) gone.push(snapshot.id);
    }
    for (const id of gone) this.#remove(id);
    this.#latest = { changed: texts, removed: gone };
    this.#changesUpTo.push(this.#changesUpTo.at(-1)! + texts.length + change.missed);
    if (this.#changesUpTo.length > 2 * HISTORY) this.#forgetBefore(sequence - HISTORY);
  }

  /** Everything, as of now. */
  whole(): Frame {
    const operations = [...this.#items.values()].map(({ json }) => json);
    return (this.#whole ??= this.#frame("snapshot", `"operations":[${operations.join(",")}]`));
  }

  /** What is different from the state `sequence` on, and how many states between are left out; undefined when that is not known. */
  since(sequence: number): { readonly frame: Frame; readonly missed: number } | undefined {
    if (!(sequence >= this.#floor && sequence <= this.#sequence)) return undefined;
    let found = this.#frames.get(sequence);
    if (found === undefined) this.#frames.set(sequence, (found = this.#difference(sequence)));
    return found;
  }

  /** The state that an event id of this view names. */
  sequenceOf(eventId: string | undefined): number | undefined {
    if (eventId === undefined || !eventId.startsWith(`${this.epoch}-`)) return undefined;
    const digits = eventId.slice(this.epoch.length + 1);
    return /^\d{1,15}$/.test(digits) ? Number(digits) : undefined;
  }

  #begin(operations: readonly Snapshot[]): void {
    this.#items.clear();
    this.#gone.clear();
    for (const snapshot of operations) this.#put(snapshot);
    this.#floor = this.#sequence;
    this.#changesUpTo = [0];
  }

  /** What cannot be encoded is not shown. */
  #put(snapshot: Snapshot): string | undefined {
    const json = this.#encode(snapshot);
    if (json === undefined) return undefined;
    this.#items.set(snapshot.id, { json, sequence: this.#sequence });
    this.#gone.delete(snapshot.id);
    return json;
  }

  #remove(id: string): void {
    this.#items.delete(id);
    this.#gone.delete(id);
    this.#gone.set(id, this.#sequence);
    if (this.#gone.size <= HISTORY) return;
    const [oldest, goneIn] = this.#gone.entries().next().value!;
    this.#gone.delete(oldest);
    this.#forgetBefore(goneIn);
  }

  #forgetBefore(sequence: number): void {
    if (sequence <= this.#floor) return;
    this.#changesUpTo.splice(0, sequence - this.#floor);
    this.#floor = sequence;
  }

  #difference(from: number): { frame: Frame; missed: number } {
    const latest = from === this.#sequence - 1 ? this.#latest : undefined;
    const { changed, removed } = latest ?? { changed: this.#changedAfter(from), removed: this.#goneAfter(from) };
    const missed = this.#changesUpTo.at(-1)! - this.#changesUpTo[from - this.#floor]! - changed.length;
    const content = `"changed":[${changed.join(",")}],"removed":${JSON.stringify(removed)},"missed":${missed}`;
    return { frame: this.#frame("update", content), missed };
  }

  #changedAfter(state: number): string[] {
    return [...this.#items.values()].filter(({ sequence }) => sequence > state).map(({ json }) => json);
  }

  #goneAfter(state: number): string[] {
    return [...this.#gone].filter(([, sequence]) => sequence > state).map(([id]) => id);
  }

  #frame(event: "snapshot" | "update", content: string): Frame {
    return new Frame(event, `${this.epoch}-${this.#sequence}`, `{"time":"${this.#now()}",${content}}`);
  }
}
