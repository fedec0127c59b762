import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { Diagnostics } from "../../../src/diagnostics.js";
import { thisProcess } from "../../../src/instrumentation/journal/process-identity.js";
import { type Found, Recovery } from "../../../src/instrumentation/journal/recovery.js";
import { deadProcess, finder, Member, START, temporary } from "./members.js";

/** What happens right before a file is renamed: somebody else was faster. */
const before = vi.hoisted(() => ({ rename: (_from: string): void => {} }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const rename = (from: string, to: string) => {
    before.rename(from);
    fs.renameSync(from, to);
  };
  return { ...fs, renameSync: rename };
});

const HEADER = { journal: 1, instance: { id: "dead", host: "h", pid: 4 }, process: deadProcess() };
const NAME = "dead.v1.progress-journal";
const LINE = {
  id: "a",
  type: "job",
  startedMillis: START,
  movedMillis: START,
  seenMillis: START + 1_000,
  workMillis: 1_000,
};
const opLine = (id: string, current?: number) => JSON.stringify({ op: { ...LINE, id, current } });
const ended = (id: string) => JSON.stringify({ ended: id });

let directory: string;
let diagnostics: Diagnostics;
let told: Found[];
beforeEach(() => {
  before.rename = () => {};
  directory = temporary();
  diagnostics = new Diagnostics({ warn() {} });
  told = [];
});

/** Looks, at so many seconds after the start. */
const look = (seconds = 60, id = "me", found: (found: Found) => void = (one) => void told.push(one)) =>
  new Recovery(directory, id, diagnostics, found).scan(START + seconds * 1_000);
/** Leaves a file whose time is so many seconds after the start. */
function leave(lines: readonly string[], name = NAME, seconds = 1): void {
  writeFileSync(join(directory, name), lines.map((line) => `${line}\n`).join(""));
  age(name, seconds);
}
const age = (name: string, seconds: number) =>
  utimesSync(join(directory, name), START / 1e3 + seconds, START / 1e3 + seconds);
const header = (process: unknown = HEADER.process) => JSON.stringify({ ...HEADER, process });
const found = () => told.map(({ records }) => records.map(({ id, current }) => `${id}=${current ?? 0}`));
const files = () => readdirSync(directory).sort();

describe("a journal without a heartbeat for half a minute, whose process is dead", () => {
  it("is told once, with the last of each operation that had not ended, and removed", () => {
    leave([header(), opLine("a"), opLine("b"), opLine("a", 5), ended("b"), opLine("c", 1)]);
    look();
    look();
    expect(told).toEqual([
      {
        header: HEADER,
        lastSeenMillis: START + 1_000,
        records: [
          { ...LINE, current: 5 },
          { ...LINE, id: "c", current: 1 },
        ],
      },
    ]);
    expect([files(), diagnostics.losses()]).toEqual([[], {}]);
  });

  it("of an operation that ended and began again the later one is told", () => {
    leave([header(), opLine("a", 9), ended("a"), opLine("a", 2)]);
    look();
    expect(found()).toEqual([["a=2"]]);
  });

  it("with nothing left in it is removed, and there is nothing to tell", () => {
    leave([header(), opLine("a"), ended("a")]);
    leave([header()], `other.${NAME}`);
    look();
    expect([found(), files()]).toEqual([[[], []], []]);
  });

  it("of another machine counts as dead", () => {
    leave([header({ ...thisProcess(), host: `not-${hostname()}` }), opLine("a")]);
    look();
    expect(found()).toEqual([["a=0"]]);
  });

  it("is told later where there are many: one look tells five hundred journals and operations, or one journal", () => {
    for (let n = 0; n < 251; n++) leave([header(), opLine(String(n))], `${n}.${NAME}`);
    expect([look(), told.length, files().length]).toEqual([true, 250, 1]);
    expect([look(), told.length, files()]).toEqual([false, 251, []]);
    leave([header(), ...Array.from({ length: 600 }, (_, n) => opLine(String(n)))], `a.${NAME}`);
    leave([header(), opLine("b")], `b.${NAME}`);
    look();
    look();
    expect(
      told
        .slice(251)
        .map(({ records }) => records.length)
        .sort(),
    ).toEqual([1, 600]);
  });

  it("is told once though several look at the same moment: who renames it has it", () => {
    leave([header(), opLine("a")]);
    // All have seen that it is dead when the first of them renames it.
    before.rename = () => {
      before.rename = () => {};
      look(60, "faster");
      look(60, "third");
    };
    look(60, "me");
    expect([found(), files(), diagnostics.losses()]).toEqual([[["a=0"]], [], {}]);
  });

  it("is told once though others see a claim before it is read", () => {
    leave([header(), opLine("a")]);
    look(60, "me", (one) => {
      look(60, "other");
      look(80, "third");
      told.push(one);
    });
    expect([found(), files(), diagnostics.losses()]).toEqual([[["a=0"]], [], {}]);
  });
});

describe("left alone is", () => {
  it("what has a heartbeat, to the millisecond", () => {
    leave([header(), opLine("a")]);
    look(30.999);
    expect([found(), files()]).toEqual([[], [NAME]]);
    look(31);
    expect([found(), files()]).toEqual([[["a=0"]], []]);
  });

  it("what has none, of a process that lives", () => {
    leave([header(thisProcess()), opLine("a")]);
    look(100_000);
    expect([found(), files(), diagnostics.losses()]).toEqual([[], [NAME], {}]);
  });

  it("its own journal", () => {
    leave([header(), opLine("a")], "me.v1.progress-journal");
    look();
    expect([found(), files()]).toEqual([[], ["me.v1.progress-journal"]]);
  });

  it("what is no journal of this version, whatever it is", () => {
    const names = ["system.journal", "x.v2.progress-journal", `${NAME}.bak`, ".v1.progress-journal", "readme"];
    for (const name of names) leave(["anything"], name);
    mkdirSync(join(directory, NAME));
    age(NAME, 1);
    look();
    expect([found(), files(), diagnostics.losses()]).toEqual([[], [...names, NAME].sort(), {}]);
  });

  it("a directory that is not there", () => {
    rmSync(directory, { recursive: true });
    look();
    expect(diagnostics.losses()).toEqual({});
  });
});

describe("what is damaged", () => {
  it("in its last line, which was cut off, is passed over and counted", () => {
    leave([header(), opLine("a"), opLine("b")]);
    truncateSync(join(directory, NAME), readFileSync(join(directory, NAME)).length - 10);
    age(NAME, 1);
    look();
    expect([found(), diagnostics.losses()]).toEqual([[["a=0"]], { journal_damaged: 1 }]);
  });

  it("anywhere else is passed over too", () => {
    leave([header(), opLine("a"), "\0\0\0", '{"op":{"id":7}}', "", "[]", opLine("b")]);
    appendFileSync(join(directory, NAME), Buffer.from([0xff, 0xfe, 0x0a]));
    age(NAME, 1);
    look();
    expect([found(), diagnostics.losses()]).toEqual([[["a=0", "b=0"]], { journal_damaged: 4 }]);
  });

  it.each([
    ["cut off", header().slice(0, 40)],
    ["empty", ""],
    ["endless", "x".repeat(100_000)],
    ["of nobody", '{"journal":1}'],
  ])("in its header (%s) tells nothing: it is counted and removed", (_, first) => {
    leave([first, opLine("a")]);
    look();
    expect([found(), files(), diagnostics.losses()]).toEqual([[], [], { journal_damaged: 1 }]);
  });

  it("by being larger than 256 MiB is counted and removed, and not read", () => {
    leave([header(), opLine("a")]);
    truncateSync(join(directory, NAME), 256 * 1024 * 1024 + 1);
    age(NAME, 1);
    look();
    expect([found(), files(), diagnostics.losses()]).toEqual([[], [], { journal_damaged: 1 }]);
  });
});

describe("what was left over", () => {
  it("a journal in the making is removed once it is old; the journal itself is still there", () => {
    leave([header(thisProcess()), opLine("a")], NAME, 60);
    leave([header(), opLine("a")], `${NAME}.new`);
    look(30);
    expect(files()).toEqual([NAME, `${NAME}.new`]);
    look(31);
    expect([files(), found()]).toEqual([[NAME], []]);
  });

  it("a claim of one that died over it is taken up, with the last change as the last sign of life", () => {
    leave([header(), opLine("a", 3)], `${NAME}.claimed-gone`);
    look(30);
    expect(found()).toEqual([]);
    look(31);
    expect(told).toEqual([{ header: HEADER, lastSeenMillis: 0, records: [{ ...LINE, current: 3 }] }]);
    expect(files()).toEqual([]);
  });
});

describe("what fails", () => {
  it("while it is told is counted, and is not told again", () => {
    leave([header(), opLine("a")]);
    look(60, "me", () => {
      throw new Error("no");
    });
    expect([files(), diagnostics.losses()]).toEqual([[], { journal_failed: 1 }]);
  });

  it("for one journal does not keep the others from being told", () => {
    leave([header(), opLine("a")], `1.${NAME}`);
    leave([header(), opLine("b")], `2.${NAME}`);
    before.rename = (from) => {
      if (from.includes("/1.")) throw Object.assign(new Error("read-only"), { code: "EROFS" });
    };
    look();
    expect([found(), files(), diagnostics.losses()]).toEqual([[["b=0"]], [`1.${NAME}`], { journal_failed: 1 }]);
    before.rename = () => {};
    look(120);
    expect(found()).toEqual([["b=0"], ["a=0"]]);
  });
});

it("what an instance wrote is what another one finds", async () => {
  const me = new Member(directory, "me");
  const [a, b] = ["a", "b"].map((id) => me.progress.start("job", { id, total: 10 }));
  me.clock.advance(1_000);
  a!.increment(4);
  b!.complete();
  me.clock.advance(1_000);
  me.die();
  const other = await finder(directory);
  expect(other.progress.live.list().map(({ id, current, status }) => [id, current, status])).toEqual([
    ["a", 4, "lost"],
  ]);
});
