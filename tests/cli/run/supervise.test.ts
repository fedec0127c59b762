import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { supervise, type Task } from "../../../src/cli/run/supervise.js";
import type { Operation } from "../../../src/index.js";
import { createTestProgress, type TestProgress } from "../../../src/testing.js";

let test: TestProgress;
let op: Operation;
beforeEach(() => {
  test = createTestProgress();
  op = test.progress.start("tool") as Operation;
});
afterEach(() => {
  vi.restoreAllMocks();
  return test.progress.shutdown();
});

const task = (script: string, more: Partial<Task> = {}): Task => ({
  command: [process.execPath, "-e", script],
  file: "tool",
  env: process.env,
  piped: [],
  above: [],
  ...more,
});

it("the operation ends as the program does, and knows its process", async () => {
  const { exitCode, exit } = await supervise(op, task("process.exitCode = 3"));
  expect([exitCode, exit.code]).toEqual([3, 3]);
  expect(op.snapshot()).toMatchObject({
    status: "failed",
    error: { code: "EXIT_3", message: "tool ended with exit code 3" },
  });
  expect(op.snapshot().attributes).toMatchObject({ "process.pid": expect.any(Number), "process.exit.code": 3 });
});

it("one that cannot be started fails, and has no process", async () => {
  expect(await supervise(op, task("", { command: ["/nowhere"] }))).toMatchObject({ exitCode: 127 });
  expect(op.snapshot().status).toBe("failed");
  expect(op.snapshot().attributes).not.toHaveProperty("process.pid");
});

/** With bars, output goes through the streams of the process; what they get is kept. */
async function piped(script: string) {
  const kept = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    vi.spyOn(process[name], "write").mockImplementation(((chunk: Uint8Array, done: () => void) => {
      kept[name] += new TextDecoder().decode(chunk);
      done();
      return true;
    }) as never);
  const { passed, exitCode } = await supervise(op, task(script, { piped: [1, 2], above: [1, 2] }));
  await passed;
  vi.restoreAllMocks();
  return { ...kept, exitCode };
}

it("what it writes passes, and is recognised, each output by itself", async () => {
  const { stdout, stderr } = await piped(`
    process.stdout.write("[3/10] a\\n[10/10] b\\n");
    process.stderr.write("\\rReceiving: 45%");
    process.exitCode = 1;`);
  expect([stdout, stderr]).toEqual(["[3/10] a\n[10/10] b\n", "\rReceiving: 45%"]);
  expect(
    op
      .snapshot()
      .levels.map(({ name, status, current }) => [name, status, current])
      .sort(),
  ).toEqual([
    ["Receiving", "cancelled", undefined],
    ["phase 1", "cancelled", 10],
  ]);
});

it("its phases are complete when it ends well", async () => {
  await piped("process.stdout.write('30%')");
  expect(op.snapshot()).toMatchObject({ status: "completed", levels: [{ status: "completed", percentage: 100 }] });
});

it("a signal that asks us for the end is a cancel request", async () => {
  const supervised = supervise(op, task("process.on('SIGUSR2', () => {}); setInterval(() => {}, 1000)"));
  process.emit("SIGTERM", "SIGTERM");
  expect(op.snapshot()).toMatchObject({ cancelRequested: { reason: "SIGTERM" } });
  expect(await supervised).toMatchObject({ exitCode: 143, exit: { signal: "SIGTERM" } });
  expect(op.snapshot()).toMatchObject({ status: "cancelled", reason: "SIGTERM" });
});

it("a cancel request from elsewhere asks the program to end", async () => {
  const supervised = supervise(op, task("setInterval(() => {}, 1000)"));
  op.requestCancel("not needed");
  expect(await supervised).toMatchObject({ exitCode: 143 });
  expect(op.snapshot()).toMatchObject({ status: "cancelled" });
});

it("output that cannot be written is a failure, whatever the program says", async () => {
  vi.spyOn(process.stdout, "write").mockImplementation(((_chunk: Uint8Array, done: (error: Error) => void) => {
    done(Object.assign(new Error("no space left on device"), { code: "ENOSPC" }));
    return false;
  }) as never);
  const script = "process.stdout.on('error', () => {}).write('something')";
  const { exitCode, passed } = await supervise(op, task(script, { piped: [1], above: [1] }));
  expect([exitCode, (await passed).map(({ message }) => message)]).toEqual([125, ["no space left on device"]]);
  expect(op.snapshot()).toMatchObject({ status: "failed", error: { code: "ENOSPC" } });
});
