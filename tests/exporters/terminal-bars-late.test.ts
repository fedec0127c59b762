// Bars of a process that stood still, stopped or blocked, and goes on.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { terminalBars } from "../../src/exporters/terminal-bars.js";
import type { Snapshot } from "../../src/model.js";
import { operation } from "./snapshots.js";
import { Emulator } from "./terminal/emulator.js";

let bars: ReturnType<typeof terminalBars>;
let terminal: Emulator;
beforeEach(() => {
  vi.useFakeTimers();
  terminal = new Emulator(60, 8);
  bars = terminalBars({ stream: terminal.stream, unicode: false, barWidth: 8 });
});
afterEach(() => {
  bars[Symbol.dispose]();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

const tell = (...snapshots: Snapshot[]) => void bars.export(snapshots, []);
const half = (id: string, fields: Record<string, unknown> = {}) =>
  operation({ id, name: id, percentage: 50, ...fields });

describe("when the timer is late", () => {
  /** Time passes without any timer. */
  const passUnseen = (millis: number) => {
    const later = performance.now() + millis;
    vi.spyOn(performance, "now").mockImplementation(() => later);
  };

  test("because the process was stopped: what others wrote meanwhile is left as it is", () => {
    tell(half("a"));
    passUnseen(5_000);
    Emulator.prototype.write.call(terminal, "[1]+  Stopped\r\n$ fg\r\n");
    tell(half("a", { percentage: 75 }));
    process.emit("SIGCONT", "SIGCONT");
    vi.advanceTimersToNextTimer();
    expect(terminal.shown).toEqual([
      "- a  ####----   50%  0s",
      "[1]+  Stopped",
      "$ fg",
      expect.stringMatching(/^. a {2}######-- {3}75%/),
    ]);
  });

  test("because the process was stopped: neither does what the application writes first erase it", () => {
    vi.spyOn(process, "cpuUsage").mockReturnValue({ user: 1_000, system: 1_000 });
    tell(half("a"));
    passUnseen(5_000);
    Emulator.prototype.write.call(terminal, "[1]+  Stopped\r\n$ fg\r\n");
    terminal.write("one\n");
    process.emit("SIGCONT", "SIGCONT");
    terminal.write("two\n");
    passUnseen(20);
    vi.advanceTimersByTime(20);
    expect(terminal.shown.slice(0, -1)).toEqual(["- a  ####----   50%  0s", "[1]+  Stopped", "$ fg", "one", "two"]);
    expect(terminal.shown.at(-1)).toMatch(/^. a {2}####---- {3}50%/);
  });

  test("because the loop is blocked: what the application writes stands above the bars", () => {
    vi.spyOn(process, "cpuUsage").mockReturnValue({ user: 4_000_000, system: 500_000 });
    tell(half("a"));
    passUnseen(5_000);
    terminal.write("one\n");
    expect(terminal.shown).toEqual(["one", "- a  ####----   50%  0s"]);
  });

  test("because the loop is blocked: drawing goes on from inside of it", () => {
    tell(half("a"));
    passUnseen(5_000);
    tell(half("a", { percentage: 75 }));
    expect(terminal.written.length).toBe(1);
    passUnseen(100);
    tell(half("a", { percentage: 80 }));
    expect(terminal.written.length).toBe(2);
    expect(terminal.written[1]).toContain("80%");
  });
});
