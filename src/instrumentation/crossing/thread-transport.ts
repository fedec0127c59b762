// Contributions between the threads of one process, over two BroadcastChannels per owner: "<name>.up", where the owner listens, and
// "<name>.down", where its writers do. Nobody listens where it speaks, so N writers do not hear each other. A message is with its
// receivers when `postMessage` returns; that is why it can be sent from inside a blocked event loop, and why the owner finds what was
// done before, say, a worker posted its result.

import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { BroadcastChannel, receiveMessageOnPort } from "node:worker_threads";
import type {
  ContributionTransport,
  Joining,
  OwnedOperation,
  OwnerLink,
  OwnerNotice,
  WriterLink,
} from "../../contribution-transport.js";
import type { Diagnostics } from "../../diagnostics.js";
import type { Keys } from "./keys.js";
import { parseMessage, Receivers } from "./receivers.js";

/** Channels have no reach beyond the process; carriers have. */
const HERE = createHash("sha256").update(`${hostname()} ${process.pid}`).digest("base64url").slice(0, 16);

export class ThreadTransport implements ContributionTransport {
  readonly name = "thread";
  readonly #receivers: Receivers;
  readonly #channel = randomBytes(16).toString("base64url");
  #up: BroadcastChannel | undefined;

  constructor(keys: Keys, diagnostics: Diagnostics) {
    this.#receivers = new Receivers(keys, diagnostics);
  }

  own(operation: OwnedOperation): OwnerLink {
    this.#receivers.add(operation);
    this.#listen();
    return {
      address: `${HERE}/${this.#channel}`,
      tell: (notice) => this.#tell(notice),
      drain: () => this.#drain(),
      close: () => this.#receivers.remove(operation),
    };
  }

  join(joining: Joining): WriterLink | undefined {
    const [here, channel] = joining.address.split("/");
    if (here !== HERE || channel === undefined) return undefined;
    const down = listen(`${channel}.down`, (text) => {
      const notice = parseMessage(text);
      if (notice?.["operationId"] === joining.operationId) joining.receive(notice);
    });
    return {
      synchronous: true,
      publish(state) {
        say(`${channel}.up`, state);
        return true;
      },
      close: () => down.close(),
    };
  }

  shutdown(): void {
    this.#up?.close();
    this.#up = undefined;
  }

  /** Once for good: carriers of operations that are over may still be about. */
  #listen(): void {
    this.#up ??= listen(`${this.#channel}.up`, (text) => this.#receive(text));
  }

  #receive(text: unknown): void {
    const state = parseMessage(text);
    if (state === undefined) return this.#receivers.refuse();
    const { operationId, key } = state;
    const operation = this.#receivers.find(operationId, key);
    if (operation !== undefined) return operation.receive(state);
    const notice = this.#receivers.tooLate(operationId, key);
    if (notice !== undefined) this.#tell(notice);
  }

  #drain(): void {
    for (;;) {
      const received = receiveMessageOnPort(this.#up as never);
      if (received === undefined) return;
      this.#receive(received.message);
    }
  }

  #tell(notice: OwnerNotice): void {
    say(`${this.#channel}.down`, notice);
  }
}

/** Does not keep the process alive. */
function listen(name: string, heard: (data: unknown) => void): BroadcastChannel {
  const channel = new BroadcastChannel(name);
  channel.onmessage = (event: unknown) => heard((event as MessageEvent).data);
  (channel as unknown as { unref(): void }).unref();
  return channel;
}

/** A channel that is open hears everything: it is open only for as long as it speaks. */
function say(name: string, data: object): void {
  const channel = new BroadcastChannel(name);
  channel.postMessage(JSON.stringify(data));
  channel.close();
}
