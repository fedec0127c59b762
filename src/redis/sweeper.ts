// Looks whose lease has run out, and claims what they had open. Used by exporters and by sources, for all partitions: by one command
// where they lie on one server, else for one after the other.

import type { Clock } from "../clock.js";
import { type Run, text, texts } from "./client.js";
import { type Keys, PARTITIONS, partitionOf } from "./schema.js";
import { CLAIM } from "./scripts/claim.js";
import { LOOK } from "./scripts/look.js";
import { Steady } from "./steady.js";

export interface SweeperOptions {
  readonly run: Run;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly leaseMillis: number;
  /** What keys live for. */
  readonly ttlMillis: number;
}

/** A span to be ended for a process that died. */
interface Orphan {
  readonly seenMillis: number;
  readonly record: string;
}
export interface Look {
  /** Instances without a lease that could not be claimed yet. */
  readonly suspects: readonly string[];
  readonly orphans: readonly Orphan[];
}

/** Every partition. */
export const ALL: readonly number[] = Array.from({ length: PARTITIONS }, (_, partition) => partition);

export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #steady: Steady[];
  #together = true;

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#steady = ALL.map(() => new Steady(options.leaseMillis));
  }

  /** Several partitions may be looked at by one command, as far as is known. */
  get together(): boolean {
    return this.#together;
  }

  /** One look by `me`, if that is an instance, and the claims that follow from it. Rejects as the client does. */
  async look(partitions: readonly number[], me: string, spans: number): Promise<Look> {
    const { run, keys, clock } = this.#options;
    const names = partitions.flatMap((partition) => {
      const { leases, terms, orphans } = keys.partition(partition);
      return [leases, terms, orphans];
    });
    const asked = clock.monotonicMillis();
    const answer = (await run(LOOK, names, [me, spans]).catch((error) => {
      this.#failed(partitions, error);
      throw error;
    })) as unknown[];
    const [now, expired, found] = [Number(text(answer[0])), texts(answer[1]), texts(answer[2])];
    for (const partition of partitions) this.#steady[partition]!.saw(asked, clock.monotonicMillis(), now);
    const suspects: string[] = [];
    for (const instance of expired) if (!(await this.#claim(instance))) suspects.push(instance);
    return { suspects, orphans: found.map(orphanOf) };
  }

  #failed(partitions: readonly number[], error: unknown): void {
    // A cluster takes no command for keys of several slots.
    if (partitions.length > 1 && /slot/i.test(String((error as Error)?.message))) this.#together = false;
    else for (const partition of partitions) this.#steady[partition]!.failed();
  }

  /** Returns whether something of it is lost now. Never rejects: what the look has brought must not go with it. */
  async #claim(instance: string): Promise<boolean> {
    const partition = partitionOf(instance);
    const steady = this.#steady[partition]!;
    if (!steady.holds) return false;
    const { run, keys, leaseMillis, ttlMillis } = this.#options;
    const { meta, cells, changes, leases, terms, ended, orphans } = keys.partition(partition);
    const { open, claimed, holds } = keys.instance(instance);
    const all = [meta, cells, changes, leases, terms, ended, orphans, open, claimed, holds];
    const looked = [steady.remoteMillis, steady.withinMillis];
    try {
      return texts(await run(CLAIM, all, [instance, ...looked, leaseMillis, ttlMillis])).length > 0;
    } catch {
      steady.failed();
      return false;
    }
  }
}

function orphanOf(line: string): Orphan {
  const [seen, instance] = line.split(" ", 2) as [string, string];
  return { seenMillis: Number(seen), record: line.slice(seen.length + instance.length + 2) };
}
