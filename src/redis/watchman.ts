// What an instance does for the others: it looks who is dead, and ends the spans that wait for somebody to end them. Where one command
// looks at all partitions, with every heartbeat. In a cluster it glances at one after the other, and where an instance seems to be
// dead it stays until that is certain: with many instances every partition is watched all the time, with one each in its turn.

import type { ExporterHost } from "../exporter-host.js";
import { PARTITIONS, partitionOf } from "./schema.js";
import { ALL, Sweeper, type SweeperOptions } from "./sweeper.js";

/** Looks at one partition before another may be watched: a lease to be sure of Redis, and more than half of one to claim. */
const LOOKS = 8;
/** Spans ended after one look. */
const SPANS = 20;

export class Watchman {
  readonly #sweeper: Sweeper;
  readonly #instance: string;
  readonly #host: ExporterHost;
  #watched: number;
  #glanced: number;
  /** Left at the watched one. */
  #looks = LOOKS;
  #busy = false;

  /** Begins with the partition of `instance`, so that instances begin with different ones. */
  constructor(options: SweeperOptions, instance: string, host: ExporterHost) {
    this.#sweeper = new Sweeper(options);
    this.#instance = instance;
    this.#host = host;
    this.#watched = this.#glanced = partitionOf(instance);
  }

  /** Never rejects: that Redis is away is said where something is written. */
  async look(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      if (this.#sweeper.together) await this.#lookAt(ALL);
      else await this.#lookAround();
    } catch {
      // The sweeper begins to watch anew.
    } finally {
      this.#busy = false;
    }
  }

  async #lookAround(): Promise<void> {
    this.#looks--;
    await this.#lookAt([this.#watched]);
    this.#glanced = (this.#glanced + 1) % PARTITIONS;
    if (this.#glanced === this.#watched) return;
    const suspects = await this.#lookAt([this.#glanced]);
    if (this.#looks > 0 || suspects === 0) return;
    this.#watched = this.#glanced;
    this.#looks = LOOKS;
  }

  /** Returns how many seem to be dead, and may be claimed by whoever watches. */
  async #lookAt(partitions: readonly number[]): Promise<number> {
    const { suspects, orphans } = await this.#sweeper.look(partitions, this.#instance, SPANS);
    for (const { record, seenMillis } of orphans) this.#host.lost(record, seenMillis);
    return suspects.length;
  }
}
