// The fleet as a reader knows it: all partitions, read when something is asked or watched. Of several operations with one id the
// one that began last is shown.

import type { Clock } from "../clock.js";
import type { Snapshot } from "../model.js";
import type { Run } from "./client.js";
import type { Item } from "./item.js";
import { Partition } from "./partition.js";
import { type Keys, PARTITIONS, readOperationName } from "./schema.js";

export interface MirrorOptions {
  readonly run: Run;
  readonly keys: Keys;
  readonly clock: Clock;
}

export class Mirror {
  readonly #partitions: readonly Partition[];
  /** By id: mostly one. */
  readonly #items: Map<string, readonly Item[]> = new Map();
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
    const items = this.#items.get(id);
    return items && shown(items);
  }

  /** The instance whose operation is shown under this id. */
  homeOf(id: string): string | undefined {
    const item = this.item(id);
    return item && readOperationName(item.name).home;
  }

  *all(): IterableIterator<Item> {
    for (const items of this.#items.values()) {
      const item = shown(items);
      if (item !== undefined) yield item;
    }
  }

  /** Returns its id. */
  #note(name: string, partition: Partition): string {
    const { id } = readOperationName(name);
    const item = partition.item(name);
    const others = this.#items.get(id)?.filter((other) => other.name !== name) ?? [];
    const items = item === undefined ? others : [...others, item];
    if (items.length > 0) this.#items.set(id, items);
    else this.#items.delete(id);
    return id;
  }
}

/** Of those with one id the one that began last. One may just have been read that makes no sense. */
function shown(items: readonly Item[]): Item | undefined {
  let latest: Item | undefined;
  for (const item of items) {
    const { written } = item;
    if (written !== undefined && (latest === undefined || isLater(written, latest.written!))) latest = item;
  }
  return latest;
}

function isLater(a: Snapshot, b: Snapshot): boolean {
  const [started, than] = [a.startedAt ?? a.updatedAt, b.startedAt ?? b.updatedAt];
  return started > than || (started === than && a.updatedAt > b.updatedAt);
}
