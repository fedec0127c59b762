// What has ended, on disk, so that it is known when this process is gone: final snapshots, one line of JSON each. They wait for
// the next pass of the journal, a limited number of them.

import { withLevels } from "../../kept-levels.js";
import type { Snapshot } from "../../model.js";
import { snapshotOperation } from "../../state/snapshot.js";
import type { Core } from "../core.js";
import type { Handle } from "../handle.js";
import { HistoryFile } from "./history-file.js";

/** Waiting to be written; further ones are left out, and counted. */
export const WAITING = 10_000;
const LINES_PER_PASS = 1_000;
const BYTES_PER_PASS = 1024 * 1024;
/** Levels kept per operation, on all depths together. */
const LEVELS = 100;
/** A longer line goes without levels; when it is still longer, not at all. */
const LINE_BYTES = 256 * 1024;

export class History {
  readonly #core: Core;
  readonly #file: HistoryFile;
  #waiting: Handle[] = [];

  constructor(core: Core, directory: string) {
    this.#core = core;
    this.#file = new HistoryFile(directory, core.instance.id);
  }

  /** Nothing is left to be written. */
  get quiet(): boolean {
    return this.#waiting.length === 0;
  }

  /** It has ended. */
  remember(operation: Handle): void {
    if (this.#waiting.length < WAITING) this.#waiting.push(operation);
    else this.#core.diagnostics.count("journal_failed");
  }

  /** As much as fits into one pass, or all there is; nothing happens without it. What could not be written waits on. */
  write(how: "pass" | "all"): void {
    if (this.quiet) return;
    this.#core.diagnostics.safely("journal_failed", "the history in the journal", () => {
      do this.#writeSome();
      while (how === "all" && !this.quiet);
    });
  }

  #writeSome(): void {
    const { diagnostics } = this.#core;
    const context = this.#core.snapshotContext();
    const lines: string[] = [];
    let taken = 0;
    let tooLong = 0;
    for (let bytes = 0; taken < this.#waiting.length && taken < LINES_PER_PASS && bytes < BYTES_PER_PASS; taken++) {
      const line = historyLine(snapshotOperation(this.#waiting[taken]!, context));
      if (line === undefined) tooLong++;
      else lines.push(line);
      bytes += line === undefined ? 0 : Buffer.byteLength(line);
    }
    if (lines.length > 0) this.#file.append(lines);
    this.#waiting = this.#waiting.slice(taken);
    if (tooLong > 0) diagnostics.count("journal_failed", tooLong);
    // What is written is not written again because something else cannot be removed.
    diagnostics.safely("journal_failed", "old history in the journal", () => this.#file.trim());
  }
}

/** Undefined when it is too long, even without levels. */
export function historyLine(snapshot: Snapshot): string | undefined {
  for (const most of [LEVELS, 0]) {
    const line = JSON.stringify(withLevels(snapshot, most));
    if (Buffer.byteLength(line) <= LINE_BYTES) return line;
  }
  return undefined;
}
