import { mkdirSync, readdirSync, rmSync, truncateSync, utimesSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { HISTORY_ENDING } from "../../../src/history-files.js";
import type { Handle } from "../../../src/instrumentation/handle.js";
import { History, historyLine, WAITING } from "../../../src/instrumentation/journal/history.js";
import type { Snapshot } from "../../../src/model.js";
import { finder, linesOf, Member, temporary } from "./members.js";

const unremovable = vi.hoisted(() => new Set<string>());
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const rmSync = (...given: Parameters<typeof fs.rmSync>) => {
    const name = basename(String(given[0])).split(".")[0]!;
    if (unremovable.has(name)) throw Object.assign(new Error("not permitted"), { code: "EPERM" });
    return fs.rmSync(...given);
  };
  return { ...fs, rmSync };
});

let directory: string;
let me: Member;
beforeEach(() => {
  unremovable.clear();
  directory = temporary();
  me = new Member(directory, "me", { journalHistory: true });
});
const history = (id = "me"): Snapshot[] => linesOf(join(directory, id + HISTORY_ENDING));
const told = (id?: string) => history(id).map((one) => `${one.id} ${one.status}`);
const start = (id: string, member = me) => member.progress.start("job", { id, total: 3 });
const pass = (seconds = 1) => me.clock.advance(seconds * 1_000);

describe("what has ended", () => {
  it("is written at the next pass, as it was at its end", () => {
    const op = start("a");
    op.startLevel("part", { id: "p" }).fail("bad");
    pass();
    op.increment(2);
    op.complete({ rows: 2 });
    expect(history()).toEqual([]);
    pass();
    expect(history()).toEqual([JSON.parse(JSON.stringify(op.snapshot()))]);
    pass(5);
    expect(readdirSync(directory)).toEqual([`me${HISTORY_ENDING}`]);
  });

  it("is not written when it was never in the journal, or when that is not wanted", () => {
    start("short").complete();
    const other = new Member(directory, "other");
    const op = start("long", other);
    other.clock.advance(1_000);
    op.complete();
    other.clock.advance(2_000);
    pass(2);
    expect(readdirSync(directory)).toEqual([]);
  });

  it("needs no directory before there is any", () => {
    const other = new Member(join(directory, "not", "yet"), "other", { journalHistory: true });
    start("long", other);
    other.clock.advance(5_000);
    expect(other.losses).toEqual({});
  });

  it("is written at the end of the process, all of it", async () => {
    const ops = Array.from({ length: 1_500 }, (_, n) => start(`op-${n}`));
    pass(2);
    for (const op of ops) op.cancel();
    await me.progress.shutdown();
    expect([history().length, readdirSync(directory)]).toEqual([1_500, [`me${HISTORY_ENDING}`]]);
  });

  it("comes a thousand at a pass", () => {
    const ops = Array.from({ length: 1_500 }, (_, n) => start(`op-${n}`));
    pass(2);
    for (const op of ops) op.complete();
    pass();
    expect(history().length).toBe(1_000);
    pass();
    expect(history().length).toBe(1_500);
  });

  it("of a process that died is in the history of whoever told it as lost, at once", async () => {
    start("a").increment(2);
    pass();
    me.die();
    const other = await finder(directory, "finder", 60, { journalHistory: true });
    expect(told("finder")).toEqual(["a lost"]);
    expect(history("finder")[0]).toEqual(JSON.parse(JSON.stringify(other.progress.live.get("a"))));
  });
});

describe("trouble", () => {
  it("is counted and keeps nothing from being written later, neither here nor in the journal", () => {
    const op = start("a");
    start("b");
    pass();
    mkdirSync(join(directory, `me${HISTORY_ENDING}`));
    op.complete();
    pass();
    expect([me.losses, me.lines().at(-1)]).toEqual([{ journal_failed: 1 }, { ended: "a" }]);
    rmSync(join(directory, `me${HISTORY_ENDING}`), { recursive: true });
    pass();
    expect([me.losses, told()]).toEqual([{ journal_failed: 1 }, ["a completed"]]);
  });

  it("does not hold the end of the process up", () => {
    const own = new History(me.core, join(directory, "own"));
    const op = start("a");
    op.complete();
    own.remember(op as unknown as Handle);
    mkdirSync(join(directory, "own", `me${HISTORY_ENDING}`), { recursive: true });
    own.write("all");
    expect([own.quiet, me.losses]).toEqual([false, { journal_failed: 1 }]);
  });

  it("with old files does not make what is written be written again", () => {
    const own = new History(me.core, directory);
    const op = start("a");
    op.complete();
    own.remember(op as unknown as Handle);
    unremovable.add("old");
    for (const name of ["old", "less-old"]) {
      writeFileSync(join(directory, name + HISTORY_ENDING), "");
      truncateSync(join(directory, name + HISTORY_ENDING), 64 * 1024 * 1024);
      utimesSync(join(directory, name + HISTORY_ENDING), name.length, name.length);
    }
    own.write("all");
    expect([own.quiet, told(), me.losses]).toEqual([true, ["a completed"], { journal_failed: 1 }]);
  });

  it("of too many that wait the last are left out and counted", () => {
    const own = new History(me.core, join(directory, "own"));
    const op = start("a");
    op.complete();
    for (let n = 0; n < WAITING + 3; n++) own.remember(op as unknown as Handle);
    expect(me.losses).toEqual({ journal_failed: 3 });
    own.write("all");
    expect([own.quiet, linesOf(join(directory, "own", `me${HISTORY_ENDING}`)).length]).toEqual([true, WAITING]);
  });
});

describe("a line", () => {
  const read = (snapshot: Snapshot) => JSON.parse(historyLine(snapshot)!) as Snapshot;
  /** So many levels, of which the last failed and has one below it. */
  function job(levels: number, message = ""): Snapshot {
    const op = start(`job-${levels}`);
    op.message(message);
    for (let n = 1; n < levels; n++) op.startLevel("part", { id: `p${n}` }).complete();
    const last = op.startLevel("part", { id: "last" });
    last.startLevel("piece", { id: "below" }).complete();
    last.fail("bad");
    op.complete();
    return op.snapshot();
  }

  it("has all levels of most operations", () => {
    const snapshot = job(99);
    expect(read(snapshot)).toEqual(JSON.parse(JSON.stringify(snapshot)));
  });

  it("has the failed ones and the first ones of many, above all those at the top; the others are counted", () => {
    const { levels, droppedLevels } = read(job(150));
    expect([levels.length, levels[0]!.id, levels[98]!.id, levels[99]!.id]).toEqual([100, "p1", "p99", "last"]);
    expect([droppedLevels, levels[99]!.levels, levels[99]!.droppedLevels]).toEqual([50, [], 1]);
  });

  it("that is too long goes without levels, or not at all", () => {
    const snapshot = job(3);
    const long = { ...snapshot.levels[0]!, message: "x".repeat(300_000) };
    expect(read({ ...snapshot, levels: [long] })).toMatchObject({ levels: [], droppedLevels: 1 });
    expect(historyLine({ ...snapshot, message: "ü".repeat(150_000) })).toBe(undefined);
  });
});
