// The scripts by themselves, where it depends on more than one thing at once whether they do anything.

import { Redis } from "ioredis";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Run, runnerOf, texts } from "../../src/redis/client.js";
import { Keys, partitionOf } from "../../src/redis/schema.js";
import { CLAIM } from "../../src/redis/scripts/claim.js";
import { FLUSH } from "../../src/redis/scripts/flush.js";
import { LOOK } from "../../src/redis/scripts/look.js";
import { PULL } from "../../src/redis/scripts/pull.js";
import { SEND } from "../../src/redis/scripts/send.js";
import { VERSIONS } from "../../src/redis/scripts/versions.js";
import { until } from "../services/polling.js";
import { type RedisServer, startRedis } from "../services/redis.js";

const HOUR = 3_600_000;
const keys = new Keys("test");
const shared = keys.partition(partitionOf("i"));
const own = keys.instance("i");
let server: RedisServer;
let redis: Redis;
let run: Run;
beforeAll(async () => {
  server = await startRedis();
  redis = new Redis(server.port);
  run = runnerOf(redis);
});
afterAll(async () => {
  redis.disconnect();
  await server[Symbol.asyncDispose]();
});
beforeEach(() => redis.flushall());

const now = async () => {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
};
type Entry = readonly [id: string, what: string, epoch: number, ...cells: string[]];

interface Write {
  readonly number: number;
  readonly acknowledged?: number;
  readonly birth?: string;
  readonly lease?: number;
  readonly open?: number;
  readonly claims?: number;
  readonly kept?: number;
  readonly age?: number;
}
async function flush(write: Write, ...entries: Entry[]): Promise<unknown[]> {
  const { number, acknowledged = 0, birth = "", lease = 10_000, open = 1, claims = 0, kept = 100, age = HOUR } = write;
  const { meta, cells, changes, gone, leases, terms, ended } = shared;
  const { writer, open: opened, claimed, inbox } = own;
  const all = [meta, cells, changes, gone, leases, terms, ended, writer, opened, claimed, inbox];
  const head = ["i", number, acknowledged, lease, open, `birth-${number}`, birth, claims, kept, age, 2 * HOUR];
  const body = entries.flatMap(([id, what, epoch, ...rest]) => [id, what, epoch, rest.length / 2, ...rest]);
  return (await run(FLUSH, all, [...head, entries.length, ...body])) as unknown[];
}
async function claim({ looked, within = 5_000, up = 0 }: { looked?: number; within?: number; up?: number } = {}) {
  const { meta, cells, changes, leases, terms, ended, orphans } = shared;
  const all = [meta, cells, changes, leases, terms, ended, orphans, own.open, own.claimed, own.holds];
  return texts(await run(CLAIM, all, ["i", looked ?? (await now()), within, up, HOUR])).sort();
}
const pull = (birth = "", since = 0, page = 100) =>
  run(PULL, [shared.meta, shared.cells, shared.changes, shared.gone], [birth, since, page]) as Promise<unknown[]>;
const about = (id: string): Entry => [id, "O", 1, "a", `{"id":"${id}"}`, "n", "{}"];

describe("a write", () => {
  it("that comes after a newer one does nothing", async () => {
    await flush({ number: 2 }, ["a", "O", 1, "n", "new"]);
    expect(await flush({ number: 1 }, ["a", "O", 1, "n", "old"])).toEqual(["stale"]);
    expect(await redis.hget(shared.cells, "ni/a")).toMatch(/^\d{13} new$/);
  });

  it("says that something was forgotten until that was heard, and to everybody in the partition once", async () => {
    const [, birth] = await flush({ number: 1 }, about("a"));
    await redis.flushall();
    const [first, fresh] = await flush({ number: 2, acknowledged: 1, birth: String(birth) });
    const [second, same] = await flush({ number: 3, acknowledged: 1, birth: String(birth) });
    expect([first, second, same]).toEqual(["forgot", "forgot", fresh]);
    expect((await flush({ number: 4, acknowledged: 3, birth: String(fresh) }))[0]).toBe("ok");
    await redis.hset(own.writer, "n", "2");
    const [older, another] = await flush({ number: 5, acknowledged: 4, birth: String(fresh) });
    expect([older, another === fresh]).toEqual(["forgot", false]);
  });

  it("renews the lease while something is open, and gives it back when nothing is", async () => {
    await flush({ number: 1, lease: 5_000 }, about("a"));
    const lease = Number(await redis.zscore(shared.leases, "i"));
    expect(Math.abs(lease - (await now()) - 5_000)).toBeLessThan(1_000);
    await flush({ number: 2, open: 0 }, ["a", "E", 1, "n", "{}"]);
    expect([await redis.zcard(shared.leases), await redis.exists(shared.terms)]).toEqual([0, 0]);
  });

  it("trims the history by count and by age, and tells readers what is gone", async () => {
    for (let n = 1; n <= 5; n++) await flush({ number: n, kept: 3 }, [`e${n}`, "E", 1, "a", "{}", "n", "{}"]);
    expect(await redis.zrange(shared.ended, "0", "-1")).toEqual(["i/e3", "i/e4", "i/e5"]);
    const [birth, , , , , , , removed] = await pull("birth-1", 1);
    expect([birth, removed]).toEqual(["birth-1", ["i/e1", "i/e2"]]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    await flush({ number: 6, age: 1 });
    expect([await redis.zcard(shared.ended), await redis.hlen(shared.cells)]).toEqual([0, 0]);
  });

  it("leaves no key that lives for ever", async () => {
    await flush({ number: 1 }, about("a"), ["b", "E", 1, "n", "{}"]);
    await run(SEND, [own.open, own.inbox], ["a", "message", 10_000]);
    await flush({ number: 2, lease: 1 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    await claim();
    for (const key of await redis.keys("*")) expect([key, (await redis.pttl(key)) > 0]).toEqual([key, true]);
  });
});

describe("a claim", () => {
  const dead = async () => {
    await flush({ number: 1, lease: 1 }, about("a"), about("b"), ["c", "E", 1, "n", "{}"]);
    await new Promise((resolve) => setTimeout(resolve, 10));
  };

  it("makes lost what is open, once, and refuses what its owner still writes about it", async () => {
    await dead();
    expect([await claim(), await claim()]).toEqual([["a", "b"], []]);
    const [, , claims] = await flush({ number: 2 }, ["a", "o", 1, "n", "late"], ["a2", "O", 1, "n", "new"]);
    expect(texts(claims).sort()).toEqual(["2", "2", "a", "b"]);
    expect(await redis.hmget(shared.cells, "ni/a", "ni/a2")).toEqual([
      expect.stringMatching(/^\d{13} \{\}$/),
      expect.stringMatching(/^\d{13} new$/),
    ]);
    expect(Number(await redis.hget(shared.cells, "xi/a"))).toBeGreaterThan(Date.UTC(2020));
    await flush({ number: 3, claims: 2 }, ["a", "O", 2, "a", "{}", "n", "again"]);
    expect(await redis.hmget(shared.cells, "ni/a", "xi/a")).toEqual([expect.stringMatching(/^\d{13} again$/), null]);
  });

  it("does nothing when the lease is good, time has passed since the look or run back, or Redis is younger than a lease", async () => {
    await flush({ number: 1 }, about("a"));
    expect(await claim()).toEqual([]);
    await redis.del(own.writer);
    await dead();
    expect(await claim({ looked: (await now()) - 60_000 })).toEqual([]);
    expect(await claim({ looked: (await now()) + 60_000 })).toEqual([]);
    expect(await claim({ up: 24 * HOUR })).toEqual([]);
    expect(await claim()).toEqual(["a", "b"]);
  });

  it("leaves alone what somebody else holds, until he does not", async () => {
    await dead();
    await redis.hset(own.holds, "w/a", String((await now()) + 200));
    expect(await claim()).toEqual(["b"]);
    const leases = await redis.zscore(shared.leases, "i");
    expect(Number(leases)).toBe(Number(await redis.hget(own.holds, "w/a")));
    await until(
      "he does not",
      () => claim(),
      (ids) => ids.length > 0,
      { every: 20 },
    );
    expect(await redis.smembers(own.open)).toEqual([]);
  });

  it("of an instance that has more open than one call takes is finished by the next", async () => {
    const many = Array.from({ length: 700 }, (_, n) => about(`op${n}`));
    await flush({ number: 1, lease: 1 }, ...many);
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect([(await claim()).length, (await claim()).length, (await claim()).length]).toEqual([500, 200, 0]);
  });
});

describe("a look", () => {
  it("shortens leases that end later than they can: the clock was set back", async () => {
    await flush({ number: 1, lease: 10_000 }, about("a"));
    await redis.zadd(shared.leases, (await now()) + 24 * HOUR, "i");
    const { leases, terms, orphans } = shared;
    await run(LOOK, [leases, terms, orphans], ["", 0]);
    expect(Number(await redis.zscore(leases, "i")) - (await now())).toBeLessThanOrEqual(10_000);
  });

  it("gives spans to everybody but the one whose they were", async () => {
    const { leases, terms, orphans } = shared;
    await redis.rpush(orphans, "1 i {}", "2 j {}", "3 i {}");
    const spans = async (me: string) => texts(((await run(LOOK, [leases, terms, orphans], [me, 5])) as unknown[])[2]);
    expect([await spans("i"), await spans("k"), await spans("k")]).toEqual([["2 j {}"], ["1 i {}", "3 i {}"], []]);
  });
});

describe("reading", () => {
  it("goes page by page, none of which tears what was written at once", async () => {
    for (let n = 1; n <= 4; n++) await flush({ number: n }, about(`x${n}`), about(`y${n}`));
    const pages: string[][] = [];
    for (let [birth, seq, more] = ["", 0, 1]; more === 1; ) {
      const page = await pull(birth as string, seq as number, 5);
      [birth, seq, more] = [page[0] as string, page[1] as number, page[3] as number];
      pages.push(texts(page[5]));
    }
    expect(pages.map(({ length }) => length)).toEqual([8, 8]);
    expect(new Set(pages.flat()).size).toBe(16);
  });

  it("begins anew for who comes from elsewhere, is ahead, or behind what is remembered", async () => {
    await flush({ number: 1 }, about("a"));
    const anew = async (birth: string, since: number) => (await pull(birth, since))[4];
    expect([await anew("other", 1), await anew("birth-1", 7), await anew("birth-1", 1)]).toEqual([1, 1, 0]);
    await redis.hset(shared.meta, { seq: 9, floor: 5 });
    expect([await anew("birth-1", 4), await anew("birth-1", 5)]).toEqual([1, 0]);
  });
});

it("messages wait for an instance only while the operation is open, and no more than a thousand", async () => {
  await flush({ number: 1 }, about("a"));
  const send = (id: string) => run(SEND, [own.open, own.inbox], [id, "m", 10_000]);
  expect(await send("b")).toBe(0);
  for (let n = 0; n < 1_000; n++) expect(await send("a")).toBe(1);
  expect(await send("a")).toBe(0);
  const [, , , messages] = await flush({ number: 2 });
  expect([texts(messages).length, await redis.llen(own.inbox)]).toEqual([100, 900]);
});

it("versions in use are those said within the time asked for", async () => {
  const say = (version: string | number) => run(VERSIONS, [keys.versions], [version, HOUR]);
  await say(1);
  await redis.zadd(keys.versions, (await now()) - 2 * HOUR, "0");
  expect([await say(""), await say(2), await redis.zcard(keys.versions)]).toEqual([["1"], ["1", "2"], 2]);
});
