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

it("in whichever partition it is, within six leases", async () => {
  await using server = await startRedis();
  const redis = new Redis(server.port);
  for (const [n, home] of homes.entries()) {
    const made = (id: string) => new Instance(id, `watch-${n}`, new Network(redis, Math.random), () => {});
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
    await pass(6 * LEASE_MILLIS);
    const found = await redis.zcard(`watch-${n}:1:{${partitionOf(home)}}:leases`);
    expect([home, found]).toEqual([home, 0]);
  }
  redis.disconnect();
});
