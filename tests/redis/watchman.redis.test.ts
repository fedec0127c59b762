// One instance alone finds what another one left, in whichever partition that is, though nobody reads.

import { Redis } from "ioredis";
import { expect, it } from "vitest";
import { PARTITIONS, partitionOf } from "../../src/redis/schema.js";
import { startRedis } from "../services/redis.js";
import { Instance, LEASE_MILLIS, Network, setRedisClock, settled } from "./simulation.js";

/** One for each partition. */
const homes = Array.from({ length: PARTITIONS }, (_, partition) => {
  for (let n = 0; ; n++) if (partitionOf(`i${n}`) === partition) return `i${n}`;
});

/** With a Redis that refuses what a cluster does: one command for keys of several slots. */
class ClusterLike extends Network {
  override async call(command: string, ...args: string[]): Promise<unknown> {
    const slots = new Set(args.slice(2, 2 + Number(args[1])).map((key) => /\{\d+\}/.exec(key)?.[0]));
    if (slots.size > 1) throw new Error("CROSSSLOT Keys in request don't hash to the same slot");
    return super.call(command, ...args);
  }
}

it.each([
  ["on one server, within two leases", Network, 2],
  ["in a cluster, within six leases", ClusterLike, 6],
] as const)("in whichever partition it is, %s", async (_, Way, leases) => {
  await using server = await startRedis();
  const redis = new Redis(server.port);
  for (const [n, home] of homes.entries()) {
    const made = (id: string) => new Instance(id, `watch-${n}`, new Way(redis, Math.random), () => {});
    const [survivor, dead] = [made("survivor"), made(home)];
    const pass = async (millis: number) => {
      for (let left = millis; left > 0; left -= 500) {
        for (const one of [survivor, dead]) one.pass(500);
        await setRedisClock(redis, survivor.clock.epochMillis());
        await settled([survivor.network, dead.network]);
      }
    };
    await pass(500);
    dead.progress.start("job", { id: "a" });
    await pass(1_000);
    dead.network.dead = true;
    await pass(leases * LEASE_MILLIS);
    const found = await redis.zcard(`watch-${n}:1:{${partitionOf(home)}}:leases`);
    expect([home, found]).toEqual([home, 0]);
  }
  redis.disconnect();
});
