import { describe, expect, it } from "vitest";
import { Interruption } from "../../src/cli/interruption.js";

const listeners = () =>
  process.listenerCount("SIGINT") + process.listenerCount("SIGTERM") + process.listenerCount("SIGHUP");

describe("an interruption", () => {
  it.each([
    ["SIGHUP", 129],
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s aborts once, and is exit code %i", (name, code) => {
    const before = listeners();
    using interruption = new Interruption();
    expect([interruption.signal.aborted, interruption.exitCode]).toEqual([false, undefined]);
    process.emit(name, name);
    expect([interruption.signal.aborted, interruption.exitCode]).toEqual([true, code]);
    // The next one ends the process, as it does without us.
    expect(listeners()).toBe(before);
  });

  it("that never came leaves nothing behind", () => {
    const before = listeners();
    {
      using interruption = new Interruption();
      expect([listeners(), interruption.signal.aborted]).toEqual([before + 3, false]);
    }
    expect(listeners()).toBe(before);
  });
});
