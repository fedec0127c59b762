// Lets what the application writes to the terminal pass above the bars: they are taken away, the text is written, and they
// are drawn again once its line is complete. Only while bars are there, and only on terminals.

type Write = NodeJS.WriteStream["write"];

export interface Surroundings {
  /** Takes the bars away. */
  before(): void;
  /** Draws them again. */
  after(): void;
}

export class PassingOutput {
  readonly #streams: readonly NodeJS.WriteStream[];
  readonly #surroundings: Surroundings;
  /** The streams' own write functions, while ours are in their place. */
  readonly #originals = new Map<NodeJS.WriteStream, Write>();
  /** We are writing ourselves. */
  #own = false;

  constructor(streams: readonly NodeJS.WriteStream[], surroundings: Surroundings) {
    this.#streams = [...new Set(streams)];
    this.#surroundings = surroundings;
  }

  start(): void {
    if (this.#originals.size > 0) return;
    for (const stream of this.#streams) {
      const original = stream.write;
      this.#originals.set(stream, original);
      stream.write = ((...given: Parameters<Write>) => this.#pass(stream, original, given)) as Write;
    }
  }

  stop(): void {
    for (const [stream, original] of this.#originals) stream.write = original;
    this.#originals.clear();
  }

  /** Runs what writes the bars themselves. */
  own(write: () => void): void {
    const before = this.#own;
    this.#own = true;
    try {
      write();
    } finally {
      this.#own = before;
    }
  }

  #pass(stream: NodeJS.WriteStream, original: Write, given: Parameters<Write>): boolean {
    if (this.#own) return original.apply(stream, given);
    this.own(() => this.#surroundings.before());
    const result = original.apply(stream, given);
    // A line that is not complete stays where it is; the next drawing is below it, once it is.
    if (endsLine(given[0])) this.own(() => this.#surroundings.after());
    return result;
  }
}

function endsLine(chunk: unknown): boolean {
  if (typeof chunk === "string") return chunk.endsWith("\n");
  return ArrayBuffer.isView(chunk) && new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength).at(-1) === 10;
}
