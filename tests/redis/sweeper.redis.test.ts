// A real cluster, which takes no command for all partitions.

import { expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { runnerOf } from "../../src/redis/client.js";
import { Keys } from "../../src/redis/schema.js";
import { ALL, Sweeper } from "../../src/redis/sweeper.js";
import { startRedisCluster } from "../services/redis.js";
import { CLUSTER_CLIENTS } from "./clients.js";

it("finds out that partitions are to be looked at one by one", async () => {
  await using cluster = await startRedisCluster();
  for (const name of ["node-redis", "ioredis"] as const) {
    await using connected = await CLUSTER_CLIENTS[name](cluster.ports);
    const options = { keys: new Keys("p"), clock: systemClock, leaseMillis: 1_000, ttlMillis: 1_000 };
    const sweeper = new Sweeper({ ...options, run: runnerOf(connected.client) });
    expect(sweeper.together).toBe(true);
    await expect(sweeper.look(ALL, "", 0)).rejects.toThrow(/slot/);
    expect(sweeper.together).toBe(false);
    for (const one of ALL) expect(await sweeper.look([one], "", 0)).toEqual({ suspects: [], orphans: [] });
  }
});
