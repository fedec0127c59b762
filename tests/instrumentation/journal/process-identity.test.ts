import { spawn } from "node:child_process";
import { copyFileSync, existsSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { isAlive, thisProcess } from "../../../src/instrumentation/journal/process-identity.js";
import { deadProcess, temporary } from "./members.js";

const proc = vi.hoisted(() => ({ isThere: true }));
vi.mock("node:fs", async (original) => {
  const fs = await original<typeof import("node:fs")>();
  const readFileSync = (path: string, ...rest: never[]) => {
    if (!proc.isThere && path.startsWith("/proc/")) throw new Error("ENOENT");
    return fs.readFileSync(path, ...rest);
  };
  return { ...fs, readFileSync };
});
afterEach(() => {
  proc.isThere = true;
  vi.restoreAllMocks();
});

const linux = existsSync("/proc/self/stat");
const statOf = (pid: number) => /.*\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "latin1"))![1]!.split(" ");

describe("a process of this machine", () => {
  it("is alive while it runs", () => {
    expect(thisProcess()).toMatchObject({ host: hostname(), pid: process.pid });
    expect(isAlive(thisProcess())).toBe(true);
  });

  it("is dead once it has ended", () => {
    expect(isAlive(deadProcess())).toBe(false);
  });

  it("is alive when it is somebody else's", () => {
    vi.spyOn(process, "kill").mockImplementation(() => {
      throw Object.assign(new Error("not permitted"), { code: "EPERM" });
    });
    expect(isAlive({ host: hostname(), pid: process.pid })).toBe(true);
  });
});

describe.runIf(linux)("where the system tells more", () => {
  it("a process with a pid that was used again is dead", () => {
    const own = thisProcess();
    expect(own.startTicks).toBe(Number(statOf(process.pid)[19]));
    expect(isAlive({ ...own, startTicks: own.startTicks! - 1 })).toBe(false);
  });

  it("a process that nobody asked how it ended is dead, though it still has its pid", async () => {
    // It ends when its parent is no shell any more, which would ask.
    const child = '(while [ "$(cat /proc/$$/comm)" != sleep ]; do :; done)';
    const parent = spawn("sh", ["-c", `${child} & echo $!; exec sleep 60`]);
    const pid = await new Promise<number>((resolve) => parent.stdout.once("data", (text) => resolve(Number(text))));
    await vi.waitFor(() => expect(statOf(pid)[0]).toBe("Z"), { timeout: 30_000 });
    expect([process.kill(pid, 0), isAlive({ host: hostname(), pid })]).toEqual([true, false]);
    parent.kill("SIGKILL");
  });

  it("the name of a program may hold anything", async () => {
    const program = join(temporary(), "a) Z 1 (b");
    copyFileSync("/bin/sleep", program);
    const child = spawn(program, ["60"]);
    await new Promise((resolve) => child.once("spawn", resolve));
    const identity = { host: hostname(), pid: child.pid!, startTicks: Number(statOf(child.pid!)[19]) };
    expect(isAlive(identity)).toBe(true);
    expect(isAlive({ ...identity, startTicks: identity.startTicks + 1 })).toBe(false);
    child.kill("SIGKILL");
  });
});

describe("where the system does not tell more", () => {
  it("the pid alone counts", () => {
    proc.isThere = false;
    expect(JSON.parse(JSON.stringify(thisProcess()))).toEqual({ host: hostname(), pid: process.pid });
    expect([isAlive(thisProcess()), isAlive(deadProcess())]).toEqual([true, false]);
    expect(isAlive({ ...thisProcess(), startTicks: 1 })).toBe(true);
  });
});

it("of a process of another machine nothing is known: it counts as dead", () => {
  expect(isAlive({ ...thisProcess(), host: `not-${hostname()}` })).toBe(false);
});
