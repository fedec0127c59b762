// One partition of a real Redis, read while somebody writes faster than it is read.

import { afterAll, beforeAll, expect, it } from "vitest";
import { systemClock } from "../../src/clock.js";
import { type Run, runnerOf } from "../../src/redis/client.js";
import { Partition } from "../../src/redis/partition.js";
import { Keys } from "../../src/redis/schema.js";
import { type Script, script } from "../../src/redis/scripts/script.js";
import { type RedisServer, startRedis } from "../services/redis.js";
import { CLIENTS } from "./clients.js";

/** More than fit on a page. */
const OPERATIONS = 2_500;

/** KEYS meta cells changes; ARGV group, what its cell says: of every operation, each with a number of its own. */
const MOVE: Script = script(`
redis.call('HSET', KEYS[1], 'birth', 'b')
for n = 1, ${OPERATIONS} do
  local field = ARGV[1] .. 'm/' .. n
  redis.call('HSET', KEYS[2], field, (string.gsub(ARGV[2], '#', tostring(n))))
  redis.call('ZADD', KEYS[3], redis.call('HINCRBY', KEYS[1], 'seq', 1), field)
end
return 1`);
const ABOUT = '{"id":"#","type":"job","name":"job","instance":{"id":"m"}}';
const now = (current: number) =>
  `1 ${JSON.stringify({ status: "running", updatedAt: new Date(0).toISOString(), elapsedSeconds: 0, current })}`;

let redis: RedisServer;
beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis?.[Symbol.asyncDispose]());

it("is read to where it was when the reading began, however fast everything moves on", async () => {
  await using connected = await CLIENTS["node-redis"]([redis.port]);
  const run = runnerOf(connected.client);
  const keys = new Keys("p").partition(0);
  let pages = 0;
  const move = (group: string, json: string) => run(MOVE, [keys.meta, keys.cells, keys.changes], [group, json]);
  const moving: Run = async (...asked) => {
    if (++pages > 10) throw new Error("it is never done");
    const answer = await run(...asked);
    await move("n", now(pages));
    return answer;
  };
  await move("a", ABOUT);
  await move("n", now(0));
  const partition = new Partition({ run: moving, keys, clock: systemClock, damaged: () => expect.unreachable() });
  for (const _ of ["anew", "again"]) {
    const before = pages;
    expect((await partition.pull()).size).toBe(OPERATIONS);
    for (let n = 1; n <= OPERATIONS; n++)
      expect(partition.item(`m/${n}`)?.written?.current).toBeGreaterThanOrEqual(before);
  }
});
