import { copyFileSync, readdirSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, expect, it } from "vitest";
import { ENDING } from "../../../src/instrumentation/journal/journal-file.js";
import { Member, START, temporary, turn } from "./members.js";

const listeners = () => process.listeners("exit");
let directory: string;
beforeEach(() => {
  directory = temporary();
});

/** What a process that died left: one operation. */
function leave(id = "gone"): void {
  const gone = new Member(directory, id);
  gone.progress.start("job", { id: `of-${id}` });
  gone.clock.advance(1_000);
  gone.die();
}
const lost = ({ progress }: Member) => progress.live.list({ status: ["lost"] }).map(({ id }) => id);

it("the first look comes in the next turn, when listeners are there", async () => {
  leave();
  const me = new Member(directory, "me");
  me.clock.block(60_000);
  expect(lost(me)).toEqual([]);
  await turn();
  expect([lost(me), me.events.map(({ event }) => event)]).toEqual([["of-gone"], ["lost"]]);
});

it("then there is one every ten seconds", async () => {
  const me = new Member(directory, "me");
  me.clock.advance(60_000);
  await turn();
  leave();
  me.clock.advance(9_900);
  expect(lost(me)).toEqual([]);
  me.clock.advance(100);
  expect(lost(me)).toEqual(["of-gone"]);
  leave("later");
  me.clock.advance(10_000);
  expect(lost(me)).toEqual(["of-later", "of-gone"]);
});

it("where one look is not enough, the next one comes a second later", async () => {
  const me = new Member(directory, "me");
  const told = () => me.events.length;
  me.clock.advance(60_000);
  await turn();
  leave("0");
  for (let n = 1; n < 300; n++) {
    const path = join(directory, n + ENDING);
    copyFileSync(join(directory, `0${ENDING}`), path);
    utimesSync(path, START / 1e3, START / 1e3);
  }
  me.clock.advance(10_000);
  await turn();
  expect(told()).toBe(250);
  me.clock.advance(900);
  await turn();
  expect(told()).toBe(250);
  me.clock.advance(100);
  await turn();
  expect(told()).toBe(300);
  leave("later");
  me.clock.advance(8_900);
  await turn();
  expect(told()).toBe(300);
  me.clock.advance(100);
  await turn();
  expect(told()).toBe(301);
});

it("an instance that was shut down before looks no more", async () => {
  leave();
  const me = new Member(directory, "me");
  me.clock.block(60_000);
  await me.progress.shutdown();
  me.clock.advance(60_000);
  await turn();
  expect([lost(me), readdirSync(directory).length]).toEqual([[], 1]);
});

it("what runs when the process exits stays in the journal as it was then", () => {
  const before = listeners();
  const me = new Member(directory, "me");
  const exit = listeners().find((listener) => !before.includes(listener));
  const op = me.progress.start("job", { id: "a" });
  me.clock.advance(1_000);
  op.increment(3);
  me.clock.advance(200);
  exit!.call(process, 0);
  expect(me.lines().at(-1)).toMatchObject({ op: { id: "a", current: 3 } });
  expect(statSync(me.path).mtimeMs).toBe(START + 1_200);
});

it("an instance that is shut down leaves no listener behind", async () => {
  const before = listeners().length;
  const me = new Member(directory, "me");
  await me.progress.shutdown();
  expect(listeners().length).toBe(before);
});
