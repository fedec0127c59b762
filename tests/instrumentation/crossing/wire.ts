// A transport whose messages stay where they are until somebody delivers them, and instances that it connects.

import { onTestFinished } from "vitest";
import type {
  ContributionTransport,
  Joining,
  OwnedOperation,
  OwnerLink,
  OwnerNotice,
  WriterLink,
  WriterState,
} from "../../../src/contribution-transport.js";
import type { ProgressOptions } from "../../../src/instrumentation/options.js";
import { createInstance, type Progress } from "../../../src/instrumentation/progress.js";
import { ManualClock } from "../../../src/testing.js";

export class Wire implements ContributionTransport {
  readonly name = "wire";
  /** Sent by writers, as text, and not delivered when `direct` is false. */
  readonly sent: string[] = [];
  readonly notices: OwnerNotice[] = [];
  readonly #owned = new Map<string, OwnedOperation>();
  readonly #joined = new Map<Joining, boolean>();
  /** Everything arrives at once. */
  direct = true;
  /** States are taken from the writers. */
  ready = true;
  closed = 0;
  /** Carriers, by the ids of their operations. */
  readonly handedOut: string[] = [];

  own(operation: OwnedOperation): OwnerLink {
    this.#owned.set(operation.operationId, operation);
    return {
      address: `of ${operation.operationId}`,
      tell: (notice) => {
        this.notices.push(notice);
        if (this.direct) this.deliverNotice(notice);
      },
      drain: () => this.deliver(),
      handedOut: () => void this.handedOut.push(operation.operationId),
      close: () => {
        this.closed++;
      },
    };
  }

  join(joining: Joining): WriterLink | undefined {
    if (!joining.address.startsWith("of ")) return undefined;
    this.#joined.set(joining, true);
    return {
      synchronous: true,
      publish: (state) => {
        if (!this.ready) return false;
        this.sent.push(JSON.stringify(state));
        if (this.direct) this.deliver();
        return true;
      },
      close: () => {
        this.closed++;
        this.#joined.delete(joining);
      },
    };
  }

  /** Hands over what was sent, or these texts. */
  deliver(texts: readonly string[] = this.sent.splice(0)): void {
    for (const text of texts) {
      const state = JSON.parse(text) as WriterState;
      this.#owned.get(state.operationId)?.receive(state);
    }
  }

  deliverNotice(notice: unknown): void {
    for (const joining of this.#joined.keys()) joining.receive(JSON.parse(JSON.stringify(notice)));
  }

  /** A state as a writer would send it, apart from what is said otherwise. */
  tellOwner(operationId: string, state: object): void {
    const owned = this.#owned.get(operationId)!;
    owned.receive({
      version: 1,
      operationId,
      key: owned.key,
      sequence: 1,
      writer: "w",
      open: true,
      parts: [],
      ...state,
    });
  }

  tellOwnerAnything(operationId: string, data: unknown): void {
    this.#owned.get(operationId)!.receive(data);
  }

  keyOf(operationId: string): string {
    return this.#owned.get(operationId)!.key;
  }

  vanished(operationId: string, writer: string): void {
    this.#owned.get(operationId)!.vanished(writer);
  }

  /** What a writer hears when its way is free again. */
  resend(): void {
    for (const joining of this.#joined.keys()) joining.resend();
  }
}

export interface Member {
  readonly progress: Progress & AsyncDisposable;
  readonly clock: ManualClock;
  /** Lets a tick pass. */
  tick(): void;
}

/** An instance on the wire, as another process would have it. */
export function memberOf(wire: Wire, name: string, options: ProgressOptions = {}): Member {
  const clock = new ManualClock();
  let ids = 0;
  const progress = createInstance(
    { clock, ...options },
    { instance: { id: name, host: "localhost", pid: 1 }, newId: () => `${name}-${++ids}` },
  );
  progress.addTransport(wire);
  onTestFinished(() => progress.shutdown());
  return { progress, clock, tick: () => clock.advance(100) };
}
