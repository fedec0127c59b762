// The Redis clients of users, as the one thing we need of them: a script, run where its keys are. Nothing of a client is
// imported, and none is made, closed or configured here.

import { expectedButReceived } from "../errors.js";
import type { Script } from "./scripts/script.js";

/** `createClient()`, or a client pool, of node-redis. */
export interface NodeRedisClient {
  sendCommand(args: string[]): Promise<unknown>;
}
/** `createCluster()` of node-redis. */
export interface NodeRedisCluster {
  readonly masters: unknown;
  sendCommand(firstKey: string | undefined, isReadonly: boolean | undefined, args: string[]): Promise<unknown>;
}
/** `new Redis()` or `new Cluster()` of ioredis. */
export interface IoRedisClient {
  call(command: string, ...args: string[]): Promise<unknown>;
}
/** A connected client, or one that connects by itself. It stays yours to close. */
export type RedisClient = NodeRedisClient | NodeRedisCluster | IoRedisClient;

/** Runs a script. Rejects as the client does. */
export type Run = (script: Script, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

type Send = (firstKey: string, command: string[]) => Promise<unknown>;

/** Throws ProgressError INVALID_OPTION for what is no client. */
export function runnerOf(client: RedisClient): Run {
  const send = senderOf(client);
  return async (script, keys, args) => {
    const rest = [String(keys.length), ...keys, ...args.map(String)];
    try {
      return await send(keys[0]!, ["EVALSHA", script.sha1, ...rest]);
    } catch (error) {
      // Not seen yet by this node, or forgotten with everything else.
      if (!String((error as Error)?.message).startsWith("NOSCRIPT")) throw error;
      return send(keys[0]!, ["EVAL", script.text, ...rest]);
    }
  };
}

function senderOf(client: RedisClient): Send {
  if (typeof (client as IoRedisClient | undefined)?.call === "function")
    return (_, [command, ...args]) => (client as IoRedisClient).call(command!, ...args);
  if (typeof (client as NodeRedisClient | undefined)?.sendCommand !== "function")
    throw expectedButReceived("INVALID_OPTION", "client", "a client of node-redis or ioredis", client);
  if ("masters" in client) return (firstKey, command) => client.sendCommand(firstKey, false, command);
  return (_, command) => (client as NodeRedisClient).sendCommand(command);
}

/** Replies are strings, unless the client was told to give buffers. */
export const text = (value: unknown): string => (typeof value === "string" ? value : String(value ?? ""));
export const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(text) : []);
