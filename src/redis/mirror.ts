// The fleet as a reader knows it: all partitions, read when something is asked or watched. Of several operations with one id the
// one that began last is shown.

import type { Clock } from "../clock.js";
import type { Snapshot } from "../model.js";
import type { Run } from "./client.js";
import type { Item } from "./item.js";
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

  get(id: string): Snapshot | undefined {
    return this.item(id)?.snapshot;
  }

  /** Of several the one that began last. */
  item(id: string): Item | undefined {
    const name = this.#shown(id);
    return name === undefined ? undefined : this.#item(name);
  }

  /** The instance whose operation is shown under this id. */
  homeOf(id: string): string | undefined {
    const name = this.#shown(id);
    return name === undefined ? undefined : readOperationName(name).home;
  }

  *all(): IterableIterator<Item> {
    for (const id of this.#names.keys()) {
      const item = this.item(id);
      if (item !== undefined) yield item;
    }
  }

  #shown(id: string): string | undefined {
    let [latest, shown]: [Snapshot?, string?] = [];
    for (const name of this.#names.get(id) ?? []) {
      const written = this.#item(name)?.written;
      if (written !== undefined && (latest === undefined || isLater(written, latest)))
        [latest, shown] = [written, name];
    }
    return shown;
  }

  #item(name: string): Item | undefined {
    return this.#partitions[partitionOf(readOperationName(name).home)]!.item(name);
  }

  /** Returns its id. */
  #note(name: string, partition: Partition): string {
    const { id } = readOperationName(name);
    const names = this.#names.get(id);
    if (partition.item(name) !== undefined) {
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
