// Contributions between processes of one machine, over a local socket of the owner: a Unix domain socket in a directory that only
// this user may enter, on Windows a named pipe. A connection belongs to one writer of one operation; the first line says which, and
// proves it with the key of the carrier. When it closes before the writer said that it is done, the writer is gone.

import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type {
  ContributionTransport,
  Joining,
  OwnedOperation,
  OwnerLink,
  OwnerNotice,
  WriterLink,
} from "../../contribution-transport.js";
import type { Diagnostics } from "../../diagnostics.js";
import { atExit } from "../process-exit.js";
import { sweepDeadSockets } from "./dead-sockets.js";
import type { Keys } from "./keys.js";
import { isBusy, type Message, readLines, writeLine } from "./lines.js";
import { ProcessLink } from "./process-link.js";
import { Receivers } from "./receivers.js";

const WINDOWS = process.platform === "win32";
/** Longest path of a socket that every system takes. */
const MAX_PATH = 100;
const MAX_CONNECTIONS = 4_096;
/** Milliseconds to say who it is. */
const HELLO_MILLIS = 5_000;

interface Owning {
  readonly operation: OwnedOperation;
  readonly connections: Set<Socket>;
  notice: OwnerNotice | undefined;
}

export class ProcessTransport implements ContributionTransport {
  readonly name = "process";
  readonly #receivers: Receivers;
  readonly #diagnostics: Diagnostics;
  readonly #owning = new Map<OwnedOperation, Owning>();
  #server: Server | undefined;
  #address: string | undefined;
  /** Removes the directory of the socket. */
  #tidy = (): void => {};

  constructor(keys: Keys, diagnostics: Diagnostics) {
    this.#receivers = new Receivers(keys, diagnostics);
    this.#diagnostics = diagnostics;
  }

  own(operation: OwnedOperation): OwnerLink | undefined {
    const address = this.#listen();
    if (address === undefined) return undefined;
    const owning: Owning = { operation, connections: new Set(), notice: undefined };
    this.#receivers.add(operation);
    this.#owning.set(operation, owning);
    return {
      address,
      tell(notice) {
        owning.notice = notice;
        for (const connection of owning.connections) writeLine(connection, { notice });
      },
      close: () => {
        this.#receivers.remove(operation);
        this.#owning.delete(operation);
        // Everything before is sent first.
        for (const connection of owning.connections) connection.end();
      },
    };
  }

  join(joining: Joining): WriterLink | undefined {
    const { address } = joining;
    const plausible = WINDOWS ? address.startsWith("\\\\.\\pipe\\otel-progress-") : existsSync(address);
    return plausible ? new ProcessLink(joining) : undefined;
  }

  shutdown(): void {
    this.#server?.close();
    this.#server = undefined;
    this.#tidy();
  }

  /** Once for good, until the process ends. `undefined` where it cannot be. */
  #listen(): string | undefined {
    if (this.#server !== undefined) return this.#address;
    this.#server = createServer({ pauseOnConnect: false }, (socket) => this.#connected(socket));
    this.#server.maxConnections = MAX_CONNECTIONS;
    this.#server.on("error", (error) => this.#failed(error));
    this.#server.unref();
    this.#address = this.#diagnostics.safely("contributions_dropped", "the socket for other processes", () => {
      const path = this.#newPath();
      // Also in a cluster this one's alone: bound when `listen` returns.
      this.#server!.listen({ path, exclusive: true, backlog: MAX_CONNECTIONS });
      return path;
    });
    return this.#address;
  }

  #failed(error: Error): void {
    this.#address = undefined;
    this.#diagnostics.failed("contributions_dropped", "the socket for other processes", error);
  }

  #connected(socket: Socket): void {
    socket.unref();
    let leave: (() => void) | undefined;
    let heard: (message: Message) => void = (hello) => {
      clearTimeout(deadline);
      greeted = true;
      [heard, leave] = this.#greet(socket, hello) ?? [() => {}, undefined];
    };
    let greeted = false;
    // When this event loop was blocked, what was said in time is still to be read.
    const deadline = setTimeout(() => setImmediate(() => greeted || socket.destroy()), HELLO_MILLIS);
    deadline.unref();
    const refused = () => {
      this.#receivers.refuse();
      socket.destroy();
    };
    readLines(socket, (message) => heard(message), refused);
    socket.on("error", () => socket.destroy());
    socket.on("close", () => {
      clearTimeout(deadline);
      leave?.();
    });
  }

  /** What the first line asks for; nothing for whoever has no key, and for whom it is too late. */
  #greet(socket: Socket, { operationId, key, writer }: Message): [(message: Message) => void, () => void] | undefined {
    const operation = typeof writer === "string" ? this.#receivers.find(operationId, key) : undefined;
    const owning = operation && this.#owning.get(operation);
    if (operation === undefined || owning === undefined) {
      const notice = this.#receivers.tooLate(operationId, key);
      if (notice !== undefined) writeLine(socket, { notice });
      socket.end();
      return undefined;
    }
    owning.connections.add(socket);
    if (owning.notice !== undefined) writeLine(socket, { notice: owning.notice });
    const receive = (state: Message) => {
      // One connection, one writer.
      if (state["writer"] !== writer) return this.#receivers.refuse();
      operation.receive(state);
      if (!isBusy(socket)) writeLine(socket, { taken: state["sequence"] });
    };
    const leave = () => {
      owning.connections.delete(socket);
      operation.vanished(writer as string);
    };
    return [receive, leave];
  }

  #newPath(): string {
    if (WINDOWS) return `\\\\.\\pipe\\otel-progress-${randomBytes(16).toString("hex")}`;
    // The directory of the user's choice may have too long a name.
    const parent = tmpdir().length <= MAX_PATH - 30 ? tmpdir() : "/tmp";
    void sweepDeadSockets(parent);
    const directory = mkdtempSync(join(parent, "otel-progress-"));
    const forget = atExit(() => this.#tidy());
    this.#tidy = () => {
      forget();
      rmSync(directory, { recursive: true, force: true });
    };
    return join(directory, "s");
  }
}
