// Work for an operation of another process, through Redis.

import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../services/polling.js";
import { type Stage, startStage } from "./stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());
const patience = { within: 20_000 };

it("counts where the operation is, by several at once, until they are done", async () => {
  await using fleet = await stage.story({ spans: undefined });
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
  await using fleet = await stage.story();
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

it("a cancel, from anywhere, reaches those who work for the operation", async () => {
  await using fleet = await stage.story({ spans: undefined });
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
  await using fleet = await stage.story({ spans: undefined });
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
  await using fleet = await stage.story({ spans: undefined });
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
  await using fleet = await stage.story({ spans: undefined });
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
