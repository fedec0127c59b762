// The file of this instance in the journal's directory. Lines are appended to it, which survives a kill of the process; when
// it has grown too much, one that takes its place is filled beside it, as slowly as need be.

import {
  closeSync,
  fstatSync,
  ftruncateSync,
  futimesSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { peek } from "../clean.js";
import { JOURNAL_VERSION } from "./records.js";

/** Of the names of journals. What ends otherwise belongs to others, or to another version, and is left alone. */
export const ENDING: string = `.v${JOURNAL_VERSION}.progress-journal`;

/** Grows by whole lines: what could not be written to its end is cut off again. */
class Lines {
  readonly fd: number;
  bytes = 0;

  constructor(path: string) {
    this.fd = openSync(path, "w", 0o600);
  }

  append(lines: readonly string[]): void {
    const data = Buffer.from(lines.map((line) => `${line}\n`).join(""));
    try {
      for (let at = 0; at < data.length; ) at += writeSync(this.fd, data, at, data.length - at, this.bytes + at);
    } catch (error) {
      peek(() => ftruncateSync(this.fd, this.bytes));
      throw error;
    }
    this.bytes += data.length;
  }
}

export class JournalFile {
  readonly #directory: string;
  readonly #path: string;
  readonly #header: string;
  #current: Lines | undefined;
  /** What is to take its place. Gone when it cannot be written. */
  #next: Lines | undefined;

  constructor(directory: string, name: string, header: string) {
    this.#directory = directory;
    this.#path = join(directory, name + ENDING);
    this.#header = header;
  }

  get isOpen(): boolean {
    return this.#current !== undefined;
  }

  get isRenewing(): boolean {
    return this.#next !== undefined;
  }

  get bytes(): number {
    return this.#current?.bytes ?? 0;
  }

  /** Whether it is there under its name and still the one we write to: another instance that took us for dead took it away. */
  get isOurs(): boolean {
    const there = peek(() => statSync(this.#path).ino);
    return this.isOpen && there !== undefined && there === peek(() => fstatSync(this.#current!.fd).ino);
  }

  /** To the end of the file, which is made if it is not there, and of the one that is to take its place. */
  append(lines: readonly string[]): void {
    if (lines.length === 0) return;
    if (this.#current === undefined) this.begin();
    else this.#current.append(lines);
    if (this.#next !== undefined) this.add(lines);
    if (this.#current === undefined) this.finish();
  }

  /** Begins one that is to take the place of the file. */
  begin(): void {
    this.abandon();
    mkdirSync(this.#directory, { recursive: true });
    this.#next = new Lines(this.#nextPath);
    this.add([this.#header]);
  }

  /** To that one alone. */
  add(lines: readonly string[]): void {
    this.#orAbandon(() => this.#next!.append(lines));
  }

  /** It takes the place of the file. Readers find the old one or the new one, never half of one. */
  finish(): void {
    this.#orAbandon(() => renameSync(this.#nextPath, this.#path));
    this.#close();
    this.#current = this.#next;
    this.#next = undefined;
  }

  abandon(): void {
    if (this.#next === undefined) return;
    closeSync(this.#next.fd);
    this.#next = undefined;
    peek(() => rmSync(this.#nextPath, { force: true }));
  }

  /** We are alive. */
  touch(epochMillis: number): void {
    if (this.#current !== undefined) futimesSync(this.#current.fd, epochMillis / 1000, epochMillis / 1000);
  }

  /** It is no longer ours. */
  giveUp(): void {
    this.abandon();
    this.#close();
  }

  /** Nothing runs any more: nothing is to be found, even where it cannot be removed. */
  remove(): void {
    const current = this.#current;
    if (current === undefined) return;
    const ours = this.isOurs;
    if (ours) ftruncateSync(current.fd, Buffer.byteLength(this.#header) + 1);
    this.giveUp();
    if (ours) rmSync(this.#path, { force: true });
  }

  get #nextPath(): string {
    return `${this.#path}.new`;
  }

  #close(): void {
    if (this.#current !== undefined) closeSync(this.#current.fd);
    this.#current = undefined;
  }

  #orAbandon(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.abandon();
      throw error;
    }
  }
}
