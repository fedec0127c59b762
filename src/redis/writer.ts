// One write to Redis, and what its answer says. Numbered, so that one that arrives late, after another, does nothing; and so
// that Redis can tell when it has forgotten one.

import { randomBytes } from "node:crypto";
import { type Run, text, texts } from "./client.js";
import type { Batch } from "./outbox.js";
import { type Keys, PARTITIONS, partitionOf } from "./schema.js";
import { FLUSH } from "./scripts/flush.js";

export interface WriterOptions {
  readonly run: Run;
  readonly keys: Keys;
  readonly instance: string;
  readonly leaseMillis: number;
  /** Ended operations kept in the partition, and for how long. */
  readonly keptCount: number;
  readonly keptMillis: number;
  /** What keys live for. */
  readonly ttlMillis: number;
  readonly now: () => number;
}
export interface Answer {
  /** Redis had forgotten something: everything is to be written. */
  readonly forgot: boolean;
  /** Taken for lost by others: id and epoch. Empty when there are no others than known. */
  readonly claims: readonly (readonly [id: string, epoch: number])[];
  readonly messages: readonly string[];
}

/** Keys are kept alive so many times in their life. */
const TOUCHES = 24;

export class Writer {
  readonly #options: WriterOptions;
  readonly #keys: readonly string[];
  #number = 0;
  #acknowledged = 0;
  #birth = "";
  #touched = Number.NEGATIVE_INFINITY;

  constructor(options: WriterOptions) {
    const { keys, instance } = options;
    const { meta, cells, changes, gone, leases, terms, ended } = keys.partition(partitionOf(instance));
    const { writer, open, claimed, inbox } = keys.instance(instance);
    this.#options = options;
    this.#keys = [meta, cells, changes, gone, leases, terms, ended, writer, open, claimed, inbox];
  }

  /** Rejects as the client does; whether it has arrived is not known then. */
  async write({ count, args }: Batch, open: number, claims: number): Promise<Answer> {
    const { run, instance, leaseMillis, keptCount, keptMillis, ttlMillis, now } = this.#options;
    const number = ++this.#number;
    const touch = now() - this.#touched >= ttlMillis / TOUCHES;
    const head = [instance, number, this.#acknowledged, leaseMillis, open, randomBytes(9).toString("base64url")];
    const kept = [Math.ceil(keptCount / PARTITIONS), keptMillis, touch ? ttlMillis : 0];
    const reply = await run(FLUSH, this.#keys, [...head, this.#birth, claims, ...kept, count, ...args]);
    const [result, birth, news, messages] = reply as unknown[];
    // Only one write is under way at a time, so a later one cannot have been there. Restored from a copy, it can.
    if (text(result) === "stale") throw new Error("Redis has a later write of this instance");
    this.#acknowledged = number;
    this.#birth = text(birth);
    if (touch) this.#touched = now();
    return { forgot: text(result) === "forgot", claims: pairs(texts(news)), messages: texts(messages) };
  }
}

function pairs(flat: readonly string[]): (readonly [string, number])[] {
  return flat.flatMap((id, at) => (at % 2 === 0 ? [[id, Number(flat[at + 1])] as const] : []));
}
