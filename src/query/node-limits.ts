// What keeps a few strangers from taking all of a server: how many connections there may be, and what is answered to bytes
// that are no request.

import type { Server, ServerOptions } from "node:http";
import type { Duplex } from "node:stream";
import { type ProblemCode, problemDetails } from "./problem.js";

/** So many over the limit are still told; the ones after them find the door shut. */
const TOLD = 100;

/** A request that does not arrive within this time is answered with 408, or with nothing when nothing of it came. */
export function timeLimits(duration: number): ServerOptions {
  // Node.js takes whole ones only.
  const requestMillis = Math.max(1, Math.round(duration));
  return {
    maxHeaderSize: 16_384,
    // A request without it is answered by us, in our words.
    requireHostHeader: false,
    requestTimeout: requestMillis,
    headersTimeout: Math.ceil((requestMillis * 2) / 3),
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: Math.min(2_000, Math.ceil(requestMillis / 4)),
  };
}

/** Over `most` the answer is full; well over it, connections are dropped before anything is read from them. */
export function limitConnections(server: Server, most: number): () => boolean {
  let open = 0;
  server.maxConnections = most + TOLD;
  server.on("connection", (socket) => {
    open++;
    socket.once("close", () => open--);
  });
  return () => open > most;
}

const CODES: Readonly<Record<string, ProblemCode>> = {
  HPE_HEADER_OVERFLOW: "headers-too-large",
  ERR_HTTP_REQUEST_TIMEOUT: "request-timeout",
};

/** What could not be parsed has no response object: the answer is written by hand, and the connection is closed. */
export function answerBadRequest(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemDetails(CODES[error.code ?? ""] ?? "invalid-request");
  const body = JSON.stringify(problem);
  const head = [
    `HTTP/1.1 ${problem.status} ${problem.title}`,
    "content-type: application/problem+json",
    `content-length: ${body.length}`,
    "connection: close",
  ];
  // Whoever does not read the answer must not hold the connection by that.
  socket.end(`${head.join("\r\n")}\r\n\r\n${body}`, () => socket.destroy());
}
