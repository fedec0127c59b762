import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterEach, expect, it, vi } from "vitest";
import { type Program, startProgram } from "../../../src/cli/run/program.js";

const node = (script: string) => [process.execPath, "-e", script];
const start = (script: string, piped: readonly (1 | 2)[] = [1, 2], told = (_: NodeJS.Signals) => {}) =>
  startProgram(node(script), process.env, piped, told);
/** What comes out, by descriptor. */
const outputs = async (program: Program) =>
  Object.fromEntries(
    await Promise.all(program.outputs.map(async ({ source, descriptor }) => [descriptor, await text(source)])),
  );
/** A program that says what signals it gets, and ends at SIGTERM with exit code 5. */
const LISTENING = `
  for (const signal of ["SIGUSR2", "SIGTERM"]) process.on(signal, () => {
    console.log(signal);
    if (signal === "SIGTERM") process.exit(5);
  });
  setInterval(() => {}, 1000);
  console.log("ready");`;

const before = process.eventNames();
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  expect(process.eventNames()).toEqual(before);
});

it("its outputs come through us, each by itself", async () => {
  const program = start("process.stdout.write('out'); process.stderr.write('err')");
  expect(program.pid).toBeGreaterThan(0);
  expect(await outputs(program)).toEqual({ 1: "out", 2: "err" });
  expect(await program.ended).toEqual({ code: 0, signal: undefined });
});

it("or only those that are asked for", async () => {
  const program = start("process.stdout.write('out'); process.exitCode = 3", [1]);
  expect(await outputs(program)).toEqual({ 1: "out" });
  expect(await program.ended).toMatchObject({ code: 3 });
  const silent = start("", []);
  expect(silent.outputs).toEqual([]);
  await silent.ended;
});

it("where there are no named pipes, those of Node.js are used", async () => {
  vi.spyOn(process, "platform", "get").mockReturnValue("win32");
  const program = start("process.stdout.write('out'); process.stderr.write('err')");
  vi.restoreAllMocks();
  expect(await outputs(program)).toEqual({ 1: "out", 2: "err" });
  await program.ended;
});

it("how it ended is told: by a signal", async () => {
  const program = start("process.kill(process.pid, 'SIGKILL')", []);
  expect(await program.ended).toEqual({ code: undefined, signal: "SIGKILL" });
});

it.each([
  ["that is not there", ["/nowhere/to/be/found"], "ENOENT"],
  ["that is no program", [process.cwd()], "EACCES"],
  ["with a name that cannot be", ["a\0b"], "ERR_INVALID_ARG_VALUE"],
])("one %s is told too, and its outputs end", async (_, command, code) => {
  const program = startProgram(command, process.env, [1, 2], () => {});
  expect(await outputs(program)).toEqual({ 1: "", 2: "" });
  expect(await program.ended).toMatchObject({ error: { code } });
  expect(program.pid).toBeUndefined();
  program.stop();
});

it("signals that come to us are passed on; those that ask for the end are told", async () => {
  const told: NodeJS.Signals[] = [];
  const program = start(LISTENING, [1], (signal) => told.push(signal));
  const { source } = program.outputs[0]!;
  expect(String((await once(source, "data"))[0])).toBe("ready\n");
  process.emit("SIGUSR2", "SIGUSR2");
  expect(String((await once(source, "data"))[0])).toBe("SIGUSR2\n");
  expect([told, program.asked]).toEqual([[], undefined]);
  process.emit("SIGTERM", "SIGTERM");
  expect(String((await once(source, "data"))[0])).toBe("SIGTERM\n");
  expect(await program.ended).toMatchObject({ code: 5 });
  expect([told, program.asked]).toEqual([["SIGTERM"], "SIGTERM"]);
});

it("stopped, it is asked to end, and killed when it has not after ten seconds", async () => {
  const polite = start("setInterval(() => {}, 1000); console.log('ready')", [1]);
  await once(polite.outputs[0]!.source, "data");
  polite.stop();
  expect(await polite.ended).toMatchObject({ signal: "SIGTERM" });

  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const deaf = start(
    "process.on('SIGTERM', () => console.log('no')); setInterval(() => {}, 1000); console.log('ready')",
    [1],
  );
  await once(deaf.outputs[0]!.source, "data");
  deaf.stop();
  expect(String((await once(deaf.outputs[0]!.source, "data"))[0])).toBe("no\n");
  vi.advanceTimersByTime(9_999);
  vi.advanceTimersByTime(1);
  expect(await deaf.ended).toMatchObject({ signal: "SIGKILL" });
});
