// The frames of event streams over WebSockets, where the package `ws` is installed. The rules are those of /events; what a
// reader sends is not read.

import { type IncomingMessage, type Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { WebSocket, WebSocketServer } from "ws";
import type { EventHub, EventSink } from "./event-stream.js";
import { sendResponse, toRequest } from "./node-messages.js";
import { problemResponse, RequestProblem } from "./problem.js";
import type { Router } from "./router.js";

export interface SocketOptions {
  readonly router: Router;
  readonly hub: EventHub;
  /** Whether there are more connections than there may be. */
  readonly isFull: () => boolean;
  readonly idleMillis: number;
  /** @default import("ws") */
  readonly load?: (() => Promise<unknown>) | undefined;
}

/** Readers have nothing to say. */
const MAX_MESSAGE_BYTES = 1024;
/** For the other side to say goodbye as well. */
const CLOSE_MILLIS = 1_000;
const GOING_AWAY = 1001;

/** Answers the requests for a WebSocket. Other upgrades are not made: the request is answered as it is. */
export function answerSockets(server: Server, options: SocketOptions): void {
  const accept = acceptor(options.load ?? (() => import("ws")));
  server.on("upgrade", (incoming, socket, head) => {
    socket.on("error", () => socket.destroy());
    if (incoming.headers.upgrade?.toLowerCase() !== "websocket") {
      server.emit("request", incoming, responseOn(socket, incoming));
      return;
    }
    answer(options, accept, incoming, socket, head).catch(() => socket.destroy());
  });
}

type Accept = (incoming: IncomingMessage, socket: Duplex, head: Buffer) => Promise<WebSocket>;

async function answer(
  { router, hub, isFull, idleMillis }: SocketOptions,
  accept: Accept,
  incoming: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const refuse = (response: Response) =>
    sendResponse(response, responseOn(socket, incoming), { idleMillis, last: true });
  const request = isFull() ? new RequestProblem("overloaded") : toRequest(incoming);
  if (request instanceof RequestProblem) return refuse(problemResponse(request));
  const reply = await router.replyToSocket(request);
  if (reply instanceof Response) return refuse(reply);
  try {
    open(hub, reply, await accept(incoming, socket, head));
  } catch (error) {
    if (!(error instanceof RequestProblem)) throw error;
    return refuse(problemResponse(error));
  }
}

function open(
  hub: EventHub,
  { events, lastEventId }: { events: Parameters<EventHub["open"]>[0]; lastEventId?: string | undefined },
  webSocket: WebSocket,
): void {
  const leave = hub.open(events, sinkOf(webSocket), lastEventId);
  webSocket.on("error", () => webSocket.terminate());
  webSocket.once("close", leave);
}

function sinkOf(webSocket: WebSocket): EventSink {
  return {
    framing: "message",
    write: (bytes) => webSocket.send(bytes, { binary: false }),
    get waiting() {
      return webSocket.bufferedAmount;
    },
    close() {
      // Who takes nothing would not take the end either.
      if (webSocket.bufferedAmount > 0) return webSocket.terminate();
      webSocket.close(GOING_AWAY);
      setTimeout(() => webSocket.terminate(), CLOSE_MILLIS).unref();
    },
  };
}

/** The package is loaded when it is needed first. Rejects with a RequestProblem when it is not installed. */
function acceptor(load: () => Promise<unknown>): Accept {
  let loading: Promise<WebSocketServer> | undefined;
  const create = async () => {
    const ws = (await load().catch(() => {
      throw new RequestProblem("unsupported", "WebSockets need the package ws; use /events");
    })) as { WebSocketServer: typeof WebSocketServer };
    return new ws.WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, clientTracking: false });
  };
  return async (incoming, socket, head) => {
    const server = await (loading ??= create());
    return new Promise((resolve) => server.handleUpgrade(incoming, socket, head, resolve));
  };
}

/** A response on a connection that was taken from its server for an upgrade. */
function responseOn(socket: Duplex, incoming: IncomingMessage): ServerResponse {
  const outgoing = new ServerResponse(incoming);
  outgoing.shouldKeepAlive = false;
  outgoing.assignSocket(socket as Socket);
  outgoing.once("finish", () => socket.end());
  return outgoing;
}
