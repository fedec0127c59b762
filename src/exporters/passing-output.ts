// Lets what the application writes to the terminal pass above the bars: they are taken away, the text is written as it is,
// and they come back once its line is complete. Only while bars are there, and only on terminals.

type Write = NodeJS.WriteStream["write"];

export interface Surroundings {
  /** Takes the bars away. */
  before(): void;
  /** May draw them again; with an open line only once it is complete. */
  after(lineIsOpen: boolean): void;
}

/** Colours and the like. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are escape sequences
const STYLES = /\u001b\[[\d;:]*m/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are escape sequences
const STYLES_AT_END = /(?:\u001b\[[\d;:]*m)+$/;
const RESET = "\u001b[0m";
const RESETS: readonly string[] = [RESET, "\u001b[m"];
/** A style that the application left on is given back to it, unless it is put together from more than this. */
const STYLE_MOST = 200;

export class PassingOutput {
  readonly #streams: readonly NodeJS.WriteStream[];
  readonly #surroundings: Surroundings;
  /** What takes our write functions out again. */
  #restore: (() => void)[] = [];
  /** Write functions that others put over ours, which are still below them. */
  readonly #covers = new WeakMap<NodeJS.WriteStream, Write>();
  /** We are writing ourselves. */
  #own = false;
  #active = false;
  #lineIsOpen = false;
  /** What the application's text is coloured with at its end. */
  #style = "";

  constructor(streams: readonly NodeJS.WriteStream[], surroundings: Surroundings) {
    this.#streams = [...new Set(streams)];
    this.#surroundings = surroundings;
  }

  /** The application has begun a line and not ended it: nothing can be drawn without breaking it. */
  get lineIsOpen(): boolean {
    return this.#lineIsOpen;
  }

  start(): void {
    if (this.#active) return;
    this.#active = true;
    this.#restore = this.#streams.map((stream) => this.#intercept(stream));
  }

  stop(): void {
    this.#active = false;
    this.#lineIsOpen = false;
    this.#style = "";
    for (const restore of this.#restore) restore();
    this.#restore = [];
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

  #intercept(stream: NodeJS.WriteStream): () => void {
    const wasOwn = Object.hasOwn(stream, "write");
    const original = stream.write;
    if (this.#covers.get(stream) === original) return () => {};
    const passing = ((...given: Parameters<Write>) => this.#pass(stream, original, given)) as Write;
    stream.write = passing;
    return () => {
      // Where somebody else has put a function over ours, it stays, and ours only hands on.
      if (stream.write !== passing) this.#covers.set(stream, stream.write);
      else if (wasOwn) stream.write = original;
      else delete (stream as Partial<NodeJS.WriteStream>).write;
    };
  }

  #pass(stream: NodeJS.WriteStream, original: Write, given: Parameters<Write>): boolean {
    if (this.#own || !this.#active) return original.apply(stream, given);
    this.own(() => {
      this.#surroundings.before();
      if (this.#style !== "") original.call(stream, this.#style);
    });
    const result = original.apply(stream, given);
    this.#follow(textOf(given[0], given[1]));
    this.own(() => {
      if (this.#style !== "") original.call(stream, RESET);
      this.#surroundings.after(this.#lineIsOpen);
    });
    return result;
  }

  /** Remembers how the application's text ends. */
  #follow(text: string): void {
    for (const style of text.match(STYLES) ?? []) {
      this.#style = RESETS.includes(style) ? "" : this.#style + style;
    }
    if (this.#style.length > STYLE_MOST) this.#style = "";
    const shown = text.endsWith("m") ? text.replace(STYLES_AT_END, "") : text;
    if (shown !== "") this.#lineIsOpen = !shown.endsWith("\n");
  }
}

/** For finding line breaks and escape sequences: bytes are as good as characters. */
function textOf(chunk: unknown, encoding: unknown): string {
  if (typeof chunk === "string") {
    const isText = typeof encoding !== "string" || !Buffer.isEncoding(encoding) || /^utf-?8$/i.test(encoding);
    return isText ? chunk : Buffer.from(chunk, encoding).toString("latin1");
  }
  if (!ArrayBuffer.isView(chunk)) return "";
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString("latin1");
}
