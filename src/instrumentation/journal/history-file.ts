// The file of this instance in which ended operations are kept, beside its journal. Grows by whole lines; a full one is kept
// once more under another name; of all such files in the directory the oldest go when there is too much.

import {
  closeSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { HISTORY_ENDING, isHistoryFile, OLDER } from "../../history-files.js";
import { peek } from "../clean.js";

export const FULL_BYTES: number = 4 * 1024 * 1024;
/** Of all files together; and so many of them, since every start of a process makes one. */
export const MOST_BYTES: number = 64 * 1024 * 1024;
export const MOST_FILES = 1_000;
/** After so much of our own we look whether there is too much. */
const LOOK_BYTES = 256 * 1024;

export class HistoryFile {
  readonly #directory: string;
  readonly #path: string;
  /** Since the last look at all files. The first lines make a file, so that there is one more. */
  #unseen = LOOK_BYTES;

  constructor(directory: string, name: string) {
    this.#directory = directory;
    this.#path = join(directory, name + HISTORY_ENDING);
  }

  /** All of it or nothing. Opened each time: others may have removed it. */
  append(lines: readonly string[]): void {
    const data = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    mkdirSync(this.#directory, { recursive: true });
    const size = peek(() => statSync(this.#path).size) ?? 0;
    if (size > 0 && size + data.length > FULL_BYTES) renameSync(this.#path, this.#path + OLDER);
    appendTo(this.#path, data);
    this.#unseen += data.length;
  }

  /** Removes the oldest when there is too much, never the one that is being written here. */
  trim(): void {
    if (this.#unseen < LOOK_BYTES) return;
    this.#unseen = 0;
    const files = readdirSync(this.#directory)
      .filter(isHistoryFile)
      .map((name) => join(this.#directory, name))
      .flatMap((path) => {
        const stat = peek(() => statSync(path));
        return stat?.isFile() ? [{ path, bytes: stat.size, changed: stat.mtimeMs }] : [];
      })
      .sort((a, b) => a.changed - b.changed);
    let count = files.length;
    let bytes = files.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of files) {
      if (bytes <= MOST_BYTES && count <= MOST_FILES) return;
      if (file.path === this.#path) continue;
      rmSync(file.path, { force: true });
      bytes -= file.bytes;
      count--;
    }
  }
}

/** What could not be written to its end is cut off again. */
function appendTo(path: string, data: Uint8Array): void {
  const fd = openSync(path, "a", 0o600);
  try {
    const { size } = fstatSync(fd);
    try {
      for (let at = 0; at < data.length; ) at += writeSync(fd, data, at, data.length - at);
    } catch (error) {
      peek(() => ftruncateSync(fd, size));
      throw error;
    }
  } finally {
    closeSync(fd);
  }
}
