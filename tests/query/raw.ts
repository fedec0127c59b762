// Bytes over a socket, for what a client library would not send.

import { connect, type Socket } from "node:net";

export interface Raw {
  readonly socket: Socket;
  /** All that came so far. */
  text(): string;
  /** When the other side has ended it. */
  readonly closed: Promise<void>;
}

export function openRaw(port: number, send = "", host = "127.0.0.1"): Raw {
  const socket = connect(port, host);
  let received = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    received += chunk;
  });
  // A reset is an end too.
  socket.on("error", () => {});
  if (send !== "") socket.write(send);
  return { socket, text: () => received, closed: new Promise((resolve) => socket.once("close", () => resolve())) };
}

/** Sends it, and gives all that comes until the connection is closed. */
export async function sendRaw(port: number, send: string, host?: string): Promise<string> {
  const raw = openRaw(port, send, host);
  await raw.closed;
  return raw.text();
}

/** Waits until something is so; for real sockets, whose time nobody turns by hand. */
export async function until(condition: () => boolean, millis = 10_000): Promise<void> {
  const end = Date.now() + millis;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`not so within ${millis} ms: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
