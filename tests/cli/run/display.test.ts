import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Environment, Io, Output } from "../../../src/cli/command.js";
import { showing } from "../../../src/cli/run/display.js";
import type { Format } from "../../../src/cli/run/plan.js";
import { progress } from "../../../src/index.js";
import { createTestProgress, type TestProgress } from "../../../src/testing.js";
import { Kept } from "../invoke.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => {
  vi.restoreAllMocks();
  return test.progress.shutdown();
});

/** What stands on stderr at the end of an operation. */
async function shown(format: Format, columns?: number, env: Environment = {}, name = "tool"): Promise<string> {
  const stderr = new Kept(columns);
  const io: Io = { stdin: new PassThrough(), stdout: new Kept() as Output, stderr: stderr as Output, env };
  const finish = await showing({ format, output: undefined }, io);
  const op = test.progress.start("tool", { name });
  op.complete();
  finish(op.snapshot() as never);
  return stderr.text;
}

it("auto is one line at the end, on a terminal", async () => {
  expect(await shown("auto", 80, { NO_COLOR: "1" })).toMatch(/^.*✔.* tool {2}in 0s\n$/);
  expect(await shown("auto", 80, { TERM: "dumb", NO_COLOR: "1" })).toBe("ok tool  in 0s\n");
  expect(await shown("auto", 80, { LC_ALL: "C", NO_COLOR: "1" })).toBe("ok tool  in 0s\n");
});

it("which a long name leaves room in", async () => {
  expect(await shown("auto", 31, { NO_COLOR: "1" }, "a tool with a long name")).toBe("✔ a tool with a…  in 0s\n");
});

it("and nothing elsewhere, and nothing in CI", async () => {
  expect(await shown("auto")).toBe("");
  expect(await shown("auto", 80, { CI: "true" })).toBe("");
  expect(await shown("auto", 80, { CI: "false" })).not.toBe("");
});

it("quiet is nothing", async () => {
  expect(await shown("quiet", 80)).toBe("");
});

it.each(["plain", "json"] as const)("%s is written as it goes on, to stderr", async (format) => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const io: Io = { stdin: new PassThrough(), stdout: new Kept() as Output, stderr: process.stderr, env: {} };
  const finish = await showing({ format, output: undefined }, io);
  const final = await progress.operation("tool", async (op) => op.snapshot());
  finish(final);
  await progress.shutdown();
  const text = written.mock.calls.map(([chunk]) => chunk).join("");
  expect(text).toContain(format === "plain" ? "ok tool" : '"status":"completed"');
});

describe("a file in place of stderr", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "otel-progress-display-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** What stands in it after an operation, and on stderr. */
  async function written(format: Format, path: string): Promise<[file: string, stderr: string]> {
    const stderr = new Kept(80);
    const io: Io = { stdin: new PassThrough(), stdout: new Kept() as Output, stderr: stderr as Output, env: {} };
    const finish = await showing({ format, output: path }, io);
    finish(await progress.operation("tool", async (op) => op.snapshot()));
    await progress.shutdown();
    return [readFileSync(path, "utf8"), stderr.text];
  }

  it("has the lines, behind what it held, without colours and marks for CI", async () => {
    vi.stubEnv("FORCE_COLOR", "1");
    vi.stubEnv("GITHUB_ACTIONS", "true");
    const path = join(folder, "log");
    writeFileSync(path, "before\n");
    expect(await written("plain", path)).toEqual([expect.stringMatching(/^before\n(ok tool: in .*\n)+$/), ""]);
    vi.unstubAllEnvs();
  });

  it("has snapshots, one a line", async () => {
    const [text, stderr] = await written("json", join(folder, "log"));
    expect([JSON.parse(text.trimEnd().split("\n").at(-1)!), stderr]).toMatchObject([{ status: "completed" }, ""]);
  });

  it.runIf(process.platform === "linux")("that takes nothing does not disturb the work, and is said once", async () => {
    const stderr = new Kept();
    const io: Io = { stdin: new PassThrough(), stdout: new Kept() as Output, stderr: stderr as Output, env: {} };
    await showing({ format: "plain", output: "/dev/full" }, io);
    expect(await progress.operation("tool", async () => "done")).toBe("done");
    await progress.shutdown();
    expect(stderr.text).toBe("otel-progress: --output: ENOSPC: no space left on device, write\n");
  });

  it("that cannot be opened is refused", async () => {
    await expect(written("plain", join(folder, "none", "log"))).rejects.toThrow(/^--output: ENOENT/);
  });
});
