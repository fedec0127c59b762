// The clients that users have, for the tests against real servers.

import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import type { RedisClient } from "../../src/redis/index.js";

interface Connected extends AsyncDisposable {
  readonly client: RedisClient;
}
export type Connect = (ports: readonly number[]) => Promise<Connected>;

/** What they say about a server that is away is not the matter of most tests. */
const ignore = () => {};

export const CLIENTS: Readonly<Record<"node-redis" | "ioredis", Connect>> = {
  "node-redis": async ([port]) => {
    const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 50 } });
    client.on("error", ignore);
    await client.connect();
    return { client, [Symbol.asyncDispose]: async () => client.destroy() };
  },
  ioredis: async ([port]) => {
    const client = new Redis(port!, { retryStrategy: () => 50 });
    client.on("error", ignore);
    return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
  },
};

export const CLUSTER_CLIENTS: Readonly<Record<"node-redis" | "ioredis", Connect>> = {
  "node-redis": async (ports) => {
    const client = createCluster({ rootNodes: ports.map((port) => ({ url: `redis://127.0.0.1:${port}` })) });
    client.on("error", ignore);
    await client.connect();
    return { client, [Symbol.asyncDispose]: async () => client.destroy() };
  },
  ioredis: async (ports) => {
    const client = new Cluster(ports.map((port) => ({ host: "127.0.0.1", port })));
    client.on("error", ignore);
    return { client, [Symbol.asyncDispose]: async () => client.disconnect() };
  },
};
