import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Exit, ownSignal, settle, why } from "../../../src/cli/run/ending.js";
import type { Operation } from "../../../src/index.js";
import { createTestProgress, type TestProgress } from "../../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test.progress.shutdown());

const unstarted = (code: string): Exit => ({ error: Object.assign(new Error(code), { code }) });

/** Exit code and final state of an operation whose program ended like this. */
function settled(exit: Exit, asked?: NodeJS.Signals) {
  const op = test.progress.start("tool") as Operation;
  return { code: settle(op, "tool", exit, asked), ...op.snapshot() };
}

it("exit code 0 is completed, also after a signal: the program decides", () => {
  expect(settled({ code: 0 })).toMatchObject({ code: 0, status: "completed", attributes: { "process.exit.code": 0 } });
  expect(settled({ code: 0 }, "SIGTERM")).toMatchObject({ code: 0, status: "completed" });
});

it("another is failed, with a code that says which", () => {
  expect(settled({ code: 3 })).toMatchObject({
    code: 3,
    status: "failed",
    error: { code: "EXIT_3", message: "tool ended with exit code 3" },
    attributes: { "process.exit.code": 3 },
  });
});

it("another after a signal that asked for the end is cancelled", () => {
  expect(settled({ code: 130 }, "SIGINT")).toMatchObject({ code: 130, status: "cancelled", reason: "SIGINT" });
});

describe("a signal", () => {
  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s asks for the end: cancelled, 128 + its number, and ours too", (signal, code) => {
    expect(settled({ signal })).toMatchObject({ code, status: "cancelled", reason: signal });
    expect(ownSignal({ signal })).toBe(signal);
  });

  it("SIGPIPE means that nobody reads it any more: cancelled, and not ours", () => {
    expect(settled({ signal: "SIGPIPE" })).toMatchObject({ code: 141, status: "cancelled", reason: "SIGPIPE" });
    expect(ownSignal({ signal: "SIGPIPE" })).toBeUndefined();
  });

  it.each([
    ["SIGKILL", 137],
    ["SIGSEGV", 139],
    ["SIGABRT", 134],
  ] as const)("%s means that something is wrong: failed, and not ours", (signal, code) => {
    const error = { code: signal, message: `tool was ended by ${signal}` };
    expect(settled({ signal })).toMatchObject({ code, status: "failed", error });
    expect(ownSignal({ signal })).toBeUndefined();
  });
});

it.each([
  ["ENOENT", 127, "tool: not found"],
  ["EACCES", 126, "tool: cannot be executed (EACCES)"],
  ["E2BIG", 126, "tool: cannot be executed (E2BIG)"],
])("a program that cannot be started for %s has exit code %i", (error, code, message) => {
  expect(settled(unstarted(error))).toMatchObject({ code, status: "failed", error: { code: `EXIT_${code}`, message } });
});

it("an error without a code is said in its own words", () => {
  expect(why("tool", { error: new Error("nothing helps") })).toBe("tool: cannot be executed (nothing helps)");
});

it("one that took too long has failed already, and its exit code is 124, however it ended", async () => {
  for (const exit of [{ code: 0 }, { signal: "SIGTERM" }] as const) {
    const op = test.progress.start("tool", { timeout: "1s" }) as Operation;
    await test.advance("1s");
    expect(settle(op, "tool", exit, undefined)).toBe(124);
    expect(op.snapshot()).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
  }
});

it("one that ended well but whose output is not all there has failed", () => {
  const op = test.progress.start("tool") as Operation;
  const broken = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  expect(settle(op, "tool", { code: 0 }, undefined, broken)).toBe(125);
  expect(op.snapshot()).toMatchObject({ status: "failed", error: { code: "ENOSPC" } });
  const other = test.progress.start("tool") as Operation;
  expect(settle(other, "tool", { code: 3 }, undefined, broken)).toBe(3);
});
