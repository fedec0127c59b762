// Processes that die, and one that only seemed to: real ones, with a real Redis.

import { afterAll, beforeAll, expect, it } from "vitest";
import { until } from "../services/polling.js";
import { spansIn } from "./members.js";
import { type Stage, startStage } from "./stage.js";

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());
const story = () => stage.story();

const patience = { within: 20_000 };

it("F23: tells what a killed process was doing as lost, once, however many look; a survivor ends its spans", async () => {
  await using fleet = await story();
  const [dead, ...others] = await Promise.all([fleet.member(), fleet.member(), fleet.member()]);
  for (const other of others) await other!.ask("look");
  await dead!.ask("start", "a", { total: 4 });
  await dead!.ask("start", "b");
  await dead!.ask("tell", "a", "increment", 3);
  await dead!.ask("tell", "b", "complete");
  await others[0]!.ask("start", "c");
  await dead!.ask("flush");
  const killed = Date.now();
  await dead!.end();
  await until(
    "a is lost",
    () => fleet.statuses(),
    (all) => all["a"] === "lost",
    patience,
  );
  expect(await fleet.statuses()).toEqual({ a: "lost", b: "completed", c: "running" });
  const lost = await fleet.source.get("a");
  expect(lost).toMatchObject({ current: 3, total: 4, percentage: 75, instance: { pid: dead!.pid } });
  expect(Math.abs(Date.parse((lost as { lastSeenAt: string }).lastSeenAt) - killed)).toBeLessThan(2_000);

  const told = async () => (await Promise.all(others.map((other) => other!.ask<string[]>("lost")))).flat();
  await until("a survivor has told it", told, (ids) => ids.length > 0, { within: 90_000 });
  const ended = () => spansIn(fleet.spans).filter(({ id }) => id === "a");
  await until("its span has ended", ended, (spans) => spans.length > 0, patience);
  expect(await told()).toEqual(["a"]);
  expect(ended()).toMatchObject([{ status: "lost" }]);
  expect(ended()[0]!.pid).not.toBe(dead!.pid);
});

it("tells what was lost also where nobody records spans", async () => {
  await using fleet = await stage.story({ spans: undefined });
  const [dead, other] = await Promise.all([fleet.member(), fleet.member()]);
  await other.ask("look");
  await dead.ask("start", "a");
  await dead.ask("flush");
  await dead.end();
  await until(
    "a is lost",
    () => fleet.statuses(),
    (all) => all["a"] === "lost",
    patience,
  );
  const told = () => other.ask<string[]>("lost");
  await until("the survivor has told it", told, (ids) => ids.length > 0, { within: 90_000 });
  expect(await told()).toEqual(["a"]);
});

it("a stopped process that comes back finds itself claimed and yields: no span ends twice, and its late writes change nothing", async () => {
  await using fleet = await story();
  const [stopped, other] = await Promise.all([fleet.member(), fleet.member()]);
  await other!.ask("look");
  await stopped!.ask("start", "a", { total: 4 });
  await stopped!.ask("start", "short");
  await stopped!.ask("flush");
  stopped!.signal("SIGSTOP");
  await until(
    "a is lost",
    () => fleet.statuses(),
    (all) => all["a"] === "lost" && all["short"] === "lost",
    patience,
  );
  const ended = stopped!.ask("tell", "a", "complete");
  stopped!.signal("SIGCONT");
  await ended;
  await stopped!.ask("start", "new");
  await stopped!.ask("tell", "new", "complete");
  await stopped!.ask("flush");
  await stopped!.ask("tell", "short", "complete");
  await stopped!.ask("flush");
  expect(await stopped!.ask("losses")).toMatchObject({ operations_claimed: 2 });
  expect(await fleet.statuses()).toEqual({ a: "lost", short: "lost", new: "completed" });
  const spans = () => spansIn(fleet.spans).filter(({ id }) => id === "a" || id === "short");
  await until("the other has ended the spans", spans, (all) => all.length === 2, { within: 90_000 });
  expect(
    spans()
      .map(({ pid, id, status }) => [pid, id, status])
      .sort(),
  ).toEqual([
    [other!.pid, "a", "lost"],
    [other!.pid, "short", "lost"],
  ]);
  expect(spansIn(fleet.spans).filter(({ id }) => id === "new")).toMatchObject([
    { pid: stopped!.pid, status: "completed" },
  ]);
});

it("the same id may run again where it was lost, and elsewhere", async () => {
  await using fleet = await story();
  const [stopped, other] = await Promise.all([fleet.member(), fleet.member()]);
  await other!.ask("look");
  await stopped!.ask("start", "a");
  await stopped!.ask("flush");
  stopped!.signal("SIGSTOP");
  await until(
    "a is lost",
    () => fleet.statuses(),
    (all) => all["a"] === "lost",
    patience,
  );
  stopped!.signal("SIGCONT");
  await stopped!.ask("flush");
  await stopped!.ask("tell", "a", "complete");
  await stopped!.ask("start", "a");
  await stopped!.ask("flush");
  expect(await fleet.statuses()).toEqual({ a: "running" });
  await stopped!.ask("tell", "a", "complete");
  await stopped!.ask("flush");
  await other!.ask("start", "a");
  await other!.ask("flush");
  expect([await fleet.statuses(), (await fleet.source.get("a"))!.instance.pid]).toEqual([{ a: "running" }, other!.pid]);
});

it("a process that shuts down leaves its history, and is not taken for dead", async () => {
  await using fleet = await story();
  const member = await fleet.member();
  await member.ask("start", "a");
  await member.ask("tell", "a", "complete", { rows: 3 });
  await member.ask("quit");
  expect(await fleet.source.get("a")).toMatchObject({ status: "completed", summary: { rows: 3 } });
  expect(stage.redis.cli("keys", `${fleet.prefix}:*:leases`)).toBe("\n");
});
