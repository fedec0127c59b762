import { afterEach, expect, it, vi } from "vitest";

afterEach(() => {
  vi.resetModules();
  vi.doUnmock("node:fs");
  vi.doUnmock("node:tty");
});

/** As if the system said this of us; undefined: it has no such file. */
async function needsPassing(stat: string | undefined, terminal = false) {
  vi.doMock("node:fs", () => ({
    readFileSync() {
      if (stat === undefined) throw new Error("ENOENT");
      return stat;
    },
  }));
  vi.doMock("node:tty", () => ({ isatty: (descriptor: number) => terminal && descriptor === 2 }));
  return (await import("../../../src/cli/run/foreground.js")).needsPassing;
}
const SIGNALS = ["SIGINT", "SIGQUIT", "SIGHUP", "SIGTERM", "SIGUSR1", "SIGUSR2"] as const;

it("in the foreground of a terminal, what is typed there reaches the program already", async () => {
  const passing = await needsPassing("71 (node) S 70 71 60 34817 71 4194304 1 2 3");
  expect(SIGNALS.filter(passing)).toEqual(["SIGTERM", "SIGUSR1", "SIGUSR2"]);
});

it.each([
  ["in the background", "71 (node) S 70 71 60 34817 60 4194304 1 2 3"],
  ["without a terminal", "71 (node) S 70 71 60 0 -1 4194304 1 2 3"],
  ["whatever the program is called", "71 (a) S 1 5 5 5 5) S 70 71 60 0 -1 4194304"],
])("%s, everything is passed on", async (_, stat) => {
  expect(SIGNALS.filter(await needsPassing(stat))).toEqual(SIGNALS);
});

it("where the system does not say, whoever has a terminal is taken to be in its foreground", async () => {
  expect(SIGNALS.filter(await needsPassing(undefined, true))).toEqual(["SIGTERM", "SIGUSR1", "SIGUSR2"]);
  vi.resetModules();
  expect(SIGNALS.filter(await needsPassing(undefined, false))).toEqual(SIGNALS);
});
