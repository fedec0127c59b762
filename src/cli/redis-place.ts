// A fleet in Redis or Valkey as a place to ask. Its client is node-redis, an optional package: made here, and closed here.

import type { Duration } from "../model.js";
import { UsageError } from "./command.js";
import { EXIT, Failure } from "./failure.js";
import type { Opened } from "./sources.js";

export interface RedisPlace {
  readonly url: string;
  /** Of all keys of the fleet. @default that of createRedisSource */
  readonly prefix: string | undefined;
  /** Must be that of the fleet: who looks on for long may say who is dead. @default that of createRedisSource */
  readonly lease: string | undefined;
}

const MOST_RETRY_MILLIS = 3_000;

/** Connects once, and after that again whenever the connection breaks. Rejects with a Failure or UsageError. */
export async function openRedis({ url, prefix, lease }: RedisPlace): Promise<Opened> {
  const place = placeOf(url);
  const { createClient } = await nodeRedis();
  const { createRedisSource } = await import("../redis/index.js");
  let connected = false;
  const reconnectStrategy = (retries: number) => connected && Math.min(retries * 100, MOST_RETRY_MILLIS);
  const client = createClient({ url, socket: { reconnectStrategy } });
  // It wants somebody to listen; questions that have no answer say why themselves.
  client.on("error", () => {});
  const source = createRedisSource({ client, prefix, lease: lease as Duration | undefined });
  try {
    await client.connect();
  } catch (error) {
    throw new Failure(EXIT.unreachable, `${place} cannot be reached: ${(error as Error).message}`, error);
  }
  connected = true;
  return { source, place, close: async () => client.destroy() };
}

/** Without the password. */
function placeOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !/^rediss?:$/.test(url.protocol))
    throw new UsageError("--redis: expected an address such as redis://localhost:6379");
  url.username = url.password = "";
  return `the fleet at ${url.href}`;
}

async function nodeRedis(): Promise<typeof import("redis")> {
  try {
    return await import("redis");
  } catch (error) {
    throw new Failure(EXIT.failed, "--redis needs the package redis: npm install redis", error);
  }
}
