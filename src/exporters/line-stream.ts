// Lines to a stream that may be closed or slow, written by console-lines: one line is one write, a broken pipe ends the
// writing and nothing else, and what a slow reader has not taken stays bounded.

/** Where text goes; `process.stdout`, `process.stderr` and files fit. */
export interface TextStream {
  write(text: string): unknown;
}

/** What streams of Node.js have beside it. */
interface NodeStream {
  write(text: string, done: (error?: Error | null) => void): unknown;
  on?(event: "error", listener: () => void): unknown;
  off?(event: "error", listener: () => void): unknown;
  readonly writableLength?: number;
  readonly writableEnded?: boolean;
  readonly destroyed?: boolean;
}

/** Bytes that may wait in the stream. Terminals, files and, except on Windows, pipes take everything at once. */
const WAITING_BYTES = 1_048_576;

export class LineStream {
  readonly #stream: NodeStream;
  #pending = 0;
  #broken = false;
  readonly #onError: () => void = () => {
    this.#broken = true;
  };

  constructor(stream: TextStream) {
    this.#stream = stream;
  }

  /** False while the reader is too slow. A stream that is broken takes everything, to nowhere. */
  get ready(): boolean {
    return this.#isBroken || (this.#stream.writableLength ?? 0) < WAITING_BYTES;
  }

  write(line: string): void {
    if (this.#isBroken) return;
    // Only while our own writes are under way: whether those of the application may fail is not for us to say.
    if (this.#pending++ === 0) this.#stream.on?.("error", this.#onError);
    this.#stream.write(`${line}\n`, (error) => this.#written(error));
  }

  get #isBroken(): boolean {
    return this.#broken || this.#stream.destroyed === true || this.#stream.writableEnded === true;
  }

  #written(error: Error | null | undefined): void {
    if (error) this.#broken = true;
    // A stream emits its error after this call.
    if (--this.#pending === 0) setImmediate(() => this.#release());
  }

  #release(): void {
    if (this.#pending === 0) this.#stream.off?.("error", this.#onError);
  }
}
