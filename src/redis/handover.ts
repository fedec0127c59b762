// Carriers that were made hold their operation for a while, like a writer without a name: whoever made them may exit before
// anybody has joined. Those of one operation are not told apart, so the last one counts, whoever has joined by another.

import type { Clock } from "../clock.js";
import type { Run } from "./client.js";
import type { InstanceKeys } from "./schema.js";
import { SHARE } from "./scripts/share.js";

export interface HandoverOptions {
  readonly run: Run;
  readonly clock: Clock;
  /** Of this instance. */
  readonly own: InstanceKeys;
  readonly ttlMillis: number;
  /** For how long a carrier holds its operation; 0 for not at all. */
  readonly handoverMillis: number;
  readonly failed: (error: unknown) => void;
}

/** How often, in the time that a carrier holds, Redis is told of further ones without being asked to. */
const TIMES = 10;

export class Handover {
  readonly #options: HandoverOptions;
  /** By operation: when its last carrier was made, and the last one that Redis knows of. Forgotten when that holds no more. */
  readonly #carriers: Map<string, { made: number; told: number }> = new Map();
  readonly #telling: Set<Promise<unknown>> = new Set();

  constructor(options: HandoverOptions) {
    this.#options = options;
  }

  /** A carrier of it was made. */
  made(id: string): void {
    const { clock, handoverMillis } = this.#options;
    if (handoverMillis === 0) return;
    const carrier = this.#carriers.get(id) ?? { made: 0, told: Number.NEGATIVE_INFINITY };
    carrier.made = clock.monotonicMillis();
    this.#carriers.set(id, carrier);
    this.#tellIfDue(id, carrier, handoverMillis / TIMES);
  }

  /** Time has passed, and Redis is there. */
  tick(): void {
    const { clock, handoverMillis } = this.#options;
    const since = clock.monotonicMillis() - handoverMillis;
    for (const [id, carrier] of this.#carriers) {
      if (carrier.made <= since) this.#carriers.delete(id);
      else this.#tellIfDue(id, carrier, handoverMillis / TIMES);
    }
  }

  /** Resolves when Redis knows of all carriers, or could not be reached. */
  async told(): Promise<void> {
    for (const [id, carrier] of this.#carriers) this.#tellIfDue(id, carrier, 0);
    await Promise.all(this.#telling);
  }

  /** Redis has forgotten what it was told. */
  restart(): void {
    for (const carrier of this.#carriers.values()) carrier.told = Number.NEGATIVE_INFINITY;
    this.tick();
  }

  /** It is over, or goes on without this instance. Returns whether Redis may know of carriers of it. */
  leave(id: string, ended: boolean): boolean {
    const carrier = this.#carriers.get(id);
    if (carrier === undefined) return false;
    if (!ended) this.#tellIfDue(id, carrier, 0);
    return this.#carriers.delete(id);
  }

  #tellIfDue(id: string, carrier: { made: number; told: number }, pauseMillis: number): void {
    const { run, clock, own, ttlMillis, handoverMillis, failed } = this.#options;
    const now = clock.monotonicMillis();
    const left = Math.ceil(carrier.made + handoverMillis - now);
    if (carrier.told >= carrier.made || now - carrier.told < pauseMillis || left <= 0) return;
    carrier.told = carrier.made;
    const { writer, holds, shares, arrivals, notices } = own;
    const telling = run(SHARE, [writer, holds, shares, arrivals, notices], [fieldOf(id), id, "", 1, left, ttlMillis])
      .catch((error) => {
        carrier.told = Number.NEGATIVE_INFINITY;
        failed(error);
      })
      .finally(() => this.#telling.delete(telling));
    this.#telling.add(telling);
  }
}

/** Of the carriers of an operation, among those of its writers. */
export function fieldOf(id: string): string {
  return `/${id}`;
}
