// An operation of this instance that carriers were given out for: takes over what its writers do, and tells them when to stop.
// Whatever arrives is untrusted, may be late, repeated or out of order, and changes nothing but counts and levels: the status of
// the operation and its total are the owner's.

import type {
  ContributionTransport,
  OwnedOperation,
  OwnerLink,
  OwnerNotice,
  WriterState,
} from "../../contribution-transport.js";
import { abortReason, cancelRequestOf, requestCancel } from "../cancellation.js";
import type { Handle } from "../handle.js";
import type { Keys } from "./keys.js";
import { readWriterState } from "./state-check.js";
import { type OfAllWriters, Writer } from "./writer.js";

/** Writers ever heard of, apart from those that are open; of one that is done only numbers are kept. */
const MAX_DONE = 100_000;

export class Owned implements OwnedOperation {
  readonly operationId: string;
  readonly key: string;
  readonly #handle: Handle;
  readonly #keys: Keys;
  readonly #links: OwnerLink[];
  readonly #addresses: (readonly [string, string])[] = [];
  readonly #writers = new Map<string, Writer>();
  readonly #context: OfAllWriters = {
    shares: new Map(),
    messages: new Map(),
    attributes: new Map(),
    unplaced: new Set(),
  };
  #open = 0;
  /** What was told last, as text. */
  #told = "";
  /** Taking something over, which may end levels: nothing newer may come in between. */
  #busy = false;

  constructor(handle: Handle, keys: Keys) {
    this.operationId = handle.id;
    this.key = keys.make(handle.id);
    this.#handle = handle;
    this.#keys = keys;
    this.#links = [];
  }

  /** Where it is reached, best first. */
  get addresses(): readonly (readonly [transport: string, address: string])[] {
    return this.#addresses;
  }

  reachBy(transport: ContributionTransport): void {
    const { diagnostics } = this.#handle.core;
    const link = diagnostics.safely("internal_errors", `transport ${transport.name}`, () => transport.own(this));
    if (link === undefined) return;
    this.#links.push(link);
    this.#addresses.push([transport.name, link.address]);
  }

  receive(data: unknown): void {
    const { diagnostics } = this.#handle.core;
    const state = readWriterState(data);
    if (state === undefined || state.operationId !== this.operationId || !this.#fits(state.key))
      return diagnostics.count("contributions_refused");
    if (this.#handle.outcome !== undefined) return diagnostics.count("late_updates");
    const isNew = !this.#writers.has(state.writer);
    const writer = this.#writerOf(state.writer);
    if (writer === undefined || state.sequence <= writer.sequence) return;
    writer.sequence = state.sequence;
    if (!writer.open) this.#opened(writer);
    const before = this.#busy;
    this.#busy = true;
    diagnostics.safely("internal_errors", "a contribution", () => this.#take(writer, state));
    this.#busy = before;
    // It may have come after the last notice.
    if (isNew && this.#told !== "") {
      this.#told = "";
      this.tell();
    }
  }

  #fits(key: string): boolean {
    return this.#keys.fits(this.operationId, key) && key === this.key;
  }

  #take(writer: Writer, state: WriterState): void {
    writer.take(this.#handle, state.parts);
    for (const other of this.#context.unplaced) if (other !== writer) other.take(this.#handle, []);
    if (state.cancelRequested !== undefined) requestCancel(this.#handle, state.cancelRequested.reason);
    if (!state.open) this.#vanish(writer);
  }

  vanished(name: string): void {
    const writer = this.#writers.get(name);
    if (writer === undefined || !writer.open) return;
    this.#handle.core.diagnostics.safely("internal_errors", "a contribution", () => this.#vanish(writer));
  }

  /** What has arrived already is taken over before it would be too late. */
  drain(): void {
    if (this.#busy) return;
    for (const link of this.#links) this.#safely(() => link.drain?.());
  }

  /** One more carrier of it was made. */
  handedOut(): void {
    for (const link of this.#links) this.#safely(() => link.handedOut?.());
  }

  /** Tells the writers what they do not know yet. */
  tell(): void {
    const notice = this.#notice();
    const text = JSON.stringify(notice);
    if (text === this.#told || (this.#told === "" && notice.aborted.length === 0 && !notice.ended)) return;
    this.#told = text;
    for (const link of this.#links) this.#safely(() => link.tell(notice));
  }

  /** The operation ended, or this instance is shut down. */
  close(): void {
    this.tell();
    for (const link of this.#links.splice(0)) this.#safely(() => link.close());
    this.#writers.clear();
  }

  #notice(): OwnerNotice {
    const handles = new Set<Handle>([this.#handle]);
    for (const writer of this.#writers.values()) for (const target of writer.targets) handles.add(target);
    const aborted = [...handles].filter((handle) => abortReason(handle) !== undefined).map(abortOf);
    const { operationId, key } = this;
    return { version: 1, operationId, key, ended: this.#handle.outcome !== undefined, aborted };
  }

  #writerOf(name: string): Writer | undefined {
    const known = this.#writers.get(name);
    if (known !== undefined) return known;
    const { diagnostics, settings } = this.#handle.core;
    if (this.#open >= settings.limits.writers || this.#writers.size >= settings.limits.writers + MAX_DONE) {
      diagnostics.count("contributions_dropped");
      diagnostics.warnOnce("writers", `${this.#open} others work for operation ${this.operationId} (the limit)`);
      return undefined;
    }
    const writer = new Writer(name, this.#context);
    this.#writers.set(name, writer);
    this.#opened(writer);
    return writer;
  }

  #opened(writer: Writer): void {
    writer.open = true;
    this.#open++;
  }

  #vanish(writer: Writer): void {
    this.#open--;
    writer.vanish();
  }

  #safely(fn: () => void): void {
    this.#handle.core.diagnostics.safely("internal_errors", "a transport", fn);
  }
}

function abortOf(handle: Handle): OwnerNotice["aborted"][number] {
  const { outcome } = handle;
  const reason = cancelRequestOf(handle)?.reason ?? outcome?.how.error?.message ?? outcome?.how.reason;
  return {
    ...(!handle.isOperation && { levelId: handle.id }),
    ...(reason !== undefined && { reason }),
  };
}
