// What an instance does for the others: it looks for those that died, in one partition after the other, each for long enough to
// know; and it ends the spans of what they had open, wherever those wait. With many instances every partition is watched all the
// time, and with one, each in its turn.

import type { ExporterHost } from "../exporter-host.js";
import { PARTITIONS, partitionOf } from "./schema.js";
import { Sweeper, type SweeperOptions } from "./sweeper.js";

/** Looks at one partition before the next: a lease to be sure of Redis, and more than half of one to find something. */
const LOOKS = 8;
/** Spans ended after one look. */
const SPANS = 20;

export class Watchman {
  readonly #sweeper: Sweeper;
  readonly #instance: string;
  readonly #host: ExporterHost;
  #partition: number;
  #looks = 0;
  #glance = 0;
  #busy = false;

  /** Begins with the partition of `instance`, so that instances begin with different ones. */
  constructor(options: SweeperOptions, instance: string, host: ExporterHost) {
    this.#sweeper = new Sweeper(options);
    this.#instance = instance;
    this.#host = host;
    this.#partition = partitionOf(instance);
  }

  /** Never rejects: that Redis is away is said where something is written. */
  async look(): Promise<void> {
    if (this.#busy) return;
    this.#busy = true;
    try {
      await this.#endSpans(this.#partition);
      await this.#endSpans((this.#glance = (this.#glance + 1) % PARTITIONS));
      if (++this.#looks % LOOKS === 0) this.#partition = (this.#partition + 1) % PARTITIONS;
    } catch {
      // The sweeper begins to watch anew.
    } finally {
      this.#busy = false;
    }
  }

  async #endSpans(partition: number): Promise<void> {
    const { orphans } = await this.#sweeper.look(partition, this.#instance, SPANS);
    for (const { record, seenMillis } of orphans) this.#host.lost(record, seenMillis);
  }
}
