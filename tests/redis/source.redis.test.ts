// The contract of every source, on the fleet: through both clients, alone and in a cluster, and behind a server.

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { type Clock, systemClock } from "../../src/clock.js";
import { createHttpSource } from "../../src/query/http-source.js";
import { serveProgress } from "../../src/query/node.js";
import { createRedisExporter, createRedisSource } from "../../src/redis/index.js";
import { createTestProgress } from "../../src/testing.js";
import { describeOperationSource, type Subject } from "../contracts/operation-source.js";
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from "../services/redis.js";
import { showOutputOnFailure } from "../services/server.js";
import { CLIENTS, CLUSTER_CLIENTS, type Connect } from "./clients.js";
import { withRedisClock } from "./redis-clock.js";

let redis: RedisServer;
let cluster: RedisCluster;
beforeAll(async () => {
  [redis, cluster] = [await startRedis(), await startRedisCluster()];
});
afterAll(async () => {
  await redis[Symbol.asyncDispose]();
  await cluster[Symbol.asyncDispose]();
});
afterEach(showOutputOnFailure);

const ALL = ["live", "watch", "history", "control"] as const;

interface Fleet extends Subject {
  /** Time passes for everybody, and the work does not come to say so. */
  block(millis: number): void;
}

/**
 * A fleet of one, with a client for each side as if they were two processes. What time it is, for them and for Redis, the test says;
 * timers are real.
 */
const fleet = (connect: Connect, ports: () => readonly number[]) => async (): Promise<Fleet> => {
  const [one, other] = [await connect(ports()), await connect(ports())];
  const test = createTestProgress({ limits: { finished: 2_000 } });
  const now = () => test.clock.epochMillis();
  const clock: Clock = { ...systemClock, epochMillis: now, monotonicMillis: () => test.clock.monotonicMillis() };
  const shared = { prefix: `test-${randomUUID()}`, lease: "1s", clock } as const;
  const client = withRedisClock(one.client, now);
  test.progress.addExporter(createRedisExporter({ ...shared, client, interval: 0 }));
  const source = createRedisSource({ ...shared, client: withRedisClock(other.client, now), pollInterval: 5 });
  return {
    block: (millis) => test.clock.block(millis),
    source,
    progress: test.progress,
    advance: async (millis) => test.clock.advance(millis),
    arrive: () => test.progress.forceFlush(),
    async [Symbol.asyncDispose]() {
      await test.progress.shutdown();
      await one[Symbol.asyncDispose]();
      await other[Symbol.asyncDispose]();
    },
  };
};

for (const name of ["node-redis", "ioredis"] as const) {
  describeOperationSource(
    `Redis with ${name}`,
    fleet(CLIENTS[name], () => [redis.port]),
    ALL,
  );
  describeOperationSource(
    `a Redis cluster with ${name}`,
    fleet(CLUSTER_CLIENTS[name], () => cluster.ports),
    ALL,
  );
}

describeOperationSource(
  "a server of a fleet",
  async () => {
    const subject = await fleet(CLIENTS["node-redis"], () => [redis.port])();
    const server = await serveProgress({ source: subject.source, port: 0, token: "a-token-for-tests", control: true });
    return {
      ...subject,
      source: createHttpSource({ url: server.url, token: "a-token-for-tests", control: true }),
      async [Symbol.asyncDispose]() {
        await server.close();
        await subject[Symbol.asyncDispose]();
      },
    };
  },
  ALL,
);

it("an operation whose process does not come to say so is stalled for those who read, when its time is up, and told to those who watch", async () => {
  await using subject = await fleet(CLIENTS["node-redis"], () => [redis.port])();
  const { progress, source } = subject;
  progress.start("job", { id: "other" });
  const op = progress.start("job", { id: "a", total: 10, stallTimeout: "30s" });
  op.increment();
  await subject.advance(2_000);
  op.increment();
  await subject.advance(100);
  await subject.arrive?.();
  const changes = source.watch()[Symbol.asyncIterator]();
  expect((await changes.next()).value).toMatchObject({ kind: "snapshot" });
  const change = changes.next();
  subject.block(29_000);
  expect(await source.get("a")).toMatchObject({ status: "running", elapsedSeconds: expect.closeTo(31.1, 6) });
  expect(await source.get("a")).not.toHaveProperty("stalled");
  subject.block(2_000);
  const stalled = { id: "a", status: "running", stalled: { seconds: expect.closeTo(31, 1), waitingOn: [] } };
  expect((await change).value).toMatchObject({ kind: "update", changed: [stalled], removed: [] });
  const seen = (await source.get("a"))!;
  expect(seen).toMatchObject(stalled);
  for (const name of ["eta", "rate"]) expect(seen).not.toHaveProperty(name);
  op.increment();
  await subject.advance(100);
  await subject.arrive?.();
  expect(await source.get("a")).toMatchObject({ current: 3 });
  expect(await source.get("a")).not.toHaveProperty("stalled");
  await changes.return?.();
});
