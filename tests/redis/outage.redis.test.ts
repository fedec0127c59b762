// Redis away, empty, slow or cut off: the work goes on, nothing is claimed that is alive, and the view is complete again.

import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, it } from "vitest";
import { createProgress, type Operation, type Progress } from "../../src/index.js";
import {
  createRedisExporter,
  createRedisSource,
  type NodeRedisClient,
  type RedisSource,
} from "../../src/redis/index.js";
import { until } from "../services/polling.js";
import { type RedisServer, startRedis } from "../services/redis.js";
import { showOutputOnFailure } from "../services/server.js";
import { type SlowProxy, startSlowProxy } from "../services/slow-proxy.js";
import { CLIENTS } from "./clients.js";

afterEach(showOutputOnFailure);

const LEASE_MILLIS = 2_000;
/** So long may it take until all is seen again, after Redis is back: two heartbeats, and what clients take to connect. */
const SOON = { within: 10_000, every: 20 };

interface Scene extends AsyncDisposable {
  readonly redis: RedisServer;
  readonly prefix: string;
  /** Between the owner and Redis; the reader has none. */
  readonly proxy: SlowProxy;
  readonly progress: Progress;
  readonly source: RedisSource;
  readonly ops: readonly Operation[];
  /** Writes so far that arrived. */
  writes(): number;
  /** The reader sees what the owner sees, apart from what time alone changes. */
  agree(): Promise<void>;
}

/** Whether it was claimed by mistake shows in the fleet and in the losses. */
async function scene(client: keyof typeof CLIENTS, keep = false): Promise<Scene> {
  const redis = await startRedis({ keep });
  const proxy = await startSlowProxy(redis.port);
  const [writing, reading] = [await CLIENTS[client]([proxy.port]), await CLIENTS[client]([redis.port])];
  const prefix = `test-${randomUUID()}`;
  const progress = createProgress();
  progress.addExporter(createRedisExporter({ client: writing.client, prefix, lease: LEASE_MILLIS, interval: 20 }));
  const source = createRedisSource({ client: reading.client, prefix, lease: LEASE_MILLIS, pollInterval: 50 });
  const ops = Array.from({ length: 20 }, (_, n) => progress.start("job", { id: `op-${n}`, total: 1_000_000 }));
  for (let n = 0; n < 10; n++) progress.start("job", { id: `done-${n}` }).complete();
  const core = (all: readonly { id: string; status: string; current?: number }[]) =>
    all.map(({ id, status, current }) => `${id} ${status} ${current}`).sort();
  const looking = new AbortController();
  void (async () => {
    for await (const _ of source.watch({}, { signal: looking.signal }));
  })();
  return {
    redis,
    prefix,
    proxy,
    progress,
    source,
    ops,
    writes() {
      const key = redis.cli("keys", `${prefix}:*:writer:*`).trim();
      return Number(redis.cli("hget", key, "n"));
    },
    async agree() {
      await until(
        "the reader sees what the owner sees",
        async () => [core(await source.list({ limit: 1_000 })), core(progress.live.list({ limit: 1_000 }))].map(String),
        ([seen, is]) => seen === is,
        SOON,
      );
    },
    async [Symbol.asyncDispose]() {
      looking.abort();
      await progress.shutdown();
      for (const one of [writing, reading, proxy, redis]) await one[Symbol.asyncDispose]();
    },
  };
}

const move = (ops: readonly Operation[]) => {
  for (const op of ops) op.increment();
};

it.each(["node-redis", "ioredis"] as const)(
  "%s: Redis stopped for longer than a lease, and back empty: everything is seen again, and nothing was lost",
  async (client) => {
    await using fleet = await scene(client);
    move(fleet.ops);
    await fleet.agree();
    await fleet.redis.server.stop();
    const end = Date.now() + 1.5 * LEASE_MILLIS;
    let updates = 0;
    for (; Date.now() < end; updates++) {
      move(fleet.ops);
      if (updates % 1_000 === 0) await sleep(1);
    }
    fleet.ops[0]!.complete();
    fleet.progress.start("job", { id: "new" });
    expect(updates).toBeGreaterThan(10_000);
    await fleet.redis.server.start();
    await fleet.agree();
    move(fleet.ops);
    await sleep(1.5 * LEASE_MILLIS);
    await fleet.agree();
    const { losses } = fleet.progress.live.stats();
    expect({ ...losses, exports_failed: undefined }).toEqual({ late_updates: 1 });
  },
);

it("restarted with what it had, and the leases in it run out: nothing is claimed", async () => {
  await using fleet = await scene("node-redis", true);
  move(fleet.ops);
  await fleet.agree();
  await fleet.redis.server.stop();
  await sleep(1.5 * LEASE_MILLIS);
  await fleet.redis.server.start();
  move(fleet.ops);
  await fleet.agree();
  await sleep(1.5 * LEASE_MILLIS);
  await fleet.agree();
  expect(fleet.progress.live.stats().losses["operations_claimed"]).toBe(undefined);
});

it("stopped in the middle of everything for longer than a lease, as a machine is that swaps: nothing is claimed", async () => {
  await using fleet = await scene("node-redis");
  await fleet.agree();
  await sleep(1.5 * LEASE_MILLIS);
  for (let time = 0; time < 2; time++) {
    fleet.redis.server.kill("SIGSTOP");
    // The owner comes back later than those who look.
    fleet.proxy.hanging = true;
    move(fleet.ops);
    await sleep(1.5 * LEASE_MILLIS);
    fleet.redis.server.kill("SIGCONT");
    await sleep(LEASE_MILLIS / 2);
    fleet.proxy.hanging = false;
    await fleet.agree();
    await sleep(1.2 * LEASE_MILLIS);
  }
  expect(fleet.progress.live.stats().losses["operations_claimed"]).toBe(undefined);
});

it.each(["node-redis", "ioredis"] as const)(
  "%s: connections that are cut again and again, with writes on their way: nothing is lost",
  async (client) => {
    await using fleet = await scene(client);
    fleet.proxy.delayMillis = 5;
    for (let time = 0; time < 40; time++) {
      move(fleet.ops);
      if (time % 10 === 0) fleet.progress.start("job", { id: `more-${time}` });
      await sleep(30);
      fleet.proxy.cut();
    }
    await fleet.agree();
    expect(fleet.progress.live.stats().losses["operations_claimed"]).toBe(undefined);
  },
);

it("a slow Redis has one write at a time under way, with the latest of each", async () => {
  await using fleet = await scene("node-redis");
  await fleet.agree();
  const before = fleet.writes();
  fleet.proxy.delayMillis = 150;
  for (let time = 0; time < 200; time++) {
    move(fleet.ops);
    await sleep(10);
  }
  fleet.proxy.delayMillis = 0;
  await fleet.agree();
  expect(fleet.ops[0]!.snapshot().current).toBe(200);
  expect(fleet.writes() - before).toBeLessThan(30);
});

it("a question that Redis does not answer fails in time, and the next one is answered", async () => {
  await using fleet = await scene("node-redis");
  await fleet.agree();
  fleet.redis.server.kill("SIGSTOP");
  await expect(fleet.source.list()).rejects.toMatchObject({
    code: "SOURCE_FAILED",
    message: expect.stringMatching(/^Redis: no answer within 5000 ms$/),
  });
  fleet.redis.server.kill("SIGCONT");
  expect((await fleet.source.list({ limit: 1_000 })).length).toBe(30);
});

it("a question that takes many answers, each in time, is answered, however long all of them take", async () => {
  await using fleet = await scene("node-redis");
  await fleet.agree();
  await using connected = await CLIENTS["node-redis"]([fleet.redis.port]);
  let before: Promise<unknown> = Promise.resolve();
  const client = {
    sendCommand(args: string[]): Promise<unknown> {
      const answer = before.then(() => sleep(60)).then(() => (connected.client as NodeRedisClient).sendCommand(args));
      before = answer.catch(() => {});
      return answer;
    },
  };
  const source = createRedisSource({ client, prefix: fleet.prefix, lease: LEASE_MILLIS, timeout: 1_000 });
  const asked = performance.now();
  expect((await source.list({ limit: 1_000 })).length).toBe(30);
  expect(performance.now() - asked).toBeGreaterThan(1_000);
});
