// The command as users have it: in a process of its own, around programs of Node.js.

import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { attributesOf, startReceiver } from "../otlp-receiver.js";
import { type Installation, installPackage, plainEnv } from "../services/application.js";

const NODE = process.execPath;

let installation: Installation;
beforeAll(() => {
  installation = installPackage([], process.env["SDK"] as "sdk2" | "sdk3");
});
afterAll(() => installation?.[Symbol.dispose]());

/** Starts `otel-progress run`, with `options`, around a program of Node.js. */
function start(script: string, options: readonly string[] = [], how: SpawnOptions = {}) {
  const main = join(installation.folder, "node_modules/otel-progress/dist/cli/main.js");
  const env = plainEnv((how.env ?? {}) as Record<string, string>);
  const args = [main, "run", ...options, "--", NODE, "-e", script];
  return spawn(NODE, args, { cwd: installation.folder, ...how, env }) as ChildProcessWithoutNullStreams;
}
async function ended(child: ChildProcessWithoutNullStreams) {
  const [stdout, stderr, [code, signal]] = await Promise.all([
    child.stdout === null ? "" : text(child.stdout),
    child.stderr === null ? "" : text(child.stderr),
    once(child, "exit"),
  ]);
  return { stdout, stderr, code, signal };
}
const run = (script: string, options?: readonly string[], how?: SpawnOptions) => ended(start(script, options, how));
/** The last state that --format json said. */
const lastOf = (stderr: string) => JSON.parse(stderr.trimEnd().split("\n").at(-1)!);
const untilItSays = async (child: ChildProcessWithoutNullStreams, what: string) => {
  let said = "";
  for await (const [chunk] of on(child.stdout)) {
    said += chunk;
    if (said.includes(what)) return;
  }
};
async function* on(stream: NodeJS.ReadableStream): AsyncGenerator<[Buffer]> {
  for (;;) yield (await once(stream, "data")) as [Buffer];
}

describe("the program's", () => {
  it("outputs arrive as they are, and nothing else", async () => {
    const script = `
      process.stdout.write(Buffer.from([0, 255, 13, 27, 91, 50, 75, 128, 10]));
      process.stderr.write("45%\\r46%");`;
    expect(await run(script)).toEqual({
      stdout: Buffer.from([0, 255, 13, 27, 91, 50, 75, 128, 10]).toString(),
      stderr: "45%\r46%",
      code: 0,
      signal: null,
    });
  });

  it("output of many megabytes arrives whole", async () => {
    const script = `
      const line = Buffer.alloc(65_521, "0123456789abcdef/%\\n");
      for (let i = 0; i < 400; i++) require("fs").writeSync(1, line);`;
    const { stdout } = await run(script);
    expect(stdout === "0123456789abcdef/%\n".repeat(1_400_000).slice(0, 65_521).repeat(400)).toBe(true);
  });

  it("stdin is ours", async () => {
    const child = start("process.stdin.pipe(process.stdout)");
    child.stdin.end("typed");
    expect(await ended(child)).toMatchObject({ stdout: "typed", code: 0 });
  });

  it("stdout and stderr keep their order where they go to the same place", async () => {
    const path = join(installation.folder, "both.txt");
    const file = openSync(path, "w");
    const script = `
      const { writeSync } = require("fs");
      for (let i = 0; i < 200; i++) writeSync(1 + (i % 2), i + "\\n");`;
    await run(script, [], { stdio: ["ignore", file, file] });
    closeSync(file);
    expect(readFileSync(path, "utf8")).toBe(Array.from({ length: 200 }, (_, i) => `${i}\n`).join(""));
  });

  it.skipIf(process.platform === "win32")("stdout can be opened by its name", async () => {
    const script = 'require("fs").writeFileSync("/dev/stdout", "by name")';
    expect(await run(script)).toMatchObject({ stdout: "by name", code: 0 });
  });

  it("environment is ours", async () => {
    const env = { TRACEPARENT: "00-0102030405060708090a0b0c0d0e0f10-0102030405060708-01", OTEL_LOG_LEVEL: "debug" };
    const script = "process.stdout.write(process.env.TRACEPARENT + ' ' + process.env.OTEL_LOG_LEVEL)";
    expect(await run(script, [], { env })).toMatchObject({ stdout: `${env.TRACEPARENT} debug` });
  });
});

describe("progress", () => {
  it("is recognised in its output", async () => {
    const script = 'for (let i = 1; i <= 4; i++) console.log("[" + i + "/10] compiling"); process.exitCode = 9';
    const { stderr, code } = await run(script, ["--format", "json", "--id", "b-1", "--type", "build"]);
    expect(code).toBe(9);
    expect(lastOf(stderr)).toMatchObject({
      id: "b-1",
      type: "build",
      status: "failed",
      percentage: 40,
      error: { code: "EXIT_9" },
      levels: [{ type: "phase", current: 4, total: 10 }],
    });
  });

  it("of OSC 9;4 too, on stderr", async () => {
    const script = 'process.stderr.write("\\u001b]9;4;1;45\\u0007\\n"); process.exitCode = 1';
    const { stderr } = await run(script, ["--format", "json"]);
    expect(stderr).toContain("\u001b]9;4;1;45\u0007\n");
    expect(lastOf(stderr)).toMatchObject({ percentage: 45 });
  });

  it("is not looked for when that is not wanted", async () => {
    const { stdout, stderr } = await run('console.log("45%"); process.exitCode = 1', [
      "--no-parse",
      "--format",
      "json",
    ]);
    expect(stdout).toBe("45%\n");
    expect(lastOf(stderr)).toMatchObject({ status: "failed", levels: [] });
  });
});

describe("a program that uses otel-progress", () => {
  /** Runs `inner` as a program of its own, two levels deep. */
  const nested = (inner: string, more = "") => `
    (async () => {
      const { progress } = await import("otel-progress");
      const { spawn } = await import("node:child_process");
      await progress.operation("import", { total: 2 }, async (op) => {
        op.increment();
        const child = spawn(process.execPath, ["--input-type=module", "-e", ${JSON.stringify(inner)}], { stdio: "inherit" });
        await new Promise((resolve) => child.once("exit", resolve));
        ${more}
      });
    })()`;
  const INNER = `
    import { progress } from "otel-progress";
    await progress.operation("compress", { total: 4 }, async (op) => {
      await op.level("file", { name: "a.csv" }, (level) => level.increment(3));
      op.increment();
    });`;

  it("counts in the operation, and so do the programs it starts itself", async () => {
    const { stderr, code } = await run(nested(INNER), ["--format", "json", "--id", "outer", "--total", "2"]);
    expect(code).toBe(0);
    const { id, status, levels } = lastOf(stderr);
    expect([id, status]).toEqual(["outer", "completed"]);
    expect(levels.map(({ type, status }: { type: string; status: string }) => [type, status]).sort()).toEqual([
      ["compress", "completed"],
      ["import", "completed"],
    ]);
    const compress = levels.find(({ type }: { type: string }) => type === "compress");
    expect(compress).toMatchObject({ total: 4, levels: [{ type: "file", name: "a.csv", current: 3 }] });
  });

  it("is what counts, not what it prints", async () => {
    const script = `
      (async () => {
        const { progress } = await import("otel-progress");
        await progress.operation("import", { total: 4 }, async (op) => {
          op.increment();
          await progress.forceFlush();
          console.log("75%");
          process.exitCode = 1;
        });
      })()`;
    const { stderr } = await run(script, ["--format", "json"]);
    expect(lastOf(stderr)).toMatchObject({ status: "failed", levels: [{ type: "import", current: 1 }] });
    expect(lastOf(stderr).levels.length).toBe(1);
  });

  it("counts through a run inside of a run", async () => {
    const main = join(installation.folder, "node_modules/otel-progress/dist/cli/main.js");
    const script = `
      (async () => {
        const { progress } = await import("otel-progress");
        await progress.operation("import", { total: 2 }, async (op) => op.increment(2));
      })()`;
    const inner = `
      const { spawnSync } = require("child_process");
      const run = [${JSON.stringify(main)}, "run", "--type", "inner", "--", process.execPath, "-e", ${JSON.stringify(script)}];
      process.exitCode = spawnSync(process.execPath, run, { stdio: "inherit" }).status;`;
    const { stderr, code } = await run(inner, ["--format", "json", "--type", "outer"]);
    expect(code).toBe(0);
    expect(lastOf(stderr)).toMatchObject({
      type: "outer",
      status: "completed",
      levels: [{ type: "inner", status: "completed", levels: [{ type: "import", current: 2 }] }],
    });
  });
});

describe("over OTLP", () => {
  it("its span is a child of the span we were started in, and the parent of what the program does", async () => {
    await using receiver = await startReceiver();
    const env = {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_LOGS_EXPORTER: "none",
      OTEL_TRACES_EXPORTER: "otlp",
      OTEL_METRICS_EXPORTER: "console",
      TRACEPARENT: "00-0102030405060708090a0b0c0d0e0f10-0102030405060708-01",
    };
    const { stdout, stderr } = await run(
      "process.stdout.write(process.env.TRACEPARENT + ' ' + process.env.OTEL_METRICS_EXPORTER)",
      ["-a", "host=a"],
      { env },
    );
    const [span] = receiver.spans();
    expect(span).toMatchObject({ name: "node", parentSpanId: "0102030405060708" });
    expect([stdout, stderr]).toEqual([`00-${span!.traceId}-${span!.spanId}-01 console`, ""]);
    expect(attributesOf(span!.attributes)).toMatchObject({
      "process.executable.name": "node",
      "process.command": NODE,
      "process.exit.code": 0,
      "progress.status": "completed",
      host: "a",
    });
    expect(JSON.stringify([receiver.resource(), receiver.spans()])).not.toContain("process.stdout.write");
  });

  it("a receiver that is not there holds us up for no longer than a few seconds, and is not spoken of", async () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:9", OTEL_LOGS_EXPORTER: "none" };
    expect(await run("", [], { env })).toEqual({ stdout: "", stderr: "", code: 0, signal: null });
  });
});

const LISTENING = `
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR2"]) process.on(signal, () => {
    console.log(signal);
    if (signal !== "SIGUSR2") process.exit(7);
  });
  setInterval(() => {}, 1000);
  console.log("ready");`;

describe.skipIf(process.platform === "win32")("a signal", () => {
  it.each(["SIGINT", "SIGTERM", "SIGHUP"] as const)(
    "%s to us reaches it once; it decides how it ends",
    async (signal) => {
      const child = start(LISTENING, ["--format", "json"], { detached: true });
      const all = ended(child);
      await untilItSays(child, "ready");
      child.kill(signal);
      const { stdout, stderr, code } = await all;
      expect([stdout, code]).toEqual([`ready\n${signal}\n`, 7]);
      expect(lastOf(stderr)).toMatchObject({ status: "cancelled", reason: signal });
    },
  );

  it("that does not ask for the end reaches it too", async () => {
    const child = start(LISTENING);
    const all = ended(child);
    await untilItSays(child, "ready");
    child.kill("SIGUSR2");
    await untilItSays(child, "SIGUSR2");
    child.kill("SIGTERM");
    expect(await all).toMatchObject({ code: 7 });
  });

  it("that it ends by ends us as well, so that shells see it", async () => {
    const child = start('setInterval(() => {}, 1000); console.log("ready")', [], { detached: true });
    const all = ended(child);
    await untilItSays(child, "ready");
    child.kill("SIGINT");
    expect(await all).toMatchObject({ code: null, signal: "SIGINT" });
  });
});

describe.skipIf(process.platform === "win32")("when a pipe breaks", () => {
  /** Writes for ever, and notes how that ended. */
  const endless = (path: string) => `
    const { writeSync, writeFileSync } = require("fs");
    try { for (;;) writeSync(1, "something\\n".repeat(100)); } catch (error) { writeFileSync(${JSON.stringify(path)}, error.code); }
    process.exitCode = 3;`;

  it("because nobody reads us, its pipe breaks too, and we end as it does", async () => {
    const path = join(installation.folder, "unread.txt");
    const child = start(endless(path), [], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    child.stdout.destroy();
    expect(await once(child, "exit")).toEqual([3, null]);
    expect(readFileSync(path, "utf8")).toBe("EPIPE");
  });

  it.runIf(process.platform === "linux")("because the disk is full, that is said, and we fail", async () => {
    const full = openSync("/dev/full", "w");
    const { stderr, code } = await run('process.stdout.write("something")', [], { stdio: ["ignore", full, "pipe"] });
    closeSync(full);
    expect([code, stderr]).toEqual([
      125,
      expect.stringMatching(/^otel-progress: its output cannot be passed on: ENOSPC/),
    ]);
  });

  it("because we are killed, it lives on until it writes", async () => {
    const path = join(installation.folder, "killed.txt");
    writeFileSync(path, "");
    const child = start(endless(path));
    await once(child.stdout, "data");
    child.kill("SIGKILL");
    await vi.waitFor(() => expect(readFileSync(path, "utf8")).toBe("EPIPE"), { timeout: 10_000 });
  });
});

it("what a process writes that the program left behind still passes", async () => {
  const later = 'process.stdin.on("end", () => console.log("later")).resume()';
  const script = `
    const { spawn } = require("child_process");
    spawn(process.execPath, ["-e", ${JSON.stringify(later)}], { stdio: "inherit", detached: true }).unref();
    console.log("gone");`;
  const child = start(script);
  const all = ended(child);
  await untilItSays(child, "gone");
  child.stdin.end();
  expect(await all).toMatchObject({ stdout: "gone\nlater\n", code: 0 });
});
