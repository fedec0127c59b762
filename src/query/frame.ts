// One message to readers, encoded once for all of them in each of the forms it may leave in.

/**
 * `stream`: as in text/event-stream. `chunked`: the same as one chunk of an HTTP/1.1 body, for sinks that write to the socket
 * themselves. `message`: a JSON document, for WebSockets.
 */
export type Framing = "stream" | "chunked" | "message";

export interface Encoded {
  bytes(framing: Framing): Uint8Array;
}

const encoder: TextEncoder = new TextEncoder();

/** A snapshot or an update. `data` is JSON without line breaks. */
export class Frame implements Encoded {
  readonly #event: "snapshot" | "update";
  readonly #id: string;
  readonly #data: string;
  readonly #encoded: Partial<Record<Framing, Uint8Array>> = {};

  constructor(event: "snapshot" | "update", id: string, data: string) {
    this.#event = event;
    this.#id = id;
    this.#data = data;
  }

  bytes(framing: Framing): Uint8Array {
    return (this.#encoded[framing] ??= this.#encode(framing));
  }

  #encode(framing: Framing): Uint8Array {
    if (framing === "chunked") return chunk(this.bytes("stream"));
    if (framing === "stream") return encoder.encode(`event: ${this.#event}\nid: ${this.#id}\ndata: ${this.#data}\n\n`);
    return encoder.encode(`{"event":"${this.#event}","id":"${this.#id}","data":${this.#data}}`);
  }
}

/** Says only that the connection lives. */
export class Heartbeat implements Encoded {
  readonly #stream: Uint8Array = encoder.encode(":\n\n");
  readonly #chunked: Uint8Array = chunk(this.#stream);
  readonly #message: Uint8Array = encoder.encode('{"event":"heartbeat"}');

  bytes(framing: Framing): Uint8Array {
    return framing === "message" ? this.#message : framing === "chunked" ? this.#chunked : this.#stream;
  }
}

/** What ends a chunked body. */
export const LAST_CHUNK: Uint8Array = encoder.encode("0\r\n\r\n");

function chunk(body: Uint8Array): Uint8Array {
  const head = encoder.encode(`${body.length.toString(16)}\r\n`);
  const whole = new Uint8Array(head.length + body.length + 2);
  whole.set(head);
  whole.set(body, head.length);
  whole.set([13, 10], head.length + body.length);
  return whole;
}
