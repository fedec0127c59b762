// What Redis does not know yet: the latest of each operation, as what has changed since it was written. Written by the exporter
// that is told; read by its next write. Bounded by the operations that the instance keeps.

import type { Snapshot } from "../model.js";
import { isTerminal } from "../state/transitions.js";
import { aged, type Idle } from "./aging.js";
import { type Cells, cellsOf, changedCells } from "./cells.js";
import { GROUPS } from "./schema.js";

/** Of one write: then the rest goes with the next. */
const OPERATIONS = 1_000;
const CHARACTERS = 512 * 1024;

/** What Redis has of an operation, or is about to get. */
interface Known {
  /** Tells this run from others with that id. */
  readonly run: string;
  readonly ended: boolean;
  readonly epoch: number;
  /** Undefined when that does not matter any more, or is not certain: the whole is written then. */
  readonly cells: Cells | undefined;
}
interface Entry {
  readonly id: string;
  /** As the script has it. */
  readonly what: "O" | "o" | "E" | "R";
  readonly epoch: number;
  readonly cells: Cells;
}
export interface Batch {
  readonly count: number;
  /** Ids, with the number of ended spans up to which Redis then knows. */
  readonly confirms: readonly (readonly [id: string, spansEnded: number])[];
  /** Arguments of the script. */
  readonly args: readonly (string | number)[];
}
export interface OutboxOptions {
  /** Levels written per operation. */
  readonly levels: number;
  /** What it takes to tell that a running operation was lost, and to end its spans. */
  readonly recordOf: (id: string) => string | undefined;
  /** For how long a running operation has not moved, and how long it may not. */
  readonly idleOf: (id: string) => Idle | undefined;
  /** How many spans have ended so far. */
  readonly spansEnded: () => number;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** Undefined: it is to be removed. */
interface Waiting {
  readonly snapshot: Snapshot | undefined;
  /** When the snapshot was made: in time, and in ends of spans. */
  readonly at: number;
  readonly spansEnded: number;
}

export class Outbox {
  readonly #options: OutboxOptions;
  readonly #known: Map<string, Known> = new Map();
  readonly #waiting: Map<string, Waiting> = new Map();
  /** Runs that others have taken for lost, by id. */
  readonly #claimed: Map<string, { readonly run: string; readonly epoch: number }> = new Map();
  #open = 0;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }
  /** Redis has nothing of this instance, and is to get nothing. */
  get isUnused(): boolean {
    return this.#known.size === 0 && this.#waiting.size === 0;
  }
  /** Operations that are open, as far as was said. */
  get open(): number {
    return this.#open;
  }
  /** Claims that are known. */
  get claims(): number {
    return this.#claimed.size;
  }

  /** Whether it is, or may be, in Redis as a running one. */
  hasOpen(id: string): boolean {
    return this.#known.get(id)?.ended === false;
  }

  note(snapshot: Snapshot): void {
    if (this.#claimed.get(snapshot.id)?.run === runOf(snapshot)) return;
    this.#wait(snapshot.id, snapshot);
  }

  /** Returns whether it is gone without ever having been written. */
  remove(id: string): boolean {
    const unwritten = !this.#known.has(id);
    if (unwritten) return this.#waiting.delete(id);
    this.#wait(id, undefined);
    return false;
  }

  #wait(id: string, snapshot: Snapshot | undefined): void {
    const { now, spansEnded } = this.#options;
    this.#waiting.set(id, { snapshot, at: now(), spansEnded: spansEnded() });
  }

  /** As much as goes into one write. */
  take(): Batch {
    const entries: Entry[] = [];
    const confirms: [string, number][] = [];
    let length = 0;
    const now = this.#options.now();
    for (const [id, { snapshot, at, spansEnded }] of this.#waiting) {
      if (entries.length >= OPERATIONS || length >= CHARACTERS) break;
      // It has waited for its turn, and is dated by the write.
      const entry = snapshot === undefined ? this.#removal(id) : this.#entryOf(aged(snapshot, (now - at) / 1000));
      this.#waiting.delete(id);
      confirms.push([id, spansEnded]);
      if (entry === undefined) continue;
      entries.push(entry);
      for (const json of entry.cells.values()) length += json.length;
    }
    return { confirms, count: entries.length, args: entries.flatMap(argsOf) };
  }

  /** Whether a batch has arrived is not known: what is in it is to be written whole, as it is then. */
  doubt(batch: Batch, latest: (id: string) => Snapshot | undefined): number {
    let forgotten = 0;
    for (const [id] of batch.confirms) {
      const known = this.#known.get(id);
      if (known !== undefined) this.#known.set(id, { ...known, cells: undefined });
      if (this.#waiting.has(id)) continue;
      const snapshot = latest(id);
      if (snapshot !== undefined) this.note(snapshot);
      else {
        this.#wait(id, undefined);
        forgotten++;
      }
    }
    return forgotten;
  }

  /** Redis has forgotten: everything is to be written. */
  restart(all: readonly Snapshot[]): void {
    this.#known.clear();
    this.#waiting.clear();
    this.#open = 0;
    for (const snapshot of all) this.note(snapshot);
  }

  /** Others have taken it for lost. Returns whether that was news, of a run that is still open. */
  claim(id: string, epoch: number): boolean {
    const known = this.#known.get(id);
    const before = this.#claimed.get(id);
    if (before !== undefined && before.epoch >= epoch) return false;
    this.#claimed.set(id, { run: known?.run ?? "", epoch });
    if (known === undefined) return false;
    this.#forget(id, known);
    const waiting = this.#waiting.get(id);
    if (waiting?.snapshot === undefined || runOf(waiting.snapshot) === known.run) this.#waiting.delete(id);
    return true;
  }

  #removal(id: string): Entry | undefined {
    const known = this.#known.get(id);
    if (known === undefined) return undefined;
    this.#forget(id, known);
    return { id, what: "R", epoch: known.epoch, cells: new Map() };
  }

  #entryOf(snapshot: Snapshot): Entry | undefined {
    const { id } = snapshot;
    const run = runOf(snapshot);
    const known = this.#known.get(id);
    const before = known?.run === run ? known.cells : undefined;
    const ended = isTerminal(snapshot.status);
    const after = cellsOf(snapshot, this.#options.levels, ended ? undefined : this.#options.idleOf(id));
    const epoch = this.#claimed.get(id)?.epoch ?? 1;
    const whole = before === undefined || ended;
    const cells = whole ? new Map(after) : new Map(changedCells(before, after));
    // With every change of what is around the spans: rarely, compared with updates.
    if (!ended && (whole || cells.has(GROUPS.about) || cells.has(GROUPS.levels))) {
      const record = this.#options.recordOf(id);
      if (record !== undefined) cells.set(GROUPS.span, record);
    }
    if (known !== undefined) this.#forget(id, known);
    this.#known.set(id, { run, ended, epoch, cells: ended ? undefined : after });
    if (!ended) this.#open++;
    if (cells.size === 0) return undefined;
    return { id, what: ended ? "E" : whole ? "O" : "o", epoch, cells };
  }

  #forget(id: string, known: Known): void {
    this.#known.delete(id);
    if (!known.ended) this.#open--;
  }
}

function argsOf({ id, what, epoch, cells }: Entry): (string | number)[] {
  const args: (string | number)[] = [id, what, epoch, cells.size];
  for (const [group, json] of cells) args.push(group, json);
  return args;
}

/** Of two operations with one id, which one it is. */
function runOf({ startedAt, spanId }: Snapshot): string {
  return `${startedAt} ${spanId ?? ""}`;
}
