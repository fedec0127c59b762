// Work for operations of other machines, through Redis: what a writer has done lies where the operation belongs, the newest of
// each writer, until its owner has taken it; and while something of it is open, it holds the operation alive.

import type { Clock } from "../clock.js";
import type {
  ContributionTransport,
  Joining,
  OwnedOperation,
  OwnerLink,
  OwnerNotice,
  WriterLink,
} from "../contribution-transport.js";
import { type Run, text, texts } from "./client.js";
import { fieldOf, Handover } from "./handover.js";
import { JoinedLink } from "./joined-link.js";
import type { Keys } from "./schema.js";
import { COLLECT } from "./scripts/collect.js";
import { NOTIFY } from "./scripts/notify.js";

export interface CarriersOptions {
  readonly run: Run;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly prefix: string;
  /** Of this instance. */
  readonly home: string;
  readonly leaseMillis: number;
  readonly beatMillis: number;
  /** How often is looked for what has arrived. */
  readonly pollMillis: number;
  readonly ttlMillis: number;
  /** For how long a carrier holds its operation. */
  readonly handoverMillis: number;
  readonly failed: (error: unknown) => void;
  /** Something was done for an operation that has ended. */
  readonly late: () => void;
}

/** Fields taken away by one call. */
const DISCARDED = 500;

export class RedisCarriers implements ContributionTransport {
  readonly name = "redis";
  readonly #options: CarriersOptions;
  readonly #owned: Map<string, OwnedOperation> = new Map();
  /** Fields of what was received, by operation. */
  readonly #received: Map<string, Set<string>> = new Map();
  /** Fields that nobody will ask for any more. */
  readonly #discarded: Set<string> = new Set();
  readonly #handover: Handover;
  /** Operations that have ended, whose writers have been told for a while. */
  #over: string[] = [];
  #since = 0;
  /** Until then is looked for what comes too late. */
  #lateUntil = 0;
  #collecting: Promise<void> | undefined;
  #stopPolling: (() => void) | undefined;

  constructor(options: CarriersOptions) {
    this.#options = options;
    this.#handover = new Handover({ ...options, own: options.keys.instance(options.home) });
  }

  own(operation: OwnedOperation): OwnerLink {
    const { clock, prefix, home, pollMillis } = this.#options;
    const { operationId } = operation;
    this.#owned.set(operationId, operation);
    this.#stopPolling ??= clock.every(pollMillis, () => void this.collect());
    return {
      address: `${prefix}/${home}`,
      tell: (notice) => this.#tell(notice),
      handedOut: () => this.#handOut(operationId),
      close: () => this.#disowned(operationId),
    };
  }

  join(joining: Joining): WriterLink | undefined {
    const slash = joining.address.lastIndexOf("/");
    if (joining.address.slice(0, slash) !== this.#options.prefix) return undefined;
    return new JoinedLink({ ...this.#options, home: joining.address.slice(slash + 1) }, joining);
  }

  /** Resolves when nothing is being taken over. */
  get collecting(): Promise<void> {
    return this.#collecting ?? Promise.resolve();
  }

  /** Ids of the operations that something was done for. */
  get contributed(): Iterable<string> {
    return this.#received.keys();
  }

  /** Takes over what has arrived. Never rejects. */
  collect(): Promise<void> {
    this.#collecting ??= this.#collectAll().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  /** Resolves when Redis knows of all carriers, or could not be reached. */
  told(): Promise<void> {
    return this.#handover.told();
  }

  /** Redis has forgotten what it was told; writers say theirs again by themselves. */
  restart(): void {
    this.#handover.restart();
  }

  /** What is on its way is taken over, and then nothing any more. */
  async close(): Promise<void> {
    await Promise.all([this.told(), this.#collecting]);
    this.#rest();
  }

  async #collectAll(): Promise<void> {
    try {
      for (let more = this.#isAwaited; more; ) more = await this.#collectSome();
      this.#handover.tick();
    } catch (error) {
      this.#options.failed(error);
    }
    if (!this.#isAwaited) this.#rest();
  }

  get #isAwaited(): boolean {
    const { clock } = this.#options;
    return this.#owned.size > 0 || this.#discarded.size > 0 || clock.monotonicMillis() < this.#lateUntil;
  }

  #rest(): void {
    this.#stopPolling?.();
    this.#stopPolling = undefined;
  }

  /** Returns whether there is more. */
  async #collectSome(): Promise<boolean> {
    const { run, keys, home } = this.#options;
    const { writer, holds, shares, arrivals } = keys.instance(home);
    const discarded = [...this.#discarded].slice(0, DISCARDED);
    const reply = (await run(COLLECT, [writer, holds, shares, arrivals], [this.#since, ...discarded])) as unknown[];
    for (const field of discarded) this.#discarded.delete(field);
    const [since, fields, states, gone] = [Number(text(reply[0])), texts(reply[1]), texts(reply[2]), texts(reply[3])];
    for (const [at, field] of fields.entries()) this.#take(field, states[at]!);
    for (const field of gone) this.#gone(field);
    const before = this.#since;
    this.#since = since;
    return fields.length > 0 || since < before;
  }

  #take(field: string, state: string): void {
    const [, id] = partsOf(field);
    const operation = this.#owned.get(id);
    if (operation === undefined) {
      this.#discarded.add(field);
      return this.#options.late();
    }
    const received = this.#received.get(id) ?? new Set();
    this.#received.set(id, received.add(field));
    operation.receive(parsed(state));
  }

  #gone(field: string): void {
    const [writer, id] = partsOf(field);
    this.#owned.get(id)?.vanished(writer);
    this.#discarded.add(field);
  }

  #handOut(id: string): void {
    // That of those before, which held no more.
    this.#discarded.delete(fieldOf(id));
    this.#handover.made(id);
  }

  #tell(notice: OwnerNotice): void {
    const { run, keys, home, ttlMillis, failed } = this.#options;
    const said = [notice.operationId, JSON.stringify(notice), ttlMillis];
    run(NOTIFY, [keys.instance(home).notices], said).catch(failed);
    if (notice.ended) this.#forgetOver(notice.operationId);
  }

  /** Ended ones are remembered a while for their writers: so many, then the oldest are not. */
  #forgetOver(id: string): void {
    const { run, keys, home, failed } = this.#options;
    this.#over.push(id);
    if (this.#over.length <= DISCARDED) return;
    const oldest = this.#over.shift()!;
    if (!this.#owned.has(oldest)) run(NOTIFY, [keys.instance(home).notices], [oldest, "", 0]).catch(failed);
  }

  #disowned(id: string): void {
    this.#owned.delete(id);
    const { clock, leaseMillis } = this.#options;
    this.#lateUntil = clock.monotonicMillis() + leaseMillis;
    const ended = this.#over.includes(id);
    // Of one that goes on without us, everything stays: somebody may still look.
    if (ended) for (const field of this.#received.get(id) ?? []) this.#discarded.add(field);
    this.#received.delete(id);
    if (this.#handover.leave(id, ended) && ended) this.#discarded.add(fieldOf(id));
  }
}

function partsOf(field: string): readonly [writer: string, id: string] {
  const slash = field.indexOf("/");
  return [field.slice(0, slash), field.slice(slash + 1)];
}

/** Whoever receives it checks it. */
function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}
