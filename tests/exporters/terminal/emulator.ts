// A window of a real terminal emulator (xterm.js), as a stream to draw on; time is turned by hand, so that what is seen is
// exact. Needs faked timers: `vi.useFakeTimers()`.

import unicode from "@xterm/addon-unicode11";
import xterm from "@xterm/headless";
import { vi } from "vitest";

export class Emulator {
  readonly isTTY = true;
  writableNeedDrain = false;
  /** Everything that was written, one entry per write. */
  readonly written: string[] = [];
  readonly #terminal: xterm.Terminal;
  readonly #listeners = new Map<string, Set<(...given: unknown[]) => void>>();

  constructor(columns = 80, rows = 12) {
    this.#terminal = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, convertEol: true });
    this.#terminal.loadAddon(new unicode.Unicode11Addon());
    this.#terminal.unicode.activeVersion = "11";
  }

  /** For options that want a stream. */
  get stream(): NodeJS.WriteStream {
    return this as unknown as NodeJS.WriteStream;
  }

  get columns(): number {
    return this.#terminal.cols;
  }

  get rows(): number {
    return this.#terminal.rows;
  }

  hasColors(): boolean {
    return false;
  }

  write(text: string): boolean {
    this.written.push(text);
    this.#terminal.write(text);
    return true;
  }

  on(event: string, listener: (...given: unknown[]) => void): this {
    this.#listeners.set(event, (this.#listeners.get(event) ?? new Set()).add(listener));
    return this;
  }

  off(event: string, listener: (...given: unknown[]) => void): this {
    this.#listeners.get(event)?.delete(listener);
    return this;
  }

  emit(event: string, ...given: unknown[]): void {
    for (const listener of this.#listeners.get(event) ?? []) listener(...given);
  }

  listenerCount(event: string): number {
    return this.#listeners.get(event)?.size ?? 0;
  }

  resize(columns: number, rows: number): void {
    this.#settle();
    this.#terminal.resize(columns, rows);
  }

  /** What the window shows, row by row, without the empty rows at its end. */
  get shown(): string[] {
    const { baseY } = this.#buffer;
    return trimmed(this.#lines(baseY, baseY + this.rows));
  }

  /** The same with everything that has scrolled out of it. */
  get all(): string[] {
    return trimmed(this.#lines(0, this.#buffer.baseY + this.rows));
  }

  /** Column and row of the window, from 0. */
  get cursor(): [column: number, row: number] {
    const { cursorX, cursorY } = this.#buffer;
    return [cursorX, cursorY];
  }

  /** The characters of one row of the window, cell by cell; a wide one is followed by an empty cell. */
  cells(row: number): string[] {
    const line = this.#buffer.getLine(this.#buffer.baseY + row)!;
    return Array.from({ length: this.columns }, (_, column) => line.getCell(column)!.getChars());
  }

  get #buffer(): xterm.IBuffer {
    this.#settle();
    return this.#terminal.buffer.active;
  }

  #lines(from: number, to: number): string[] {
    const buffer = this.#buffer;
    return Array.from({ length: to - from }, (_, index) => buffer.getLine(from + index)?.translateToString(true) ?? "");
  }

  /** The emulator takes what was written in a timer. */
  #settle(): void {
    vi.advanceTimersByTime(0);
  }
}

function trimmed(lines: string[]): string[] {
  while (lines.at(-1) === "") lines.pop();
  return lines;
}
