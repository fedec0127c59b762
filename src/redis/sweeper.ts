// Looks whose lease has run out, and claims what they had open. Used by exporters, for one partition after the other, and by
// sources, for all of them.

import type { Clock } from "../clock.js";
import { type Run, text, texts } from "./client.js";
import { type Keys, PARTITIONS } from "./schema.js";
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

export class Sweeper {
  readonly #options: SweeperOptions;
  readonly #steady: Steady[];

  constructor(options: SweeperOptions) {
    this.#options = options;
    this.#steady = Array.from({ length: PARTITIONS }, () => new Steady(options.leaseMillis));
  }

  /** One look by `me`, if that is an instance, and the claims that follow from it. Rejects as the client does. */
  async look(partition: number, me: string, spans: number): Promise<Look> {
    const { run, keys, clock } = this.#options;
    const steady = this.#steady[partition]!;
    const { leases, terms, orphans } = keys.partition(partition);
    const asked = clock.monotonicMillis();
    const answer = (await run(LOOK, [leases, terms, orphans], [me, spans]).catch((error) => {
      steady.failed();
      throw error;
    })) as unknown[];
    const [now, expired, found] = [Number(text(answer[0])), texts(answer[1]), texts(answer[2])];
    steady.saw(asked, clock.monotonicMillis(), now);
    const suspects: string[] = [];
    for (const instance of expired) if (!(await this.#claim(partition, instance, steady))) suspects.push(instance);
    return { suspects, orphans: found.map(orphanOf) };
  }

  /** Returns whether something of it is lost now. Never rejects: what the look has brought must not go with it. */
  async #claim(partition: number, instance: string, steady: Steady): Promise<boolean> {
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
