// One writer's connection to an owner in another process of this machine. It is not what keeps this process alive, with one
// exception: when all work is done, its last state is given two seconds to arrive. The owner may go away, and come back to the same
// place never; the work does not care.

import { connect, type Socket } from "node:net";
import type { Joining, WriterLink, WriterState } from "../../contribution-transport.js";
import { isBusy, type Message, readLines, writeLine } from "./lines.js";

const FIRST_RETRY_MILLIS = 100;
const MOST_RETRY_MILLIS = 5_000;
const KNOCK_MILLIS = 25;
/** How long the process waits at most for its last state to be taken. */
const HOLD_MILLIS = 2_000;

export class ProcessLink implements WriterLink {
  /** The system takes what is written at once, as long as the owner reads. */
  readonly synchronous = true;
  readonly #joining: Joining;
  #socket: Socket | undefined;
  #connected = false;
  #retryAt = 0;
  #retryMillis = FIRST_RETRY_MILLIS;
  /** Numbers of the last state sent and of the last one that the owner has. */
  #sent = -1;
  #taken = -1;
  #release: (() => void) | undefined;
  #flushed: (() => void)[] = [];
  #closed = false;

  constructor(joining: Joining) {
    this.#joining = joining;
    this.#connect();
  }

  publish(state: WriterState): boolean {
    if (this.#closed) return true;
    if (!state.open) this.#hold();
    const socket = this.#socket;
    if (socket === undefined) {
      if (performance.now() >= this.#retryAt) this.#connect();
      return false;
    }
    if (!this.#connected || isBusy(socket)) return false;
    this.#sent = state.sequence;
    writeLine(socket, state);
    return true;
  }

  async flush(): Promise<void> {
    if (this.#sent === this.#taken && this.#connected) return;
    if (this.#socket === undefined) return;
    this.#hold();
    await new Promise<void>((resolve) => this.#flushed.push(resolve));
  }

  close(): void {
    this.#closed = true;
    if (this.#sent === this.#taken) this.#socket?.end();
    else this.#hold();
  }

  #connect(): void {
    const { operationId, key, writer, address } = this.#joining;
    const socket = connect(address);
    this.#socket = socket;
    if (this.#release === undefined) socket.unref();
    socket.on("connect", () => {
      this.#connected = true;
      this.#retryMillis = FIRST_RETRY_MILLIS;
      writeLine(socket, { operationId, key, writer });
      this.#joining.resend();
    });
    readLines(
      socket,
      (message) => this.#heard(message),
      () => socket.destroy(),
    );
    let full = false;
    socket.on("error", (error: NodeJS.ErrnoException) => {
      full = error.code === "EAGAIN";
      socket.destroy();
    });
    socket.on("close", () => (full && this.#release !== undefined ? this.#knockAgain() : this.#lost()));
  }

  /** Too many are at the door of the owner at once. The last word waits there: its process has no more ticks to come back with. */
  #knockAgain(): void {
    this.#socket = undefined;
    setTimeout(() => this.#release && !this.#socket && this.#connect(), KNOCK_MILLIS * (1 + Math.random()));
  }

  #heard({ notice, taken }: Message): void {
    if (notice !== undefined) {
      this.#joining.receive(notice);
      if ((notice as { readonly ended?: unknown }).ended === true) this.#settled();
    }
    if (typeof taken !== "number") return;
    this.#taken = taken;
    if (taken >= this.#sent) this.#settled();
  }

  #lost(): void {
    this.#connected = false;
    this.#socket = undefined;
    this.#retryAt = performance.now() + this.#retryMillis;
    this.#retryMillis = Math.min(MOST_RETRY_MILLIS, 2 * this.#retryMillis);
    this.#settled();
    // Looked at again with the next tick: there is no timer of its own for it.
    if (!this.#closed) this.#joining.resend();
  }

  /** Keeps the process alive until the owner has everything, or for as long as that may take at most. */
  #hold(): void {
    if (this.#release !== undefined) return;
    this.#socket?.ref();
    const timer = setTimeout(() => this.#settled(), HOLD_MILLIS);
    timer.unref();
    this.#release = () => {
      clearTimeout(timer);
      this.#socket?.unref();
    };
  }

  #settled(): void {
    this.#release?.();
    this.#release = undefined;
    for (const resolve of this.#flushed.splice(0)) resolve();
    if (this.#closed) this.#socket?.end();
  }
}
