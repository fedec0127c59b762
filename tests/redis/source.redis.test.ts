// The contract of every source, on the fleet: through both clients, alone and in a cluster, and behind a server.

import { randomUUID } from "node:crypto";
import { afterAll, afterEach, beforeAll } from "vitest";
import { createHttpSource } from "../../src/query/http-source.js";
import { serveProgress } from "../../src/query/node.js";
import { createRedisExporter, createRedisSource } from "../../src/redis/index.js";
import { createTestProgress } from "../../src/testing.js";
import { describeOperationSource, type Subject } from "../contracts/operation-source.js";
import { type RedisCluster, type RedisServer, startRedis, startRedisCluster } from "../services/redis.js";
import { showOutputOnFailure } from "../services/server.js";
import { CLIENTS, CLUSTER_CLIENTS, type Connect } from "./clients.js";

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

/** A fleet of one, with a client for each side as if they were two processes. */
const fleet = (connect: Connect, ports: () => readonly number[]) => async (): Promise<Subject> => {
  const [one, other] = [await connect(ports()), await connect(ports())];
  const prefix = `test-${randomUUID()}`;
  const test = createTestProgress({ limits: { finished: 2_000 } });
  test.progress.addExporter(createRedisExporter({ client: one.client, prefix, interval: 0, lease: "1s" }));
  const source = createRedisSource({ client: other.client, prefix, pollInterval: 5, lease: "1s" });
  return {
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
