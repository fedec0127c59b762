import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Operation } from "../../../src/instrumentation/handles.js";
import { type Line, linesOf, Member, START, temporary } from "./members.js";

const disk = vi.hoisted(() => ({ full: false }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const writeSync = (...given: Parameters<typeof fs.writeSync>) => {
    if (disk.full) throw Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
    return fs.writeSync(...given);
  };
  return { ...fs, writeSync };
});

let directory: string;
let me: Member;
beforeEach(() => {
  disk.full = false;
  directory = temporary();
  me = new Member(directory, "me");
});

const start = (id: string, member = me): Operation => member.progress.start("job", { id, total: 100 });
const pass = (seconds = 1) => me.clock.advance(seconds * 1_000);
/** What each line behind the header is about. */
const told = (lines: readonly Line[] = me.lines()) =>
  lines.slice(1).map(({ op, ended }) => (op === undefined ? `-${ended}` : `${op.id}=${op.current ?? 0}`));
/** What a reader of the file takes for running. */
const running = (lines: readonly Line[]) => {
  const found = new Map<string, number>();
  for (const { op, ended } of lines.slice(1))
    op === undefined ? found.delete(ended) : found.set(op.id, op.current ?? 0);
  return found;
};
const files = () => readdirSync(directory);

describe("what is written", () => {
  it("is nothing for operations under a second, however many", () => {
    for (let n = 0; n < 50; n++) {
      const op = start(`short-${n}`);
      me.clock.advance(900);
      op.complete();
    }
    pass(5);
    expect(files()).toEqual([]);
  });

  it("begins when an operation is a second old, behind a header that says whose it is", () => {
    start("a");
    me.clock.advance(900);
    expect(files()).toEqual([]);
    me.clock.advance(100);
    const [header, ...rest] = me.lines();
    expect(header).toEqual({
      journal: 1,
      instance: { id: "me", host: "host-of-me", pid: 7 },
      process: expect.objectContaining({ pid: process.pid }),
    });
    expect(rest).toEqual([{ op: expect.objectContaining({ id: "a", type: "job", seenMillis: START + 1_000 }) }]);
  });

  it("is what changed, once a second at most, up to the tick", () => {
    const [a] = [start("a"), start("b")];
    pass();
    for (let tick = 0; tick < 10; tick++) {
      a.increment();
      me.clock.advance(100);
    }
    pass(3);
    expect(told()).toEqual(["a=0", "b=0", "a=10"]);
    a.message("row 10");
    a.message("row 11");
    pass(2);
    expect(told()).toEqual(["a=0", "b=0", "a=10", "a=10"]);
  });

  it("is a change of status, of a level, of a nested operation below it too", () => {
    const op = start("a");
    pass();
    op.pause();
    pass();
    op.resume();
    const level = op.startLevel("part");
    pass();
    level.increment();
    pass();
    expect(me.lines().map(({ op }: Line) => op && [op.paused, op.levels?.length])).toEqual([
      undefined,
      [undefined, undefined],
      [true, undefined],
      [undefined, undefined],
      [undefined, undefined],
    ]);
  });

  it("is the end of what was written", () => {
    const [a, b] = [start("a"), start("b")];
    pass();
    start("c").complete();
    a.complete();
    pass();
    expect(told()).toEqual(["a=0", "b=0", "-a"]);
    b.complete();
  });

  it("of two with one id the later one stays", () => {
    start("other");
    const a = start("a");
    pass();
    a.complete();
    start("a").increment(5);
    pass();
    expect([...running(me.lines())]).toEqual([
      ["other", 0],
      ["a", 5],
    ]);
  });

  it("comes from inside a blocked loop too", () => {
    const a = start("a");
    for (let n = 0; n < 3_000; n++) {
      me.clock.block(1);
      a.increment();
    }
    expect(told().length).toBeGreaterThan(0);
    expect(running(me.lines()).get("a")).toBeGreaterThan(1_000);
  });

  it("is a heartbeat every second, moved or not", () => {
    start("a");
    pass(7);
    expect([told(), statSync(me.path).mtimeMs]).toEqual([["a=0"], START + 7_000]);
  });

  it("is a heartbeat every ten seconds at least, however rare the ticks", () => {
    const slow = new Member(directory, "slow", { interval: "1m" });
    start("a", slow);
    slow.clock.advance(40_000);
    expect(statSync(slow.path).mtimeMs).toBe(START + 40_000);
  });
});

describe("of many operations", () => {
  it("a thousand are written per pass, who waits longest comes first", () => {
    const all = Array.from({ length: 2_500 }, (_, n) => start(String(n)));
    const names = (from: number, to: number) => all.slice(from, to).map(({ id }) => `${id}=0`);
    pass();
    expect(told()).toEqual(names(0, 1_000));
    // Those that go on changing do not push others back.
    for (const op of all.slice(0, 1_000)) op.message("on");
    pass();
    expect(told().slice(1_000)).toEqual(names(1_000, 2_000));
    pass();
    expect(told().slice(2_000).slice(0, 500)).toEqual(names(2_000, 2_500));
    pass(2);
    expect(told().slice(2_500, 3_500)).toEqual(names(0, 1_000));
    pass(2);
    expect(told().length).toBe(3_500);
  });

  it("fewer are written per pass when they are large", () => {
    const attributes = Object.fromEntries(Array.from({ length: 60 }, (_, n) => [`a${n}`, "x".repeat(1_000)]));
    for (let n = 0; n < 40; n++) me.progress.start("job", { attributes });
    pass();
    expect(told().length).toBe(18);
    pass(2);
    expect(running(me.lines()).size).toBe(40);
  });
});

describe("the file", () => {
  it("goes when nothing runs, comes back with the next, and then the timer rests", () => {
    const a = start("a");
    pass();
    a.complete();
    pass();
    expect([files(), me.core.journal!.quiet]).toEqual([[], true]);
    start("b");
    pass();
    expect([told(), me.core.journal!.quiet]).toEqual([["b=0"], false]);
  });

  it("is made anew beyond 4 MiB, with all that runs and nothing else", () => {
    const all = Array.from({ length: 1_500 }, (_, n) => start(String(n)));
    const ended = all.splice(0, 100);
    let most = 0;
    for (let round = 1; round <= 30; round++) {
      for (const op of all) op.increment();
      pass();
      if (round === 3) for (const op of ended) op.complete();
      const { size } = statSync(me.path);
      if (size < most) break;
      most = size;
    }
    expect(most).toBeGreaterThan(4 * 1024 * 1024);
    expect(most).toBeLessThan(5 * 1024 * 1024);
    const lines = me.lines();
    expect(statSync(me.path).size).toBeLessThan(1024 * 1024);
    expect([...running(lines).keys()].sort()).toEqual(all.map(({ id }) => id).sort());
    pass(3);
    expect(new Set(running(me.lines()).values())).toEqual(new Set(all.map((op) => op.snapshot().current)));
    expect([files().length, me.losses]).toEqual([1, {}]);
  }, 30_000);

  it("of what does not fit into 4 MiB is made anew only when it has doubled", () => {
    const description = "x".repeat(1_000);
    const all = Array.from({ length: 6_000 }, (_, n) => me.progress.start("job", { id: String(n), description }));
    let [inode, renewals] = [0, -1];
    for (let round = 1; round <= 60; round++) {
      for (const op of all) op.increment();
      pass();
      const { ino } = statSync(me.path);
      if (ino !== inode) renewals++;
      inode = ino;
    }
    expect([renewals > 1, renewals < 6]).toEqual([true, true]);
    for (const op of all.slice(0, 3_000)) op.complete();
    pass(10);
    const found = running(me.lines());
    expect([...found.keys()].sort()).toEqual(
      all
        .slice(3_000)
        .map(({ id }) => id)
        .sort(),
    );
    expect(new Set(found.values())).toEqual(new Set([60]));
  }, 30_000);
});

describe("what cannot be written is counted, and made good afterwards", () => {
  it("on a full disk, with the heartbeat going on", () => {
    const [a, b] = [start("a"), start("b")];
    pass();
    disk.full = true;
    a.increment();
    b.complete();
    pass(3);
    expect([me.losses, told(), statSync(me.path).mtimeMs]).toEqual([
      { journal_failed: 3 },
      ["a=0", "b=0"],
      START + 4_000,
    ]);
    disk.full = false;
    pass();
    expect(told()).toEqual(["a=0", "b=0", "-b", "a=1"]);
    pass();
    expect(me.losses).toEqual({ journal_failed: 3 });
  });

  it("where the file is to be made anew", () => {
    const description = "x".repeat(900);
    const all = Array.from({ length: 900 }, (_, n) => me.progress.start("job", { id: String(n), description }));
    for (let round = 0; round < 4; round++) {
      pass();
      for (const op of all) op.increment();
    }
    // A directory in its place: the one that is to take it cannot be made.
    mkdirSync(`${me.path}.new`);
    pass(2);
    expect(me.losses).toEqual({ journal_failed: 2 });
    rmSync(`${me.path}.new`, { recursive: true });
    pass();
    expect(running(me.lines()).size).toBe(900);
    expect(statSync(me.path).size).toBeLessThan(2 * 1024 * 1024);
  });

  it("where a file is in the place of the directory", () => {
    rmSync(directory, { recursive: true });
    writeFileSync(directory, "in the way");
    const a = start("a");
    pass(2);
    expect(me.losses["journal_failed"]).toBeGreaterThanOrEqual(2);
    rmSync(directory);
    a.increment();
    pass();
    expect(told()).toEqual(["a=1"]);
  });

  it("though nothing of it is left when all of it has ended meanwhile", () => {
    disk.full = true;
    const a = start("a");
    pass(2);
    a.complete();
    pass(2);
    disk.full = false;
    pass(2);
    expect([files(), me.losses, me.core.journal!.quiet]).toEqual([[], { journal_failed: 2 }, true]);
  });
});

describe("one that was taken for dead", () => {
  const claim = () => renameSync(me.path, `${me.path}.claimed-other`);

  it("gives up what others have told, counts it, and goes on with a new file", () => {
    const [a] = [start("a"), start("b")];
    pass();
    claim();
    a.increment();
    pass();
    expect(me.losses).toEqual({ operations_claimed: 2 });
    expect([told(), told(linesOf(`${me.path}.claimed-other`))]).toEqual([
      ["a=1", "b=0"],
      ["a=0", "b=0"],
    ]);
    a.complete();
    pass();
    expect(told()).toEqual(["a=1", "b=0", "-a"]);
  });

  it("does so too when the file, or the whole directory, was deleted: nobody knows by whom", () => {
    start("a");
    pass();
    rmSync(directory, { recursive: true });
    pass();
    expect([me.losses, told()]).toEqual([{ operations_claimed: 1 }, ["a=0"]]);
  });

  it("while the file is made anew gives that up too", () => {
    const description = "x".repeat(1_000);
    const all = Array.from({ length: 3_000 }, (_, n) => me.progress.start("job", { id: String(n), description }));
    while (!existsSync(`${me.path}.new`)) {
      for (const op of all) op.increment();
      pass();
    }
    claim();
    pass(4);
    expect(me.losses).toEqual({ operations_claimed: 3_000 });
    expect(running(me.lines()).size).toBe(3_000);
  });
});

describe("at the end of the instance", () => {
  it("nothing stays of what has ended, and what runs stays with its last state until it ends", async () => {
    const [a, b] = [start("a"), start("b")];
    pass();
    a.increment(7);
    b.complete();
    await me.progress.shutdown();
    expect(told()).toEqual(["a=0", "b=0", "-b", "a=7"]);
    a.complete();
    expect(files()).toEqual([]);
  });

  it("nothing is written when nothing runs", async () => {
    await me.progress.shutdown();
    expect(files()).toEqual([]);
  });
});

it("an instance that is switched off keeps no journal", () => {
  const off = new Member(directory, "off", { enabled: false });
  start("a", off);
  off.clock.advance(5_000);
  expect([off.core.journal, files()]).toEqual([undefined, []]);
});

it("each instance has a file of its own", () => {
  const other = new Member(directory, "other");
  start("a");
  start("b", other);
  pass();
  other.clock.advance(1_000);
  expect([files().sort(), told(), told(linesOf(join(other.path)))]).toEqual([
    ["me.v1.progress-journal", "other.v1.progress-journal"],
    ["a=0"],
    ["b=0"],
  ]);
});
