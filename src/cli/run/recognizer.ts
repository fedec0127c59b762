// Finds progress in the bytes a program writes: lines, and updates of a line by carriage return, backspace or cursor movement;
// escape sequences apart, and OSC 9;4 in them. Pure: what is found depends on the bytes alone, not on how they were cut.
// Written to by watcher.ts; what it finds goes to phases.ts.

import { Doubts } from "./doubts.js";
import { type Found, readLine, type Sample } from "./line.js";

/** Bytes of a line, or of an escape sequence, that are kept; the rest of it is passed over. */
const KEPT = 1_024;

const NUL = 0x00;
const BEL = 0x07;
const BS = 0x08;
const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const ESC = 0x1b;
const SPACE = 0x20;
const PERCENT = 0x25;
const SLASH = 0x2f;
const COLON = 0x3a;
const LOWER_F = 0x66;
const LOWER_O = 0x6f;
const DEL = 0x7f;

/** Where in an escape sequence we are. */
type Place = "text" | "escape" | "csi" | "osc" | "string" | "oscEscape" | "stringEscape";

/** "9;4;1;45": state 1 is normal, 2 error, 4 paused, each with a percentage; 0 takes it away, 3 has none. */
const TOLD_PERCENTAGE = /^9;4;(?:0|[124];(\d{1,3})(?:\.\d*)?)(?:;|$)/;

export class Recognizer {
  readonly #found: (sample: Sample | "over") => void;
  readonly #line = new Uint8Array(KEPT);
  #length = 0;
  #place: Place = "text";
  readonly #sequence = new Uint8Array(64);
  #sequenceLength = 0;
  /** The line holds a byte that makes it worth reading. */
  #hopeful = false;
  /** The line holds what no text has. */
  #foreign = false;
  /** A NUL came: data, not text, from there on. */
  #data = false;
  /** It speaks OSC 9;4, which is meant: the text beside it only shows the same. */
  #spoken = false;
  /** It is written over another: only what is under way is. */
  #rewritten = false;
  /** A carriage return came: the line is over with the next byte, and will be rewritten unless that is a line feed. */
  #returned = false;
  readonly #doubts = new Doubts();
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });

  constructor(found: (sample: Sample | "over") => void) {
    this.#found = found;
  }

  /** Nothing more is to be found. */
  get isData(): boolean {
    return this.#data;
  }

  write(bytes: Uint8Array): void {
    for (let i = 0; i < bytes.length && !this.#data; i++) {
      if (this.#place === "text") this.#text(bytes[i]!);
      else this.#inSequence(bytes[i]!);
    }
  }

  /** Bytes were passed over: what was begun is given up, up to the next line. */
  skipped(): void {
    this.#place = "text";
    this.#startLine(false);
    this.#foreign = true;
  }

  /** What the line that is not complete says by now. It stays, and is read again when it is. */
  rest(): Sample | undefined {
    const found = this.#read();
    return found !== undefined && this.#isProgress(found, this.#returned) ? found.sample : undefined;
  }

  #text(byte: number): void {
    if (byte === CR) {
      this.#returned = true;
      return;
    }
    if (this.#returned && byte !== LF) this.#endLine(true);
    if (byte >= SPACE && byte !== DEL) {
      if (byte === PERCENT || byte === SLASH || (byte === LOWER_F && this.#line[this.#length - 1] === LOWER_O))
        this.#hopeful = true;
      // Of curl, which has no other sign.
      if (byte === COLON && this.#rewritten) this.#hopeful = true;
      if (this.#length < KEPT) this.#line[this.#length++] = byte;
    } else if (byte === LF) this.#endLine(false);
    else if (byte === BS) this.#endLine(true);
    else if (byte === ESC) this.#place = "escape";
    else if (byte === NUL) this.#data = true;
    else if (byte === TAB) this.#text(SPACE);
    else if (byte !== BEL) this.#foreign = true;
  }

  /** `over`: the next one is written over it. */
  #endLine(over: boolean): void {
    const found = this.#length > 0 ? this.#read() : undefined;
    if (found !== undefined) {
      if (this.#isProgress(found, over)) this.#found(found.sample);
      if (found.doubt !== undefined) this.#doubts.saw(found.doubt, found.sample.percentage);
    }
    this.#startLine(over);
  }

  #startLine(rewritten: boolean): void {
    this.#length = 0;
    this.#hopeful = false;
    this.#foreign = false;
    this.#returned = false;
    this.#rewritten = rewritten;
  }

  #isProgress({ sample, doubt }: Found, over: boolean): boolean {
    return over || this.#rewritten || doubt === undefined || this.#doubts.isProgress(doubt, sample.percentage);
  }

  #read(): ReturnType<typeof readLine> {
    if (!this.#hopeful || this.#foreign || this.#spoken) return undefined;
    try {
      return readLine(this.#decoder.decode(this.#line.subarray(0, this.#length)));
    } catch {
      // Not UTF-8: no text.
      return undefined;
    }
  }

  #inSequence(byte: number): void {
    switch (this.#place) {
      case "escape":
        return this.#afterEscape(byte);
      case "csi":
        return this.#inCsi(byte);
      case "oscEscape":
      case "stringEscape":
        return this.#stringEnds(byte);
      default:
        return this.#inString(byte);
    }
  }

  /** The byte behind ESC: what kind of sequence it is. */
  #afterEscape(byte: number): void {
    this.#sequenceLength = 0;
    if (byte === 0x5b) this.#place = "csi";
    else if (byte === 0x5d) this.#place = "osc";
    else if (byte === 0x50 || byte === 0x58 || byte === 0x5e || byte === 0x5f) this.#place = "string";
    // Intermediate bytes: the sequence goes on.
    else if (byte < SPACE || byte > 0x2f) this.#place = byte === ESC ? "escape" : "text";
  }

  /** Up to its final byte. Those that move the cursor or erase (J, K) begin another line; colours do not. */
  #inCsi(byte: number): void {
    if (byte >= 0x40 && byte <= 0x7e) {
      this.#place = "text";
      if ((byte >= 0x41 && byte <= 0x48) || byte === LOWER_F) this.#endLine(true);
      else if (byte === 0x4a || byte === 0x4b) this.#endLine(this.#rewritten || this.#returned);
    } else if (byte === ESC) this.#place = "escape";
    else if (byte < SPACE) {
      this.#place = "text";
      this.#text(byte);
    }
  }

  /** An OSC, or another string that ends like it. */
  #inString(byte: number): void {
    if (byte === BEL) this.#stringEnds(byte);
    else if (byte === ESC) this.#place = this.#place === "osc" ? "oscEscape" : "stringEscape";
    else if (byte === NUL) this.#data = true;
    else if (byte === LF) {
      // Never ended: it was none.
      this.#place = "text";
      this.#endLine(false);
    } else if (this.#sequenceLength < this.#sequence.length) this.#sequence[this.#sequenceLength++] = byte;
  }

  /** BEL, or the byte behind the ESC of ST. Another than "\" starts a sequence of its own. */
  #stringEnds(byte: number): void {
    const isOsc = this.#place === "osc" || this.#place === "oscEscape";
    this.#place = "text";
    if (isOsc && this.#sequenceLength < this.#sequence.length) this.#osc();
    if (byte !== BEL && byte !== 0x5c) this.#afterEscape(byte);
  }

  #osc(): void {
    const match = TOLD_PERCENTAGE.exec(String.fromCharCode(...this.#sequence.subarray(0, this.#sequenceLength)));
    if (match === null) return;
    this.#spoken = true;
    if (match[1] === undefined) this.#found("over");
    else if (Number(match[1]) <= 100) this.#found({ percentage: Number(match[1]) });
  }
}
