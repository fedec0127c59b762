// A real Redis whose clock is turned by a test: scripts run as they are, apart from whom they ask for the time.

import type { RedisClient } from "../../src/redis/index.js";

/** The script, with an expression of Lua instead of the time. */
export function withTime(text: string, expression: string): string {
  return text.replace(/local t = redis\.call\('TIME'\)\n.*\n/, `return ${expression}\n`);
}

/** The client as it is, to a Redis whose clock shows this, in Unix milliseconds. */
export function withRedisClock(client: RedisClient, millis: () => number): RedisClient {
  const turned = (args: readonly unknown[]): unknown[] => {
    if (Array.isArray(args.at(-1))) return [...args.slice(0, -1), turned(args.at(-1) as unknown[])];
    const [command, script, ...rest] = args as string[];
    // Each time is another script: Redis need not know it.
    if (command === "EVALSHA") throw new Error("NOSCRIPT");
    return [command, withTime(script!, String(millis())), ...rest];
  };
  return new Proxy(client, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if ((name !== "call" && name !== "sendCommand") || value === undefined) return value;
      return (...args: unknown[]) => Reflect.apply(value as () => unknown, target, turned(args) as []);
    },
  });
}
