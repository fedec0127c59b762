// A Lua script with the digest that Redis knows it by. Scripts run where their keys are, at once and undisturbed: they are for
// what must not be torn apart, and for nothing else.

import { createHash } from "node:crypto";

export interface Script {
  readonly text: string;
  readonly sha1: string;
}

export function script(...parts: readonly string[]): Script {
  const text = parts.join("\n");
  return { text, sha1: createHash("sha1").update(text).digest("hex") };
}

/** Unix milliseconds of Redis, by which every lease is measured. */
export const NOW = `
local function clock()
  local t = redis.call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end
local now = clock()`;

/** Keeps a key for at least so long. */
export const KEEP = `
local function keep(key, ttl)
  if redis.call('PTTL', key) < ttl then redis.call('PEXPIRE', key, ttl) end
end`;
