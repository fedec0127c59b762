// `otel-progress run` around programs that people run, in a real terminal and redirected. Needs git, tar, npm and tmux.

import { execFile, execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Snapshot } from "../../src/index.js";
import { type Installation, installPackage, plainEnv } from "../services/application.js";
import { shellOf, Window } from "../terminal/window.js";

let installation: Installation;
let scratch: string;
beforeAll(() => {
  installation = installPackage([]);
  const main = join(installation.folder, "node_modules/otel-progress/dist/cli/main.js");
  const program = join(installation.folder, "otel-progress");
  writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${main}" "$@"\n`);
  chmodSync(program, 0o755);
  scratch = mkdtempSync(join(tmpdir(), "otel-progress-run-"));
  manyFiles(join(scratch, "source"));
});
afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
  installation?.[Symbol.dispose]();
});

function manyFiles(folder: string): void {
  mkdirSync(folder);
  for (let index = 0; index < 2_000; index++)
    writeFileSync(join(folder, `file-${index}`), `${index}\n`.repeat(index % 400));
}
const PATH = () => `${installation.folder}:${process.env["PATH"]}`;

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
/** A line of the shell; it fails when a part of a pipeline does. */
function shell(line: string): Promise<Ended> {
  const options = { cwd: scratch, env: plainEnv({ PATH: PATH() }), maxBuffer: 2e9 };
  return new Promise((resolve) => {
    execFile("bash", ["-o", "pipefail", "-c", line], options, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
  });
}
const last = (stderr: string): Snapshot => JSON.parse(stderr.trimEnd().split("\n").at(-1)!);

describe("redirected", () => {
  it("git clone: its phases are levels, by their names", async () => {
    const git = (...args: string[]) =>
      execFileSync("git", ["-C", join(scratch, "source"), ...args], { stdio: "ignore" });
    git("init", "-q");
    git("add", ".");
    git("-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "-q", "-m", "all");
    const clone = `git clone --progress "file://${scratch}/source" copy`;
    const { code, stderr } = await shell(`otel-progress run --format json -- ${clone}`);
    expect(code).toBe(0);
    expect(stderr).toMatch(/Receiving objects: 100% \(\d+\/\d+\)/);
    const { status, type, levels } = last(stderr);
    expect([status, type]).toEqual(["completed", "git"]);
    expect(levels.map(({ name }) => name)).toContain("Receiving objects");
    expect(levels.every((level) => level.status === "completed" && level.type === "phase")).toBe(true);
    const receiving = levels.find(({ name }) => name === "Receiving objects")!;
    expect(receiving.current).toBe(receiving.total);
    expect(readFileSync(join(scratch, "copy/file-7"), "utf8")).toBe("7\n".repeat(7));
  });

  it("tar of a large folder is the same archive", async () => {
    const { code, stdout } = await shell(
      "tar cf - source | cksum; otel-progress run -- tar cf - source | cksum; otel-progress run -- tar cf - source > a.tar && cksum < a.tar",
    );
    const [plain, piped, file] = stdout.trim().split("\n");
    expect([code, piped, file]).toEqual([0, plain, plain]);
    expect(statSync(join(scratch, "a.tar")).size).toBeGreaterThan(1_000_000);
  });

  it("npm ci installs, and its failure is that of the operation", async () => {
    const project = join(scratch, "project");
    mkdirSync(join(project, "dep"), { recursive: true });
    const write = (path: string, json: object) => writeFileSync(join(project, path), JSON.stringify(json));
    write("dep/package.json", { name: "dep", version: "1.0.0" });
    write("package.json", { name: "app", version: "1.0.0", dependencies: { dep: "file:dep" } });
    const ci = "cd project && otel-progress run --format json -- npm ci --offline --no-audit --no-fund";
    const failed = await shell(ci);
    expect(failed.code).toBeGreaterThan(0);
    expect(last(failed.stderr)).toMatchObject({
      type: "npm",
      status: "failed",
      error: { code: `EXIT_${failed.code}` },
    });
    write("package-lock.json", {
      name: "app",
      version: "1.0.0",
      lockfileVersion: 3,
      packages: {
        "": { name: "app", version: "1.0.0", dependencies: { dep: "file:dep" } },
        dep: { version: "1.0.0" },
        "node_modules/dep": { resolved: "dep", link: true },
      },
    });
    const { code, stdout, stderr } = await shell(ci);
    expect([code, stdout]).toEqual([0, expect.stringMatching(/added \d+ package/)]);
    expect(last(stderr)).toMatchObject({ status: "completed" });
  });

  it("a gigabyte arrives whole, and who stops reading stops the program", async () => {
    const gigabyte = "otel-progress run -- head -c 1000000000 /dev/zero";
    expect((await shell(`${gigabyte} | cksum`)).stdout).toBe(
      (await shell("head -c 1000000000 /dev/zero | cksum")).stdout,
    );
    const { code, stdout } = await shell("otel-progress run --format json -- yes | head -n 1");
    expect([stdout, code]).toEqual(["y\n", 141]);
  });
});

describe("on a terminal", () => {
  function open(columns = 100): Window {
    const window = new Window(shellOf("bash"), { columns, rows: 24, env: { PS1: "$ " } });
    // Of tmux's own environment a new window takes over the path.
    window.keys(`unset CI; PATH="${PATH()}"; cd "${scratch}"; clear; echo rea''dy`, "Enter");
    return window;
  }
  const typed = async (window: Window, line: string) => {
    await window.shows(/^ready/m);
    window.keys("-l", `clear; ${line}`);
    window.keys("Enter");
  };

  it("the program has the terminal, and one line stands behind it at the end", async () => {
    using window = open();
    await typed(window, "otel-progress run -- node -p 'process.stdin.isTTY && process.stdout.isTTY'; echo code $?");
    expect(await window.shows(/code 0\n/)).toMatch(/^true\n✔ node {2}in [\d.]+s\ncode 0\n/m);
  });

  it("one that fails stands out", async () => {
    using window = open();
    await typed(window, "otel-progress run -- sh -c 'exit 3'; echo code $?");
    expect(await window.shows(/code 3\n/)).toMatch(
      /^✖ sh {2}failed after [\d.]+s {2}EXIT_3: sh ended with exit code 3$/m,
    );
  });

  it("it reads what is typed", async () => {
    using window = open();
    await typed(window, "otel-progress run -- sh -c 'echo read''ing; exec cat'; echo code $?");
    await window.shows(/^reading/m);
    window.keys("hello", "Enter", "C-d");
    expect(await window.shows(/code 0\n/)).toMatch(/hello\nhello\n✔ sh/);
  });

  it("Ctrl-C reaches it once, and it may go on", async () => {
    using window = open();
    writeFileSync(
      join(scratch, "counts.mjs"),
      `let count = 0;
       process.on("SIGINT", () => console.log("SIGINT", ++count));
       process.stdin.on("data", () => process.exit(count));
       console.log("coun" + "ting");`,
    );
    await typed(window, "otel-progress run -- node counts.mjs; echo code $?");
    await window.shows(/^counting/m);
    window.keys("C-c");
    await window.shows(/SIGINT 1/);
    window.keys("C-c");
    await window.shows(/SIGINT 2/);
    window.keys("Enter");
    expect(await window.shows(/code 2\n/)).not.toContain("SIGINT 3");
  });

  it("Ctrl-C ends it, us, and the loop of the shell around us", async () => {
    using window = open();
    await typed(
      window,
      "for i in 1 2 3; do otel-progress run -- sh -c 'echo sleep''ing; exec sleep 60'; done; echo behind",
    );
    await window.shows(/^sleeping/m);
    window.keys("C-c");
    const screen = await window.shows(/■ sh .*SIGINT[\s\S]*\$$/);
    expect(screen.match(/^sleeping/gm)).toEqual(["sleeping"]);
    expect(screen).not.toMatch(/^behind/m);
  });

  it("Ctrl-Z stops both, and fg goes on", async () => {
    using window = open();
    writeFileSync(
      join(scratch, "stops.mjs"),
      `process.on("SIGCONT", () => console.log("a" + "gain"));
       process.stdin.on("data", (line) => process.exit(console.log("got", String(line))));
       console.log("star" + "ted");`,
    );
    await typed(window, "otel-progress run -- node stops.mjs; echo code $?");
    await window.shows(/^started/m);
    window.keys("C-z");
    await window.shows(/Stopped/);
    window.keys("fg", "Enter");
    await window.shows(/^again/m);
    window.keys("more", "Enter");
    await window.shows(/^got more[\s\S]*✔ node/m);
  });

  it("with --parse, what it writes passes, and progress in it is recognised", async () => {
    using window = open();
    await typed(window, "otel-progress run --parse --format plain -- sh -c 'echo [3/10]; exit 1'; echo code $?");
    expect(await window.shows(/code 1\n/)).toMatch(/^\[3\/10\]\n(?:.*\n)*FAILED sh: EXIT_1: .*, 30%/m);
  });

  it("with bars, what it writes passes above them", async () => {
    using window = open();
    await typed(
      window,
      "otel-progress run --format tty -- sh -c 'for i in 1 2 3; do echo [$i/10] step; done; read line; exit 1'; echo code $?",
    );
    const screen = await window.shows(/━.* 30%[\s\S]*phase 1/);
    expect(screen).toMatch(/^\[1\/10\] step\n\[2\/10\] step\n\[3\/10\] step\n. sh .*30%/m);
    window.keys("Enter");
    expect(await window.shows(/code 1\n/)).toMatch(/✖ sh {2}30%/);
  });
});
