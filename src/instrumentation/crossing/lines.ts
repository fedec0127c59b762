// Messages on a local socket: one JSON text per line, each of bounded length. Whoever sends a longer one is cut off.

import type { Socket } from "node:net";
import { MAX_MESSAGE, parseMessage } from "./receivers.js";

export type Message = Readonly<Record<string, unknown>>;

/** Calls `heard` with every message; what is none, or too long, goes to `refused`, and nothing is heard after it. */
export function readLines(socket: Socket, heard: (message: Message) => void, refused: () => void): void {
  let rest = "";
  let over = false;
  socket.setEncoding("utf8");
  socket.on("data", (chunk: string) => {
    if (over) return;
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    for (const line of lines) {
      const message = parseMessage(line);
      over ||= message === undefined;
      if (over) return refused();
      heard(message!);
    }
    over = rest.length > MAX_MESSAGE;
    if (over) refused();
  });
}

export function writeLine(socket: Socket, message: object): void {
  if (!socket.destroyed && socket.writable) socket.write(`${JSON.stringify(message)}\n`);
}

/** What was written before waits: the reader is slow, and gets the newest state when it is ready. */
export function isBusy(socket: Socket): boolean {
  return socket.writableLength > 0;
}
