// Work for an operation of another process, through Redis.

import { Redis } from "ioredis";
import { afterAll, beforeAll, expect, it } from "vitest";
import { RedisCarriers } from "../../src/redis/carriers.js";
import { createRedisSource } from "../../src/redis/index.js";
import { Keys } from "../../src/redis/schema.js";
import type { Script } from "../../src/redis/scripts/script.js";
import { ManualClock } from "../../src/testing.js";
import { until } from "../services/polling.js";
import { Instance, LEASE_MILLIS, Network, setRedisClock, settled } from "./simulation.js";
import { type Stage, startStage } from "./stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());
const patience = { within: 20_000 };

it("counts where the operation is, by several at once, until they are done", async () => {
  await using fleet = await stage.story({ spans: undefined, handover: "0s" });
  const [owner, ...workers] = await Promise.all([fleet.member(), fleet.member(), fleet.member()]);
  await owner.ask("start", "a", { total: 10 });
  const carrier = await owner.ask("carrier", "a");
  for (const worker of workers) await worker!.ask("join", carrier, 3);
  const current = async () => (await fleet.source.get("a"))?.current;
  await until("what both did counts", current, (count) => count === 6, patience);
  await workers[0]!.ask("count", 1);
  await workers[0]!.ask("left");
  await workers[0]!.ask("flush");
  await owner.ask("flush");
  expect(await fleet.source.get("a")).toMatchObject({ current: 7, percentage: 70, status: "running" });
  await workers[1]!.ask("count", 3);
  await workers[1]!.ask("left");
  await workers[1]!.ask("flush");
  await owner.ask("flush");
  await owner.ask("tell", "a", "complete");
  await owner.ask("flush");
  expect(await fleet.source.get("a")).toMatchObject({ current: 10, status: "completed" });
  const of = (key: string) => stage.redis.cli("keys", `${fleet.prefix}:*:${key}:*`);
  await until(
    "nothing is left of that",
    () => of("shares") + of("holds"),
    (keys) => keys.trim() === "",
    patience,
  );
});

it("a producer that hands out work and exits is not lost while its workers go on; then it is", async () => {
  await using fleet = await stage.story({ handover: "0s" });
  const [owner, worker] = await Promise.all([fleet.member(), fleet.member()]);
  await owner.ask("start", "a", { total: 10 });
  await owner.ask("start", "b", { total: 10 });
  const carrier = await owner.ask("carrier", "a");
  await worker.ask("join", carrier, 3);
  await until(
    "it counts",
    () => fleet.source.get("a"),
    (a) => a?.current === 3,
    patience,
  );
  await owner.ask("quit");
  await until(
    "what nobody works on is lost",
    () => fleet.statuses(),
    (all) => all["b"] === "lost",
    patience,
  );
  expect(await fleet.statuses()).toEqual({ a: "running", b: "lost" });
  await worker.end();
  await until(
    "and now it is",
    () => fleet.statuses(),
    (all) => all["a"] === "lost",
    patience,
  );
});

it("a producer that hands out work and exits is not lost before its carrier has been taken, or has had its time", async () => {
  const redis = new Redis(stage.redis.port);
  const made = (id: string) => new Instance(id, "handover", new Network(redis, Math.random), () => {});
  const [producer, worker] = [made("producer"), made("worker")];
  const reading = new Network(redis, Math.random);
  const { clock } = worker;
  const source = createRedisSource({ client: reading, prefix: "handover", lease: LEASE_MILLIS, clock });
  const pass = async (millis: number) => {
    for (let left = millis; left > 0; left -= 500) {
      for (const one of [producer, worker]) one.pass(500);
      await setRedisClock(redis, clock.epochMillis());
      await settled([producer.network, worker.network, reading]);
    }
  };
  const seen = async () =>
    (await source.list({ sort: "updated" }))
      .map((one) => [one.id, "lastSeenAt" in one ? one.lastSeenAt : one.status])
      .sort();
  await setRedisClock(redis, clock.epochMillis());
  await pass(LEASE_MILLIS);
  const [taken, left] = ["taken", "left", "alone"].map((id) => producer.progress.start("job", { id }));
  const [carrier] = [taken!.carrier(), left!.carrier()];
  await pass(1_000);
  const exited = clock.epochMillis();
  producer.network.dead = true;
  await pass(40_000);
  const [[, last]] = (await seen()) as [[string, string]];
  expect(Math.abs(Date.parse(last) - exited)).toBeLessThanOrEqual(LEASE_MILLIS / 5);
  expect(await seen()).toEqual([
    ["alone", last],
    ["left", "running"],
    ["taken", "running"],
  ]);
  const level = worker.progress.join(carrier!, (scope) => scope.startLevel("part"));
  await pass(60_000);
  expect(await seen()).toEqual([
    ["alone", last],
    ["left", last],
    ["taken", "running"],
  ]);
  level.complete();
  await pass(30_000);
  const { taken: end } = Object.fromEntries(await seen()) as Record<string, string>;
  expect(end).toBe(last);
  redis.disconnect();
});

it("a carrier holds its operation also when Redis has forgotten it, and later than those before it", async () => {
  const redis = new Redis(stage.redis.port);
  const made = (id: string) => new Instance(id, "again", new Network(redis, Math.random), () => {});
  const [producer, survivor] = [made("producer"), made("survivor")];
  const reading = new Network(redis, Math.random);
  const { clock } = survivor;
  const source = createRedisSource({ client: reading, prefix: "again", lease: LEASE_MILLIS, clock });
  const pass = async (millis: number) => {
    for (let left = millis; left > 0; left -= 500) {
      for (const one of [producer, survivor]) one.pass(500);
      await setRedisClock(redis, clock.epochMillis());
      await settled([producer.network, survivor.network, reading]);
    }
  };
  const statuses = async () => Object.fromEntries((await source.list()).map(({ id, status }) => [id, status]));
  await setRedisClock(redis, clock.epochMillis());
  const [again, forgotten, late] = ["again", "forgotten", "late"].map((id) => producer.progress.start("job", { id }));
  again!.carrier();
  late!.carrier();
  await pass(60_500);
  again!.carrier();
  forgotten!.carrier();
  await pass(1_000);
  const holds = () =>
    redis.keys("again:*:holds:*").then(async ([key]) => Object.keys(await redis.hgetall(key!)).sort());
  expect(await holds()).toEqual(["/again", "/forgotten"]);
  await redis.del(...(await redis.keys("again:*")));
  await pass(5_000);
  expect(await holds()).toEqual(["/again", "/forgotten"]);
  producer.network.dead = true;
  await pass(40_000);
  expect(await statuses()).toEqual({ again: "running", forgotten: "running", late: "lost" });
  await pass(30_000);
  expect(await statuses()).toEqual({ again: "lost", forgotten: "lost", late: "lost" });
  redis.disconnect();
});

it("a carrier that is made when those before it have had their time is not taken away with them", async () => {
  const clock = new ManualClock();
  const answers = [[0, [], [], ["/a"]]];
  const calls: string[] = [];
  const run = (_: Script, __: readonly string[], args: readonly (string | number)[]) => {
    calls.push(args.join(" "));
    return Promise.resolve(answers.shift() ?? [0, [], [], []]);
  };
  const none = () => {};
  const millis = { leaseMillis: 1, beatMillis: 1, pollMillis: 1_000, ttlMillis: 9, handoverMillis: 60_000 };
  const own = { run, keys: new Keys("p"), clock, prefix: "p", home: "one", failed: none, late: none };
  const carriers = new RedisCarriers({ ...own, ...millis });
  const link = carriers.own({ operationId: "a", key: "", receive: none, vanished: none });
  await carriers.collect();
  link.handedOut!();
  await carriers.collect();
  expect(calls).toEqual(["0", "/a a  1 60000 9", "0"]);
  await carriers.close();
});

it("a cancel, from anywhere, reaches those who work for the operation", async () => {
  await using fleet = await stage.story({ spans: undefined, handover: "0s" });
  const [owner, worker] = await Promise.all([fleet.member(), fleet.member()]);
  await owner.ask("start", "a", { total: 10 });
  await worker.ask("join", await owner.ask("carrier", "a"), 3);
  await owner.ask("flush");
  expect(await fleet.source.requestCancel("a", "enough")).toBe(true);
  expect(await owner.ask("aborted", "a")).toBe(true);
  await until(
    "the worker is told",
    () => worker.ask<boolean>("stopped"),
    (stopped) => stopped,
    patience,
  );
});

it("a worker that is killed has what it counted counted, and holds nothing any more", async () => {
  await using fleet = await stage.story({ spans: undefined, handover: "0s" });
  const [owner, worker] = await Promise.all([fleet.member(), fleet.member()]);
  await owner.ask("start", "a", { total: 10 });
  await worker.ask("join", await owner.ask("carrier", "a"), 3);
  await until(
    "it counts",
    () => fleet.source.get("a"),
    (a) => a?.current === 3,
    patience,
  );
  await worker.end();
  const holds = () => stage.redis.cli("keys", `${fleet.prefix}:*:holds:*`).trim();
  await until("it holds nothing", holds, (keys) => keys === "", patience);
  expect(await fleet.source.get("a")).toMatchObject({ current: 3, status: "running" });
});

it("an id that is used again is another operation: its writers are not told that the one before has ended", async () => {
  await using fleet = await stage.story({ spans: undefined, handover: "0s" });
  const [owner, worker] = await Promise.all([fleet.member(), fleet.member()]);
  for (const items of [3, 4]) {
    await owner.ask("start", "a", { total: 10 });
    await worker.ask("join", await owner.ask("carrier", "a"), items);
    await worker.ask("flush");
    await worker.ask("left");
    await worker.ask("flush");
    await owner.ask("flush");
    expect(await fleet.source.get("a")).toMatchObject({ current: items, status: "running" });
    await owner.ask("tell", "a", "complete");
    await owner.ask("flush");
  }
  expect([await owner.ask("losses"), await worker.ask("losses")]).toEqual([{}, {}]);
});

it("what comes after the end is counted where the operation was", async () => {
  await using fleet = await stage.story({ spans: undefined, handover: "0s" });
  const [owner, worker] = await Promise.all([fleet.member(), fleet.member()]);
  await owner.ask("start", "a", { total: 10 });
  const carrier = await owner.ask("carrier", "a");
  await owner.ask("tell", "a", "complete");
  await worker.ask("join", carrier, 3);
  await worker.ask("flush");
  await until(
    "it is counted",
    () => owner.ask<Record<string, number>>("losses"),
    (losses) => losses["late_updates"]! > 0,
    patience,
  );
  await until(
    "nothing is left of it",
    () => stage.redis.cli("keys", `${fleet.prefix}:*:shares:*`).trim(),
    (keys) => keys === "",
    patience,
  );
});
