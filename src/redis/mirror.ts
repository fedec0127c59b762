// The fleet as a reader knows it: all partitions, read when something is asked or watched. Of several operations with one id the
// one that began last is shown.

import type { Clock } from "../clock.js";
import type { Snapshot } from "../model.js";
import type { Run } from "./client.js";
import { Partition } from "./partition.js";
import { type Keys, PARTITIONS, partitionOf, readOperationName } from "./schema.js";

export interface MirrorOptions {
  readonly run: Run;
  readonly keys: Keys;
  readonly clock: Clock;
}

export class Mirror {
  readonly #partitions: readonly Partition[];
  /** Names by id: mostly one. */
  readonly #names: Map<string, Set<string>> = new Map();
  /** Cells that made no sense. */
  damaged = 0;

  constructor({ run, keys, clock }: MirrorOptions) {
    const damaged = () => {
      this.damaged++;
    };
    this.#partitions = Array.from(
      { length: PARTITIONS },
      (_, number) => new Partition({ run, keys: keys.partition(number), clock, damaged }),
    );
  }

  /** Reads up to now. Returns the ids of what is different. Rejects when one partition cannot be read; what others say counts. */
  async pull(): Promise<{ readonly changed: ReadonlySet<string>; readonly error: unknown }> {
    const changed = new Set<string>();
    let error: unknown;
    // Each as it comes: all together would hold the event loop for too long.
    const pulls = this.#partitions.map(async (partition) => {
      try {
        for (const name of await partition.pull()) changed.add(this.#note(name, partition));
      } catch (reason) {
        error ??= reason ?? new Error("rejected");
      }
    });
    await Promise.all(pulls);
    return { changed, error };
  }

  /** Of several the one that began last. */
  get(id: string): Snapshot | undefined {
    let latest: Snapshot | undefined;
    for (const name of this.#names.get(id) ?? []) {
      const snapshot = this.#snapshot(name);
      if (snapshot !== undefined && (latest === undefined || isLater(snapshot, latest))) latest = snapshot;
    }
    return latest;
  }

  /** The instance whose operation is shown under this id. */
  homeOf(id: string): string | undefined {
    const shown = this.get(id);
    for (const name of this.#names.get(id) ?? []) {
      if (this.#snapshot(name) === shown) return readOperationName(name).home;
    }
    return undefined;
  }

  *all(): IterableIterator<Snapshot> {
    for (const id of this.#names.keys()) {
      const snapshot = this.get(id);
      if (snapshot !== undefined) yield snapshot;
    }
  }

  #snapshot(name: string): Snapshot | undefined {
    return this.#partitions[partitionOf(readOperationName(name).home)]!.snapshot(name);
  }

  /** Returns its id. */
  #note(name: string, partition: Partition): string {
    const { id } = readOperationName(name);
    const names = this.#names.get(id);
    if (partition.snapshot(name) !== undefined) {
      if (names === undefined) this.#names.set(id, new Set([name]));
      else names.add(name);
    } else if (names?.delete(name) && names.size === 0) this.#names.delete(id);
    return id;
  }
}

function isLater(a: Snapshot, b: Snapshot): boolean {
  const [started, than] = [a.startedAt ?? a.updatedAt, b.startedAt ?? b.updatedAt];
  return started > than || (started === than && a.updatedAt > b.updatedAt);
}
