// Many processes with many operations that move all the time: in the end a reader has what all of them have, exactly.
// FLEET_PROCESSES=50 is the whole of it, for a machine that carries fifty processes.

import { afterAll, beforeAll, expect, it } from "vitest";
import type { Change, Snapshot } from "../../src/model.js";
import { until } from "../services/polling.js";
import type { Member } from "./members.js";
import { type Stage, startStage } from "./stage.js";

const PROCESSES = Number(process.env["FLEET_PROCESSES"] ?? 6);
const OPERATIONS = 200;
const PER_SECOND = 10;
const MOVING_MILLIS = 3_000;

let stage: Stage;
beforeAll(async () => {
  stage = await startStage();
});
afterAll(() => stage?.[Symbol.asyncDispose]());

type State = Map<string, Snapshot>;

function apply(state: State, change: Change): void {
  if (change.kind === "snapshot") state.clear();
  for (const one of change.kind === "snapshot" ? change.operations : change.changed) state.set(one.id, one);
  for (const id of change.kind === "snapshot" ? [] : change.removed) state.delete(id);
}

it("F23: a reader of many processes, whose operations move all the time, has the union of their states", async () => {
  // A busy machine is no dead one.
  await using fleet = await stage.story({ spans: undefined, lease: "30s" });
  const members: Member[] = [];
  for (let n = 0; n < PROCESSES; n++) members.push(await fleet.member());
  const [seen, watching] = [new Map<string, Snapshot>(), new AbortController()];
  let back = 0;
  const watched = (async () => {
    for await (const change of fleet.source.watch({}, { signal: watching.signal })) {
      for (const one of change.kind === "snapshot" ? [] : change.changed)
        if ((one.percentage ?? 0) < (seen.get(one.id)?.percentage ?? 0)) back++;
      apply(seen, change);
    }
  })();
  for (const [n, member] of members.entries()) await member.ask("begin", `m${n}`, OPERATIONS, PER_SECOND);
  await new Promise((resolve) => setTimeout(resolve, MOVING_MILLIS));
  for (const member of members) await member.ask("rest");
  for (const member of members) await member.ask("complete");
  for (const member of members) await member.ask("flush");
  const union: State = new Map();
  for (const member of members) for (const one of await member.ask<Snapshot[]>("states")) union.set(one.id, one);
  expect(union.size).toBe(PROCESSES * OPERATIONS);
  expect(Math.min(...[...union.values()].map(({ current }) => current!))).toBeGreaterThan(5);

  const listed = await fleet.source.list({ limit: 100_000 });
  expect(new Map(listed.map((one) => [one.id, one]))).toEqual(union);
  await until(
    "those who watch have it too",
    () => seen,
    (all) => [...all.values()].every(({ status }) => status === "completed") && all.size === union.size,
  );
  expect(seen).toEqual(union);
  expect(back).toBe(0);
  expect((await fleet.source.stats()).byStatus).toMatchObject({ completed: union.size, running: 0, lost: 0 });
  watching.abort();
  await watched;
});
