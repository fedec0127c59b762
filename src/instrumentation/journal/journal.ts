// What runs, on disk, so that the next start or another instance finds what was lost with this process. Once a second the
// operations that changed are written, a limited number of lines, those first that wait longest; ones shorter than a second
// never are. The time of the file is our heartbeat. There is a file only while something runs.

import type { Core } from "../core.js";
import type { Handle } from "../handle.js";
import { disown } from "../span-ownership.js";
import { History } from "./history.js";
import { JournalFile } from "./journal-file.js";
import { thisProcess } from "./process-identity.js";
import { JOURNAL_VERSION, recordOf } from "./records.js";

const PASS_MILLIS = 1_000;
const LINES_PER_PASS = 1_000;
/** Characters; reached early only by operations with many or long attributes. */
const LENGTH_PER_PASS = 1024 * 1024;
const COMPACT_BYTES = 4 * 1024 * 1024;
/** Without a heartbeat for so long it is worth a look whether others took us for dead. */
const AWAY_MILLIS = 3_000;

export class Journal {
  readonly #core: Core;
  readonly #file: JournalFile;
  /** Of those in the file that have ended; when that is wanted. */
  readonly #history: History | undefined;
  /** Changed since they were written, or never written; who waits longest comes first. Bounded by the limit on operations. */
  readonly #waiting = new Set<Handle>();
  /** Those in the file, with the stamp of when they were written. */
  readonly #written = new Map<Handle, number>();
  /** Of those in the file, ids of the ones that have ended. */
  #ended: string[] = [];
  /** What waits has been looked for up to this stamp, and among what started up to this moment. */
  #seenStamp = -1;
  #seenStart = Number.NEGATIVE_INFINITY;
  /** Those of the file that are not yet in the one that is to take its place; what was written after `since` is. */
  #renewal: { readonly rest: IterableIterator<[Handle, number]>; readonly since: number } | undefined;
  #renewAt = COMPACT_BYTES;
  #lastPass: number;
  /** Unix milliseconds of the last heartbeat. */
  #touched = 0;
  #closed = false;

  constructor(core: Core, directory: string) {
    const { instance, settings } = core;
    this.#core = core;
    this.#lastPass = settings.clock.monotonicMillis();
    const header = { journal: JOURNAL_VERSION, instance, process: thisProcess() };
    this.#file = new JournalFile(directory, instance.id, JSON.stringify(header));
    this.#history = settings.journalHistory ? new History(core, directory) : undefined;
  }

  /** Nothing is left to be written or taken away. */
  get quiet(): boolean {
    return this.#written.size === 0 && !this.#file.isOpen && this.#history?.quiet !== false;
  }

  /** Called before the span of an operation or level ends: after a long absence it may be for others to end. */
  beforeEnd(handle: Handle): void {
    if (this.#written.size === 0 || !this.#written.has(handle.operation as Handle)) return;
    if (Math.abs(this.#core.settings.clock.epochMillis() - this.#touched) >= AWAY_MILLIS) this.#safePass();
  }

  ended(operation: Handle): void {
    this.#waiting.delete(operation);
    if (!this.#written.delete(operation)) return;
    this.#ended.push(operation.id);
    this.#history?.remember(operation);
    if (this.#closed) this.#safePass();
  }

  /** What others had not ended is told here: the history has it before nobody else has. */
  lost(operations: readonly Handle[]): void {
    for (const operation of operations) this.#history?.remember(operation);
    this.#history?.write("all");
  }

  /** Called at every tick, and now and then when there is none. */
  tick(now: number): void {
    if (now - this.#lastPass >= PASS_MILLIS) this.#safePass();
  }

  /** The last regular pass. What still runs stays in the file, and its end is written when it comes. */
  close(): void {
    this.#closed = true;
    this.#safePass();
  }

  #safePass(): void {
    const { clock } = this.#core.settings;
    this.#lastPass = clock.monotonicMillis();
    // Before the journal forgets it: killed in between, an operation is in both rather than in none.
    this.#history?.write(this.#closed ? "all" : "pass");
    this.#core.diagnostics.safely("journal_failed", "the journal", () => {
      try {
        this.#pass(this.#lastPass);
      } finally {
        // Alive, even where the disk is full.
        this.#touched = clock.epochMillis();
        this.#file.touch(this.#touched);
      }
    });
  }

  #pass(now: number): void {
    if (this.#file.isOpen && !this.#file.isOurs) this.#giveUp();
    this.#lookThrough(now - PASS_MILLIS);
    if (this.#waiting.size === 0 && this.#written.size === 0) {
      this.#ended = [];
      return this.#file.remove();
    }
    const batch = new Batch();
    for (const operation of this.#waiting) if (!batch.add(operation)) break;
    this.#file.append([...this.#ended.map((id) => JSON.stringify({ ended: id })), ...batch.lines]);
    this.#ended = [];
    const stamp = this.#core.state.stamp();
    for (const operation of batch.operations) {
      this.#waiting.delete(operation);
      this.#written.set(operation, stamp);
    }
    this.#renew();
  }

  /** Finds what started before `oldEnough` and changed since it was written. */
  #lookThrough(oldEnough: number): void {
    if (this.#waiting.size >= LINES_PER_PASS) return;
    const { state } = this.#core;
    const [stamp, start] = [this.#seenStamp, this.#seenStart];
    for (const { changed, started, entries, high } of state.slabs) {
      for (let slot = 0; slot < high; slot++) {
        if (!(started[slot]! <= oldEnough) || (changed[slot]! <= stamp && started[slot]! <= start)) continue;
        const entry = entries[slot];
        if (entry?.isOperation && !entry.elsewhere && changed[slot]! > (this.#written.get(entry as Handle) ?? -1))
          this.#waiting.add(entry as Handle);
      }
    }
    this.#seenStamp = state.stamp();
    this.#seenStart = oldEnough;
  }

  /** Fills the file that is to take the place of one that has grown too much, a part at every pass. */
  #renew(): void {
    if (!this.#file.isRenewing) {
      if (this.#file.bytes <= this.#renewAt) return;
      this.#file.begin();
      this.#renewal = { rest: this.#written.entries(), since: this.#core.state.stamp() };
    }
    const { rest, since } = this.#renewal!;
    const batch = new Batch();
    for (const [operation, stamp] of rest) if (stamp < since && !batch.add(operation)) break;
    this.#file.add(batch.lines);
    if (batch.full) return;
    this.#file.finish();
    this.#renewal = undefined;
    this.#renewAt = Math.max(COMPACT_BYTES, 2 * this.#file.bytes);
  }

  /** Others took us for dead, have told so, and have ended our spans: we must not end them again. The work goes on. */
  #giveUp(): void {
    const { diagnostics } = this.#core;
    diagnostics.count("operations_claimed", this.#written.size);
    diagnostics.warnOnce(
      "claimed",
      "another instance took this one for dead: spans of running operations were ended there",
    );
    for (const operation of this.#written.keys()) disown(operation);
    this.#written.clear();
    this.#waiting.clear();
    this.#ended = [];
    this.#seenStamp = -1;
    this.#file.giveUp();
  }
}

/** Lines of one pass. */
class Batch {
  readonly operations: Handle[] = [];
  readonly lines: string[] = [];
  #length = 0;

  get full(): boolean {
    return this.lines.length >= LINES_PER_PASS || this.#length >= LENGTH_PER_PASS;
  }

  /** Whether there is room for more. */
  add(operation: Handle): boolean {
    const line = JSON.stringify({ op: recordOf(operation) });
    this.operations.push(operation);
    this.lines.push(line);
    this.#length += line.length;
    return !this.full;
  }
}
