// A server of its own for progress, on node:http.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseDuration } from "../duration.js";
import { checkNames, expectedButReceived, ProgressError } from "../errors.js";
import type { Duration, OperationSource } from "../model.js";
import { LOCAL_HOSTS } from "./access.js";
import { createProgressSite, HANDLER_OPTIONS, type ProgressHandlerOptions } from "./handler.js";
import { answerBadRequest, limitConnections, timeLimits } from "./node-limits.js";
import { sendEvents, sendResponse, toRequest } from "./node-messages.js";
import { problemResponse, RequestProblem } from "./problem.js";
import { answerSockets } from "./socket.js";

export { createJournalSource } from "./journal-source.js";

export interface ServeOptions extends ProgressHandlerOptions {
  readonly source: OperationSource;
  /** 0 takes any that is free. @default 4680 */
  readonly port?: number | undefined;
  /** Where it listens. Beyond this machine only with `token`, `authorize` or `readTokenSecret`. @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** More than these are told to come back later. @default 2000 */
  readonly maxConnections?: number | undefined;
  /** Until then a request must have arrived, its headers in two thirds of it. @default "15s" */
  readonly requestTimeout?: Duration | undefined;
  /** A reader that takes nothing of its answer for so long is given up. @default "30s" */
  readonly idleTimeout?: Duration | undefined;
  /** Whether it keeps the process from ending. @default false */
  readonly keepAlive?: boolean | undefined;
}
export interface ProgressServer extends AsyncDisposable {
  /** "http://127.0.0.1:4680", with the base path. */
  readonly url: string;
  readonly port: number;
  readonly host: string;
  /** Ends all streams and connections. */
  close(): Promise<void>;
}

const DEFAULT_PORT = 4680;
const DEFAULT_MAX_CONNECTIONS = 2000;
const OWN_OPTIONS = ["source", "port", "host", "maxConnections", "requestTimeout", "idleTimeout", "keepAlive"];

/** Resolves when it listens. Rejects with ProgressError INVALID_OPTION for unsafe options, and with the error of the port. */
export async function serveProgress(options: ServeOptions): Promise<ProgressServer> {
  const { source, port = DEFAULT_PORT, host = "127.0.0.1", maxConnections = DEFAULT_MAX_CONNECTIONS } = options;
  checkNames("serveProgress", options, [...OWN_OPTIONS, ...HANDLER_OPTIONS]);
  checkPort(port);
  checkExposure(host, options);
  const given = { ...options, hosts: options.hosts ?? hostsOf(host) };
  const { router, hub } = createProgressSite(source, given);
  const server = createServer(timeLimits(readDuration("requestTimeout", options.requestTimeout ?? "15s")));
  const isFull = limitConnections(server, maxConnections);
  const idleMillis = readDuration("idleTimeout", options.idleTimeout ?? "30s");
  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse) => {
    const request = isFull() ? new RequestProblem("overloaded") : toRequest(incoming);
    if (request instanceof RequestProblem)
      return sendResponse(problemResponse(request), outgoing, { idleMillis, last: true });
    const reply = await router.reply(request);
    if (reply instanceof Response) return sendResponse(reply, outgoing, { idleMillis });
    return sendEvents(hub, reply, incoming, outgoing);
  };
  server.on("request", (incoming, outgoing) => {
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  });
  answerSockets(server, { router, hub, isFull, idleMillis });
  server.on("clientError", answerBadRequest);
  await listen(server, port, host);
  if (options.keepAlive !== true) letGo(server);
  return opened(server, host, options.basePath, () => hub.close());
}

/** Neither waiting for connections nor having some is a reason not to end. */
function letGo(server: Server): void {
  server.unref();
  server.on("connection", (socket) => socket.unref());
}

function readDuration(name: string, value: Duration): number {
  const millis = parseDuration(value);
  if (millis !== undefined && millis > 0) return millis;
  throw expectedButReceived("INVALID_OPTION", name, 'milliseconds or a duration such as "30s"', value);
}

/** Node.js takes a text for the path of a socket. */
function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return;
  throw expectedButReceived("INVALID_OPTION", "port", "a whole number from 0 to 65535", port);
}

const isLocal = (host: string): boolean => /^(127(\.\d{1,3}){3}|::1|localhost)$/.test(host);

function checkExposure(host: string, { token, authorize, readTokenSecret }: ServeOptions): void {
  if (isLocal(host) || token !== undefined || authorize !== undefined || readTokenSecret !== undefined) return;
  throw new ProgressError(
    "INVALID_OPTION",
    `host: ${host} can be reached from other machines; expected a token, authorize or readTokenSecret beside it. ` +
      "To let everybody read, say authorize: () => true",
  );
}

/** By the name it listens on it can be called too, when that is one. */
function hostsOf(host: string): readonly string[] {
  const any = /^(0\.0\.0\.0|::)$/.test(host);
  return any ? LOCAL_HOSTS : [...LOCAL_HOSTS, inAddress(host)];
}

const inAddress = (host: string): string => (host.includes(":") ? `[${host}]` : host);

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
}

function opened(server: Server, host: string, basePath: string | undefined, endStreams: () => void): ProgressServer {
  const { port } = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;
  const close = () =>
    (closed ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      endStreams();
      server.closeAllConnections();
    }));
  return {
    url: `http://${inAddress(host)}:${port}${basePath?.replace(/\/+$/, "") ?? ""}`,
    port,
    host,
    close,
    [Symbol.asyncDispose]: close,
  };
}
