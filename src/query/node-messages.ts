// Between node:http and the web standard: a request comes in, a response or an event stream goes out.

import type { IncomingMessage, ServerResponse } from "node:http";
import type { EventHub } from "./event-stream.js";
import { LAST_CHUNK } from "./frame.js";
import { quote, RequestProblem } from "./problem.js";
import type { EventSink } from "./reader.js";
import type { Reply } from "./router.js";

export interface SendOptions {
  /** A reader that takes nothing for so long is given up. Event streams have rules of their own. */
  readonly idleMillis: number;
  /** The connection is closed behind it. */
  readonly last?: boolean;
}

/** The request, or why it is none. */
export function toRequest(incoming: IncomingMessage): Request | RequestProblem {
  const { method = "GET", url = "" } = incoming;
  const host = incoming.headers.host;
  if (host === undefined) return new RequestProblem("invalid-request", "expected a Host header");
  if (!url.startsWith("/")) return new RequestProblem("invalid-request", `expected a path, received ${quote(url)}`);
  if (!/^[\w.\-:[\]]+$/.test(host)) return new RequestProblem("misdirected-request", `${quote(host)} is no host`);
  const hasBody = method !== "GET" && method !== "HEAD";
  try {
    return new Request(`http://${host}${url}`, {
      method,
      headers: headersOf(incoming),
      ...(hasBody && { body: bodyOf(incoming), duplex: "half" }),
    } as RequestInit);
  } catch {
    return new RequestProblem("invalid-request");
  }
}

/** Read as it is asked for. `Readable.toWeb` throws where nobody can catch it when its reader stops in the middle. */
function bodyOf(incoming: IncomingMessage): ReadableStream<Uint8Array> {
  // The connection outlives what is not read: the answer still has to go out.
  const pieces = incoming.iterator({ destroyOnReturn: false }) as AsyncIterator<Uint8Array, undefined, void>;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { value, done } = await pieces.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await pieces.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

function headersOf({ rawHeaders }: IncomingMessage): [string, string][] {
  const headers: [string, string][] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) headers.push([rawHeaders[i]!, rawHeaders[i + 1]!]);
  return headers;
}

export async function sendResponse(
  response: Response,
  outgoing: ServerResponse,
  { idleMillis, last = false }: SendOptions,
): Promise<void> {
  outgoing.statusCode = response.status;
  for (const [name, value] of response.headers) outgoing.setHeader(name, value);
  // What is left of a body nobody wants is not waited for.
  if (last || !outgoing.req.complete) outgoing.shouldKeepAlive = false;
  const reader = response.body?.getReader();
  if (reader === undefined) {
    outgoing.end();
    return;
  }
  outgoing.setTimeout(idleMillis, () => outgoing.destroy());
  outgoing.once("close", () => void reader.cancel().catch(() => {}));
  try {
    await pump(reader, outgoing);
  } catch {
    // Half of a file must not look like a whole one.
    outgoing.destroy();
  }
}

/** One piece is sent with its length; several as they come, and none before the last one was taken. */
async function pump(reader: ReadableStreamDefaultReader<Uint8Array>, outgoing: ServerResponse): Promise<void> {
  let piece = await reader.read();
  for (let first = true; !piece.done; first = false) {
    const next = await reader.read();
    if (first && next.done) outgoing.setHeader("content-length", piece.value.byteLength);
    if (!outgoing.write(piece.value) && !outgoing.destroyed) await drained(outgoing);
    if (outgoing.destroyed) return;
    piece = next;
  }
  outgoing.end();
}

const drained = (outgoing: ServerResponse): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    outgoing.on("drain", done);
    outgoing.on("close", done);
  });

/**
 * Frames go straight to the socket: through the response object nothing would leave while a synchronous loop blocks, which
 * is when people look.
 */
export function sendEvents(
  hub: EventHub,
  { events, lastEventId, headers }: Exclude<Reply, Response>,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): void {
  outgoing.shouldKeepAlive = false;
  outgoing.writeHead(200, headers);
  if (incoming.method === "HEAD") {
    outgoing.end();
    return;
  }
  outgoing.flushHeaders();
  outgoing.socket?.setNoDelay(true);
  const leave = hub.open(events, sinkOf(outgoing), lastEventId);
  outgoing.once("close", leave);
  if (outgoing.destroyed) leave();
}

function sinkOf(outgoing: ServerResponse): EventSink {
  const { socket } = outgoing;
  // An answer before it on this connection is not through yet: only the response object knows when it is.
  if (socket === null) {
    return {
      write: (bytes) => void outgoing.write(bytes),
      get waiting() {
        return outgoing.writableLength;
      },
      close: () => void outgoing.end(),
    };
  }
  const chunked = outgoing.chunkedEncoding;
  return {
    framing: chunked ? "chunked" : "stream",
    write(bytes) {
      if (!socket.destroyed) socket.write(bytes);
    },
    get waiting() {
      return socket.writableLength;
    },
    close() {
      // Who takes nothing would not take the end either.
      if (socket.writableLength > 0) socket.destroy();
      else if (!socket.destroyed) socket.end(chunked ? LAST_CHUNK : "");
    },
  };
}
