// The text of an event stream, in pieces of any size, to its events. By the HTML standard, "Interpreting an event stream".

export interface ServerEvent {
  readonly event: string;
  readonly data: string;
  /** The last id that was seen, with this event or before. */
  readonly id: string | undefined;
}

/** Characters of one event; a server that sends more is not one of ours. */
const MAX_LENGTH = 2 ** 28;
const BREAK = /[\r\n]/g;

export class EventParser {
  /** Of a line that is not complete yet. */
  #pieces: string[] = [];
  #length = 0;
  /** The piece before ended in a carriage return: a line feed that follows belongs to it. */
  #afterReturn = false;
  #event = "";
  #data: string[] = [];
  #id: string | undefined;
  /** Milliseconds the server wants to be waited for before a reconnect. */
  retryMillis: number | undefined;

  /** The events that are complete with this piece. Throws RangeError when one is too long. */
  push(text: string): ServerEvent[] {
    const events: ServerEvent[] = [];
    let start = this.#afterReturn && text.startsWith("\n") ? 1 : 0;
    if (text !== "") this.#afterReturn = false;
    for (;;) {
      BREAK.lastIndex = start;
      const end = BREAK.exec(text)?.index;
      if (end === undefined) break;
      const line = this.#take(text.slice(start, end));
      start = end + 1;
      if (text[end] === "\r") {
        if (start === text.length) this.#afterReturn = true;
        else if (text[start] === "\n") start++;
      }
      this.#read(line, events);
    }
    this.#keep(text.slice(start));
    return events;
  }

  #take(rest: string): string {
    const line = this.#pieces.join("") + rest;
    this.#length += rest.length;
    this.#check();
    this.#pieces = [];
    return line;
  }

  #keep(piece: string): void {
    if (piece === "") return;
    this.#pieces.push(piece);
    this.#length += piece.length;
    this.#check();
  }

  /** Length is of all lines since the last event. */
  #check(): void {
    if (this.#length > MAX_LENGTH) throw new RangeError("an event of the stream is too long");
  }

  #read(line: string, events: ServerEvent[]): void {
    if (line === "") return this.#dispatch(events);
    const colon = line.indexOf(":");
    if (colon === 0) {
      this.#length -= line.length;
      return;
    }
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "data") this.#data.push(value);
    else if (field === "event") this.#event = value;
    else if (field === "id" && !value.includes("\0")) this.#id = value;
    else if (field === "retry" && /^\d{1,9}$/.test(value)) this.retryMillis = Number(value);
  }

  #dispatch(events: ServerEvent[]): void {
    if (this.#data.length > 0)
      events.push({ event: this.#event === "" ? "message" : this.#event, data: this.#data.join("\n"), id: this.#id });
    this.#event = "";
    this.#data = [];
    this.#length = 0;
  }
}
