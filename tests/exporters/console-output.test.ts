// Output of real processes: into files, into pipes, into pipes that nobody reads any more, as CI services run them.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Snapshot } from "../../src/model.js";
import { type Installation, installPackage, plainEnv } from "../services/application.js";

let installation: Installation;
beforeAll(() => {
  installation = installPackage(["console.mjs"]);
});
afterAll(() => installation[Symbol.dispose]());

interface Run {
  readonly code: number | null;
  /** What it said at its end, on fd 3. */
  readonly said: string;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it with pipes; `deaf` closes our ends of them before it writes. */
async function run(env: Record<string, string>, deaf = false): Promise<Run> {
  const child = spawn(process.execPath, ["console.mjs"], {
    cwd: installation.folder,
    env: plainEnv(env),
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const [out, err] = [child.stdout!, child.stderr!];
  const output = deaf ? [out.destroy(), err.destroy()].map(() => "") : [text(out), text(err)];
  const said = text(child.stdio[3] as NodeJS.ReadableStream);
  const [[code], stdout, stderr] = await Promise.all([once(child, "close"), ...output]);
  return { code: code as number | null, said: await said, stdout: stdout!, stderr: stderr! };
}

/** Lines without their times and rates, which are real here. */
const steady = (output: string) =>
  output
    .trimEnd()
    .split("\n")
    .map((line) => line.replace(/, in .*$/, "").replace(/id [0-9a-f]+-/, "id "));

const STARTS = [
  "start build: step, 5 files, id 1",
  "start test: step, 5 files, id 2",
  "start ::error::pwned: step, 5 files, id 3",
];

test("into a pipe: a line when each starts and one when it ends, on stderr, without control characters", async () => {
  const { code, stdout, stderr } = await run({});
  expect([code, stdout]).toEqual([0, ""]);
  expect(steady(stderr).slice(0, 4)).toEqual([...STARTS, "start deploy: step, 5 files, id 4"]);
  expect(steady(stderr).slice(4).sort()).toEqual([
    "FAILED deploy: ENOSPC: disk is 100% full, 60%, 3 of 5 files",
    "ok ::error::pwned: 5 files",
    "ok build: 5 files",
    "ok test: 5 files",
  ]);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
  expect(stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
});

test("into a file: the same, also where CI is set and where the terminal is dumb", async () => {
  for (const env of [{}, { CI: "true" }, { TERM: "dumb" }]) {
    const path = join(installation.folder, "err.log");
    const file = openSync(path, "w");
    const options = {
      cwd: installation.folder,
      env: plainEnv(env),
      stdio: ["ignore", "ignore", file] as const,
    };
    const child = spawn(process.execPath, ["console.mjs"], { ...options, stdio: [...options.stdio] });
    expect(await once(child, "close")).toEqual([0, null]);
    closeSync(file);
    expect(steady(readFileSync(path, "utf8")).slice(0, 3)).toEqual(STARTS);
  }
});

test("in GitHub Actions: a group, and an annotation for what failed", async () => {
  const { stderr } = await run({ GITHUB_ACTIONS: "true", CI: "true" });
  const lines = steady(stderr);
  expect(lines[0]).toBe(`::group::${STARTS[0]}`);
  expect(lines.filter((line) => line.startsWith("::"))).toEqual([
    `::group::${STARTS[0]}`,
    "::error title=deploy::FAILED deploy: ENOSPC: disk is 100%25 full, 60%25, 3 of 5 files",
    "::endgroup::",
  ]);
});

test("as JSON: snapshots on stdout that a program can read line by line", async () => {
  const { stdout, stderr } = await run({ PROGRESS_FORMAT: "json" });
  expect(stderr).toBe("");
  const snapshots = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Snapshot);
  const latest = new Map(snapshots.map(({ name, status, percentage }) => [name, `${status} ${percentage}`]));
  expect(Object.fromEntries(latest)).toEqual({
    build: "completed 100",
    test: "completed 100",
    "::error::pwned": "completed 100",
    deploy: "failed 60",
  });
});

test("quiet: nothing", async () => {
  expect(await run({ PROGRESS_FORMAT: "quiet" })).toMatchObject({ code: 0, stdout: "", stderr: "" });
});

test.each(["plain", "json"])(
  "into a pipe that nobody reads any more, as %s: the work goes on to its end",
  async (format) => {
    const { code, said } = await run({ PROGRESS_FORMAT: format }, true);
    expect([code, said]).toEqual([0, "end, 0 listeners left\n"]);
  },
);

test("colour only with FORCE_COLOR", async () => {
  const { stderr } = await run({ FORCE_COLOR: "1" });
  expect(stderr).toContain("\u001b[31mFAILED\u001b[0m deploy");
  expect(stderr).toContain("\u001b[32mok\u001b[0m build");
});
