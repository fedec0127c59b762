// The history that journals keep in their directory (`journalHistory`), as an OperationSource: of every process that wrote
// there, whether it still lives or not. Read anew at every question.

import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { expectedButReceived, ProgressError } from "../errors.js";
import { isHistoryFile } from "../history-files.js";
import { historyStats } from "../history-stats.js";
import type { Change, Filter, ListOptions, OperationSource, Snapshot, Stats } from "../model.js";
import { matches, rowOfSnapshot, select } from "../state/selection.js";
import { readEnded } from "./snapshot-check.js";

/** Larger than any we write. */
const MOST_BYTES = 16 * 1024 * 1024;
/** Of the starts that two processes know of the same operation. */
const ROUNDING_MILLIS = 1;

/** Throws ProgressError INVALID_OPTION; its methods reject with SOURCE_FAILED when the directory cannot be read. */
export function createJournalSource(directory: string): OperationSource {
  if (typeof directory !== "string" || directory === "")
    throw expectedButReceived("INVALID_OPTION", "createJournalSource", "the path of a directory", directory);
  return new JournalSource(directory);
}

class JournalSource implements OperationSource {
  readonly capabilities = ["history"] as const;
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Of several runs with that id the latest. */
  async get(id: string): Promise<Snapshot | undefined> {
    const [latest] = await this.list({ id, limit: 1 });
    return latest;
  }

  async list(options: ListOptions = {}): Promise<readonly Snapshot[]> {
    const { found } = await this.#read(options, options.levels !== false);
    return Object.freeze(select(found, rowOfSnapshot, options).map(freeze));
  }

  /** Of what is there: not since the start of anything. */
  async stats(): Promise<Stats> {
    const { found, damaged } = await this.#read({}, false);
    return historyStats(found, { journal_damaged: damaged });
  }

  watch(): AsyncIterable<Change> {
    throw new ProgressError(
      "UNSUPPORTED",
      "watch: a journal tells no changes, it can only be asked; watch the source of the process or of a server instead",
    );
  }

  async #read(filter: Filter, levels: boolean): Promise<Reading> {
    const reading = new Reading(filter, levels);
    try {
      // The current one before the older one, which it may become meanwhile.
      const names = (await unlessGone(readdir(this.#directory))) ?? [];
      for (const name of names.filter(isHistoryFile).sort()) await reading.file(join(this.#directory, name));
    } catch (error) {
      const why = (error as Error).message;
      throw new ProgressError("SOURCE_FAILED", `the history in the journal: ${why}`, { cause: error });
    }
    return reading;
  }
}

/** What passes the filter, each once. */
class Reading {
  /** Lines, or files, that could not be read. */
  damaged = 0;
  readonly #filter: Filter;
  readonly #levels: boolean;
  readonly #found = new Map<string, Snapshot>();
  /** Of those that ended in their own process: their starts. */
  readonly #ended = new Map<string, number[]>();

  constructor(filter: Filter, levels: boolean) {
    this.#filter = filter;
    this.#levels = levels;
  }

  /** Taken for dead, and yet it came to an end: that is how it ended. */
  get found(): Snapshot[] {
    return [...this.#found.values()].filter(
      (one) => one.status !== "lost" || !this.#ended.get(ownerOf(one))?.some((start) => isNear(start, startOf(one))),
    );
  }

  async file(path: string): Promise<void> {
    const there = await unlessGone(stat(path));
    if (there === undefined || !there.isFile()) return;
    if (there.size > MOST_BYTES) {
      this.damaged++;
      return;
    }
    const content = await unlessGone(readFile(path, "utf8"));
    for (const line of content?.split("\n") ?? []) if (line !== "") this.#line(line);
  }

  #line(line: string): void {
    const snapshot = readEnded(line);
    if (snapshot === undefined) {
      this.damaged++;
      return;
    }
    const owner = ownerOf(snapshot);
    if (snapshot.status !== "lost") {
      const starts = this.#ended.get(owner);
      if (starts === undefined) this.#ended.set(owner, [startOf(snapshot)]);
      else starts.push(startOf(snapshot));
    }
    if (!matches(rowOfSnapshot(snapshot), this.#filter)) return;
    const key = JSON.stringify([owner, snapshot.status, startOf(snapshot), snapshot.updatedAt]);
    this.#found.set(key, this.#levels ? snapshot : ({ ...snapshot, levels: [] } as Snapshot));
  }
}

const ownerOf = ({ id, instance }: Snapshot): string => JSON.stringify([instance.id, id]);
const startOf = (snapshot: Snapshot): number => rowOfSnapshot(snapshot).startedMillis;
const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= ROUNDING_MILLIS;

async function unlessGone<T>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** With all that is in it. */
function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}
