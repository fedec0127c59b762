import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type ConsoleLinesOptions, consoleLines } from "../../src/exporters/console-lines.js";
import type { Snapshot } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";
import { at, ended, later, operation } from "./snapshots.js";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval", "Date"], now: 1_700_000_000_000 });
  for (const name of ["GITHUB_ACTIONS", "GITLAB_CI", "FORCE_COLOR"]) vi.stubEnv(name, undefined);
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
});

function setUp(options: ConsoleLinesOptions = {}) {
  const written: string[] = [];
  const stream = { write: (text: string) => written.push(text) };
  const exporter = consoleLines({ stream, ...options });
  const t = createTestProgress({ exporters: [exporter] });
  const lines = () => written.map((text) => text.replace(/\n$/, ""));
  return { t, exporter, written, lines };
}

/** The estimates of a running operation have tests of their own. */
const withoutPace = (line: string) => line.replace(/, [^,]*\/(s|min)/, "").replace(/, eta [^,]*/, "");

describe("plain lines", () => {
  it("one at the start, at most one per five seconds, one at the end", async () => {
    const { t, lines } = setUp();
    await t.progress.operation("import", { name: "Import", total: 200, unit: "row" }, async (op) => {
      for (let second = 0; second < 20; second++) {
        op.increment(second < 10 ? 1 : 19);
        await t.advance("1s");
      }
    });
    await t.progress.forceFlush();
    expect(lines().map(withoutPace)).toEqual([
      "start Import: import, 200 rows, id 1",
      "Import: 3%, 6 of 200 rows, after 5.1s",
      "Import: 14%, 29 of 200 rows, after 10s",
      "Import: 62%, 124 of 200 rows, after 15s",
      "ok Import: 200 rows, in 20s",
    ]);
  });

  it("a stall, a recovery, an attempt and a pause are said at once", async () => {
    const { t, lines } = setUp();
    const op = t.progress.start("import", { stallTimeout: "4s" });
    await t.advance("6s");
    op.increment();
    await t.advance("2s");
    op.newAttempt("reset by peer");
    await t.advance("2s");
    op.pause("lunch");
    await t.advance("2s");
    op.fail(Object.assign(new Error("disk full"), { code: "ENOSPC" }));
    await t.progress.forceFlush();
    expect(lines().map((line) => withoutPace(line).replace(/(after|in|for) [\d.]+s/, "$1 …"))).toEqual([
      "start import: id 1",
      "STALLED import: no progress for …, after 4s",
      "RECOVERED import: 1, after …",
      "RETRY import: attempt 2, after …",
      "PAUSED import: lunch, after …",
      "FAILED import: ENOSPC: disk full, in …, attempt 2",
    ]);
  });

  it("a part that fails at once is told after the start of what it is part of, inside of its group", async () => {
    const { t, lines } = setUp({ ci: "github" });
    const parts = t.progress.operation("deploy", async () => {
      await t.progress.operation("check", () => Promise.reject(new Error("no key"))).catch(() => {});
      await t.advance("1s");
    });
    await parts;
    await t.progress.forceFlush();
    expect(lines().map((line) => line.replace(/ [\d.]+s.*/, " …"))).toEqual([
      "::group::start deploy: id 1",
      "::error title=check::FAILED check: no key, in …",
      "::endgroup::",
      "ok deploy: in …",
    ]);
  });

  it("operations of one name are told apart by their ids while both run", () => {
    const { exporter, lines } = setUp();
    void exporter.export([operation(), operation({ id: "2" })], []);
    void exporter.export([later(6), ended(6, { id: "2" })], []);
    void exporter.export([later(12)], []);
    void exporter.export([ended(12)], []);
    expect(lines()).toEqual([
      "start import: id 1",
      "start import: id 2",
      "import [1]: after 6s",
      "ok import [2]: in 6s",
      "import: after 12s",
      "ok import: in 12s",
    ]);
  });

  it("one that is renamed while it runs gives its name to others, and is told apart by the new one", () => {
    const { exporter, lines } = setUp();
    const told = (...changed: Snapshot[]) => exporter.export(changed, []);
    told(operation({ id: "a", name: "A" }), operation({ id: "b", name: "B" }));
    told(later(6, { id: "a", name: "B" }), operation({ id: "c", name: "A" }));
    told(ended(7, { id: "c", name: "A" }), ended(7, { id: "a", name: "B" }), ended(7, { id: "b", name: "B" }));
    expect(lines().map((line) => line.slice(0, line.indexOf(":")))).toEqual([
      "start A",
      "start B",
      "B [a]",
      "start A",
      "ok A",
      "ok B [a]",
      "ok B",
    ]);
  });

  it("one line is one write, whatever the names: no control characters, no commands to a CI service", () => {
    const { exporter, written } = setUp();
    const name = "::error::a\nb\r\u001b[31mc\u0007##[add-mask]d";
    void exporter.export([operation({ name }), operation({ name, id: "2\n" })], []);
    void exporter.export([later(6, { name, stage: "x\ny", message: "\u009b2J" }), ended(7, { name, id: "2\n" })], []);
    expect(written.length).toBe(4);
    for (const text of written) {
      // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
      expect(text).toMatch(/^(?!::)[^\u0000-\u001f\u007f-\u009f]+\n$/);
      expect(text).not.toContain("##[");
    }
  });

  it("colour only where it is asked for", () => {
    const first = (options: ConsoleLinesOptions) => {
      const { exporter, lines } = setUp(options);
      void exporter.export([ended(1)], []);
      return lines()[0];
    };
    const colored = "\u001b[32mok\u001b[0m import: in 1s";
    expect(first({})).toBe("ok import: in 1s");
    expect(first({ color: true })).toBe(colored);
    vi.stubEnv("FORCE_COLOR", "1");
    expect([first({}), first({ color: false })]).toEqual([colored, "ok import: in 1s"]);
    vi.stubEnv("FORCE_COLOR", "0");
    expect(first({})).toBe("ok import: in 1s");
  });

  it("of a long wait, that it still runs", () => {
    const { exporter, lines } = setUp();
    void exporter.export([operation({ total: 9 })], []);
    vi.advanceTimersByTime(21_000);
    expect(lines()).toEqual(["start import: 9, id 1", "import: after 5s", "import: after 10s", "import: after 20s"]);
    void exporter.shutdown?.();
  });
});

describe("in the log of a CI job", () => {
  /** Two operations, the first around the second, which fails; then a third. */
  function run(exporter: ReturnType<typeof consoleLines>): void {
    const error = { type: "Error", message: "50% done", code: "E_HALF" };
    void exporter.export([operation({ name: "all" })], []);
    void exporter.export([operation({ id: "2" })], []);
    void exporter.export([ended(1, { id: "2", status: "failed", error })], []);
    void exporter.export([ended(2, { name: "all" })], []);
    void exporter.export([operation({ id: "3" })], []);
    void exporter.export([ended(3, { id: "3", status: "cancelled" })], []);
  }
  const github = [
    "::group::start all: import, id 1",
    "start import: id 2",
    "::error title=import::FAILED import: E_HALF: 50%25 done, in 1s",
    "::endgroup::",
    "ok all: in 2s",
    "::group::start import: id 3",
    "::endgroup::",
    "CANCELLED import: in 3s",
  ];

  it("of GitHub, one group at a time, the result behind it, failures as annotations", () => {
    vi.stubEnv("GITHUB_ACTIONS", "true");
    const { exporter, lines } = setUp();
    run(exporter);
    expect(lines()).toEqual(github);
  });

  it("of GitLab, sections", () => {
    vi.stubEnv("GITLAB_CI", "true");
    const { exporter, lines } = setUp();
    run(exporter);
    const key = `otel_progress_${process.pid}`;
    expect(lines()).toEqual([
      `\u001b[0Ksection_start:1700000000:${key}_1\r\u001b[0Kstart all: import, id 1`,
      "start import: id 2",
      "FAILED import: E_HALF: 50% done, in 1s",
      `\u001b[0Ksection_end:1700000000:${key}_1\r\u001b[0K`,
      "ok all: in 2s",
      `\u001b[0Ksection_start:1700000000:${key}_2\r\u001b[0Kstart import: id 3`,
      `\u001b[0Ksection_end:1700000000:${key}_2\r\u001b[0K`,
      "CANCELLED import: in 3s",
    ]);
  });

  it("the option wins over the environment", () => {
    vi.stubEnv("GITHUB_ACTIONS", "true");
    const none = setUp({ ci: "none" });
    run(none.exporter);
    expect(none.lines().some((line) => line.startsWith("::"))).toBe(false);
    vi.stubEnv("GITHUB_ACTIONS", undefined);
    const asked = setUp({ ci: "github" });
    run(asked.exporter);
    expect(asked.lines()).toEqual(github);
  });

  it("a group is closed when its operation is gone, and at the end", async () => {
    const { exporter, lines } = setUp({ ci: "github" });
    void exporter.export([operation()], []);
    void exporter.export([], ["1"]);
    void exporter.export([operation({ id: "2" })], []);
    await exporter.shutdown?.();
    expect(lines().filter((line) => line === "::endgroup::").length).toBe(2);
  });
});

describe("JSON lines", () => {
  it("are complete snapshots, at most one a second and at every change of status", async () => {
    const { t, lines } = setUp({ format: "json" });
    const op = t.progress.start("import", { total: 30 });
    for (let step = 0; step < 25; step++) {
      op.increment();
      await t.advance("100ms");
    }
    op.complete();
    await t.progress.forceFlush();
    const snapshots = lines().map((line) => JSON.parse(line) as Snapshot);
    expect(snapshots.map(({ current, status }) => [current, status])).toEqual([
      [1, "running"],
      [11, "running"],
      [21, "running"],
      [25, "completed"],
    ]);
    expect(snapshots.at(-1)).toEqual(JSON.parse(JSON.stringify(t.progress.live.get("1"))));
  });

  it("keep what names say, and know no groups", () => {
    vi.stubEnv("GITHUB_ACTIONS", "true");
    const { exporter, lines } = setUp({ format: "json" });
    void exporter.export([operation({ name: "::error::a\nb" })], []);
    expect(lines().length).toBe(1);
    expect(JSON.parse(lines()[0]!)).toMatchObject({ name: "::error::a\nb", startedAt: at(0) });
  });
});

it("names cannot move the cursor in JSON either, and read as they are", () => {
  const { exporter, written } = setUp({ format: "json" });
  const snapshot = ended(1, { name: "a\u009b2J\u202eb" });
  void exporter.export([snapshot], []);
  expect(written.join("")).toContain('"a\\u009b2J\\u202eb"');
  expect(JSON.parse(written.join(""))).toEqual(snapshot);
});

it.each(["plain", "json"] as const)("%s lines wait for a slow reader, and lose no result", (format) => {
  const pipe = new PassThrough();
  const exporter = consoleLines({ format, stream: pipe, ci: "none" });
  const many = Array.from({ length: 9_000 }, (_, id) => ended(1, { id: String(id), name: "x".repeat(200) }));
  void exporter.export(many, []);
  expect(pipe.writableLength + pipe.readableLength).toBeLessThan(1_200_000);
  let lines = 0;
  for (let turn = 0; turn < 20; turn++) {
    for (let chunk = pipe.read(); chunk !== null; chunk = pipe.read()) lines += String(chunk).split("\n").length - 1;
    vi.advanceTimersByTime(1_000);
  }
  expect(lines).toBe(9_000);
});

it("plain lines go to stderr and JSON to stdout unless told", () => {
  const written: string[] = [];
  const originals = { out: process.stdout.write, err: process.stderr.write };
  process.stdout.write = ((text: string) => written.push(`out ${text.slice(0, 7)}`)) as never;
  process.stderr.write = ((text: string) => written.push(`err ${text.slice(0, 7)}`)) as never;
  try {
    void consoleLines().export([ended(1)], []);
    void consoleLines({ format: "json" }).export([ended(1)], []);
  } finally {
    process.stdout.write = originals.out;
    process.stderr.write = originals.err;
  }
  expect(written).toEqual(["err ok impo", 'out {"id":"']);
});

it.each([
  [{ format: "tty" }, 'format: expected "plain" or "json", received "tty"'],
  [{ ci: "travis" }, 'ci: expected none, github, gitlab, received "travis"'],
  [{ stream: 2 }, "stream: expected an object with write(), received 2"],
  [{ stream: 2, format: "json" }, "stream: expected an object with write(), received 2"],
])("%o is refused with what was expected", (options, message) => {
  expect(() => consoleLines(options as never)).toThrow(
    expect.objectContaining({ code: "INVALID_OPTION", message: `console lines, ${message}` }),
  );
});
