// Finds journals whose process died: no heartbeat for a while, and no process of that identity. Whoever renames one first
// has it, tells what was lost and removes it.

import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from "node:fs";
import { join } from "node:path";
import type { Diagnostics } from "../../diagnostics.js";
import { ENDING } from "./journal-file.js";
import { isAlive } from "./process-identity.js";
import { readHeader, readLine } from "./reading.js";
import type { JournalHeader, JournalRecord } from "./records.js";

/** Without a heartbeat for so long it is dead, if no process says otherwise. Written every second. */
const EXPIRY_MILLIS = 30_000;
const MOST_BYTES = 256 * 1024 * 1024;
const HEADER_BYTES = 4_096;
/** Journals and operations told in one look, unless a single journal has more: the event loop is not held up for long. */
const TOLD_AT_ONCE = 500;
/** Of a journal, of one in the making, or of one that somebody has claimed. */
const NAME = new RegExp(`^(.+${ENDING.replaceAll(".", "\\.")})(\\.new|\\.claimed-.+)?$`);

export interface Found {
  readonly header: JournalHeader;
  readonly records: readonly JournalRecord[];
  /** Unix milliseconds of the last heartbeat; 0 where it is not known. */
  readonly lastSeenMillis: number;
}

export class Recovery {
  readonly #directory: string;
  readonly #ownId: string;
  readonly #diagnostics: Diagnostics;
  readonly #found: (found: Found) => void;

  constructor(directory: string, ownId: string, diagnostics: Diagnostics, found: (found: Found) => void) {
    this.#directory = directory;
    this.#ownId = ownId;
    this.#diagnostics = diagnostics;
    this.#found = found;
  }

  /** True when there may be more than was told. */
  scan(epochMillis: number): boolean {
    let told = 0;
    for (const name of this.#safely(() => readdirSync(this.#directory)) ?? []) {
      if (told >= TOLD_AT_ONCE) return true;
      const [, journal, suffix = ""] = NAME.exec(name) ?? [];
      if (journal === undefined || name === this.#ownId + ENDING) continue;
      told += this.#safely(() => this.#look(journal, suffix, epochMillis)) ?? 0;
    }
    return false;
  }

  /** Returns how much it told: the journal, and each operation in it. */
  #look(journal: string, suffix: string, epochMillis: number): number {
    const path = join(this.#directory, journal + suffix);
    const stat = statSync(path);
    if (!stat.isFile() || epochMillis - stat.mtimeMs < EXPIRY_MILLIS) return 0;
    // What its writer was making when it died; the journal itself is still there.
    if (suffix === ".new") {
      rmSync(path);
      return 0;
    }
    const header = readHeader(firstLine(path));
    if (header !== undefined && isAlive(header.process)) return 0;
    const claimed = join(this.#directory, `${journal}.claimed-${this.#ownId}`);
    // As fresh as a heartbeat before anybody can see it, so that nobody takes the claim for that of a dead one.
    utimesSync(path, epochMillis / 1000, epochMillis / 1000);
    renameSync(path, claimed);
    // A claim that was taken over has the time of the claim.
    const lastSeenMillis = suffix === "" ? Math.round(stat.mtimeMs) : 0;
    const readable = header !== undefined && stat.size <= MOST_BYTES;
    if (!readable) this.#diagnostics.count("journal_damaged");
    const found = readable ? { header, records: this.#read(claimed), lastSeenMillis } : undefined;
    try {
      if (found !== undefined) this.#found(found);
    } finally {
      rmSync(claimed);
    }
    return 1 + (found?.records.length ?? 0);
  }

  /** The last of each operation that had not ended. A damaged line, as the last one may be, is passed over. */
  #read(path: string): JournalRecord[] {
    const running = new Map<string, JournalRecord>();
    for (const line of readFileSync(path, "utf8").split("\n").slice(1)) {
      if (line === "") continue;
      const read = readLine(line);
      if (read === undefined) this.#diagnostics.count("journal_damaged");
      else if ("ended" in read) running.delete(read.ended);
      else running.set(read.op.id, read.op);
    }
    return [...running.values()];
  }

  /** What is gone meanwhile was somebody else's to look at, and no failure. */
  #safely<T>(look: () => T): T | undefined {
    return this.#diagnostics.safely("journal_failed", "the journal", () => {
      try {
        return look();
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
        return undefined;
      }
    });
  }
}

function firstLine(path: string): string {
  const fd = openSync(path, "r");
  try {
    const bytes = Buffer.alloc(HEADER_BYTES);
    const text = bytes.toString("utf8", 0, readSync(fd, bytes, 0, HEADER_BYTES, 0));
    return text.slice(0, text.indexOf("\n"));
  } finally {
    closeSync(fd);
  }
}
