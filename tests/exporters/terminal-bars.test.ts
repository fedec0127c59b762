import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type TerminalBarsOptions, terminalBars } from "../../src/exporters/terminal-bars.js";
import type { Snapshot } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";
import { ended, operation } from "./snapshots.js";
import { Emulator } from "./terminal/emulator.js";

type Fields = Record<string, unknown>;

let bars: ReturnType<typeof terminalBars>;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  bars[Symbol.dispose]();
  vi.useRealTimers();
});

function setUp(columns = 60, rows = 8, options: TerminalBarsOptions = {}) {
  const terminal = new Emulator(columns, rows);
  bars = terminalBars({ stream: terminal.stream, unicode: false, barWidth: 8, ...options });
  return terminal;
}
const tell = (...snapshots: Snapshot[]) => void bars.export(snapshots, []);
const half = (id: string, fields: Fields = {}) => operation({ id, name: id, percentage: 50, ...fields });
/** A little more, so that times stand clear of being rounded down. */
const wait = (millis: number) => vi.advanceTimersByTime(millis + 10);

describe("what is drawn", () => {
  test("a row for what runs, and a line above for what has ended", () => {
    const terminal = setUp();
    tell(half("a"), half("b"));
    expect(terminal.shown).toEqual(["- a  ####----   50%  0s", "- b  ####----   50%  0s"]);
    tell(ended(3, { id: "a", name: "a", current: 7, unit: "row" }), half("b", { percentage: 75 }));
    wait(100);
    expect(terminal.shown).toEqual(["ok a  7 rows  in 3s", "\\ b  ######--   75%  0.1s"]);
    tell(ended(4, { id: "b", name: "b" }));
    expect(terminal.shown).toEqual(["ok a  7 rows  in 3s", "ok b  in 4s"]);
    expect(terminal.cursor).toEqual([0, 2]);
  });

  test("what has ended before it was ever drawn leaves its line, and nothing else", () => {
    const terminal = setUp();
    tell(ended(1, { name: "short" }));
    expect(terminal.shown).toEqual(["ok short  in 1s"]);
    wait(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("the time goes on and the spinner turns while nothing is reported; the time of what is paused stands still", () => {
    const terminal = setUp();
    tell(half("a"), half("b", { status: "paused", reason: "lunch" }));
    wait(2_000);
    expect(terminal.shown).toEqual(["- a  ####----   50%    2s", "= b  ####----   50%    0s  paused  lunch"]);
    wait(100);
    expect(terminal.shown[0]).toBe("\\ a  ####----   50%  2.1s");
  });

  test("a stalled operation says what it waits for, and for how long by now", () => {
    const terminal = setUp(80);
    const waitingOn = [{ name: "GET db", elapsedSeconds: 90, attributes: {} }];
    tell(half("a", { stalled: { seconds: 60, waitingOn } }));
    wait(5_000);
    expect(terminal.shown[0]).toMatch(/^! a {2}####---- {3}50% +5s {2}stalled 1m 5s {2}waits on GET db$/);
  });

  test("an operation that left the history has no row any more; one that began again under its id has", () => {
    const terminal = setUp();
    tell(half("a"));
    void bars.export([], ["a"]);
    expect(terminal.shown).toEqual([]);
    tell(ended(1, { id: "a", name: "first run" }), half("a", { name: "second run" }));
    wait(100);
    expect(terminal.shown).toEqual(["ok first run  in 1s", "\\ second run  ####----   50%  0.1s"]);
  });

  test("the window is never overfull; what has no place is counted", () => {
    const terminal = setUp(40, 4);
    tell(...Array.from({ length: 9 }, (_, index) => half(`operation ${index}`)));
    expect(terminal.all).toEqual([
      "- operation 0  ####----   50%  0s",
      "- operation 1  ####----   50%  0s",
      "  and 7 more",
    ]);
  });

  test("columns and their order can be chosen", () => {
    const terminal = setUp(60, 8, { columns: ["percentage", "name"] });
    tell(half("a"), half("b", { percentage: 100 }));
    expect(terminal.shown).toEqual([" 50%  a", "100%  b"]);
  });

  test("it follows the window when its size changes", () => {
    const terminal = setUp(60, 8);
    tell(half("some long name", { message: "what is done now" }), half("b"));
    expect(terminal.shown[0]).toBe("- some long name  ####----   50%  0s  what is done now");
    terminal.resize(30, 8);
    wait(100);
    expect(terminal.all).toEqual(["\\ some long..  ####----   50%", "\\ b            ####----   50%"]);
    terminal.resize(60, 8);
    wait(100);
    expect(terminal.all.length).toBe(2);
    expect(terminal.shown[0]).toContain("50%  0.2s  what is");
  });

  test("wide characters and emoji do not move the columns behind them", () => {
    const terminal = setUp();
    tell(half("日本語", { name: "日本語" }), half("e", { name: "📦 e\u0301" }), half("plain"));
    const percent = (row: number) => terminal.cells(row).indexOf("%");
    expect([percent(0), percent(1)]).toEqual([percent(2), percent(2)]);
  });
});

describe("how often", () => {
  test("at most ten times a second, or as the interval says; never more than twenty", () => {
    for (const [interval, most] of [
      ["100ms", 10],
      ["50ms", 20],
      ["1s", 1],
    ] as const) {
      const terminal = setUp(60, 8, { interval });
      for (let millis = 0; millis < 1_000; millis += 10) {
        tell(half("a", { percentage: millis / 10 }));
        vi.advanceTimersByTime(10);
      }
      expect(terminal.written.length).toBeLessThanOrEqual(most + 1);
      expect(terminal.written.length).toBeGreaterThanOrEqual(most - 1);
      bars[Symbol.dispose]();
    }
  });

  test("nothing is written while nothing changes", () => {
    const terminal = setUp();
    tell(half("a", { status: "paused" }));
    wait(5_000);
    expect(terminal.written.length).toBe(1);
  });

  test("not while the terminal has not taken what was written before", () => {
    const terminal = setUp();
    tell(half("a"));
    terminal.writableNeedDrain = true;
    wait(5_000);
    expect(terminal.written.length).toBe(1);
    terminal.writableNeedDrain = false;
    wait(100);
    expect(terminal.shown[0]).toContain("5.1s");
  });

  test("the longer a drawing takes, the later the next: a tenth of the time at most", () => {
    const terminal = setUp();
    const now = performance.now.bind(performance);
    let spent = 0;
    vi.spyOn(performance, "now").mockImplementation(() => now() + spent);
    const write = terminal.write;
    terminal.write = (text) => {
      spent += 200;
      return write.call(terminal, text);
    };
    tell(half("a"));
    wait(1_500);
    expect(terminal.written.length).toBe(1);
    wait(300);
    expect(terminal.written.length).toBe(2);
    bars[Symbol.dispose]();
    vi.restoreAllMocks();
  });

  test("no timer is left when nothing runs", () => {
    const terminal = setUp();
    tell(half("a"));
    tell(ended(1, { id: "a", name: "a" }));
    expect(terminal.shown).toEqual(["ok a  in 1s"]);
    wait(0);
    expect(vi.getTimerCount()).toBe(0);
    expect(terminal.listenerCount("error")).toBe(0);
  });
});

describe("what the application writes", () => {
  test("stands above the bars, line by line", () => {
    const terminal = setUp();
    tell(half("a"));
    terminal.write("one\n");
    terminal.write("two\n");
    wait(20);
    expect(terminal.shown).toEqual(["one", "two", "- a  ####----   50%  0s"]);
  });

  test("may be a line in pieces: the bars come back when it is complete, and lines of what has ended wait for it", () => {
    const terminal = setUp();
    tell(half("a"), half("b"));
    terminal.write("copying ");
    wait(1_000);
    tell(ended(1, { id: "a", name: "a" }));
    expect(terminal.shown).toEqual(["copying "]);
    expect(terminal.cursor).toEqual([8, 0]);
    terminal.write("done\n");
    wait(100);
    expect(terminal.shown).toEqual(["copying done", "ok a  in 1s", expect.stringContaining(" b  ")]);
  });

  test("may come very fast: all of it is there, and the bars below it", () => {
    const terminal = setUp(60, 8);
    tell(half("a"));
    for (let line = 0; line < 900; line++) terminal.write(`line ${line}\n`);
    wait(100);
    expect(terminal.all.slice(0, -1)).toEqual(Array.from({ length: 900 }, (_, line) => `line ${line}`));
    expect(terminal.all.at(-1)).toContain("a  ####----   50%");
    expect(terminal.written.length).toBeLessThan(1_000);
  });

  test("goes through untouched when the bars are gone", () => {
    const terminal = setUp();
    const original = terminal.write;
    tell(half("a"));
    bars[Symbol.dispose]();
    expect(terminal.write).toBe(original);
    terminal.write("after\n");
    expect(terminal.shown).toEqual(["- a  ####----   50%  0s", "after"]);
  });
});

describe("the taskbar", () => {
  const OSC = "\u001b]9;4;";
  const sequences = (terminal: Emulator) =>
    terminal.written.filter((text) => text.startsWith(OSC)).map((text) => text.slice(OSC.length, -2));

  test("follows the whole and is cleared when nothing runs", () => {
    const terminal = setUp(60, 8, { taskbar: true });
    tell(half("a"));
    tell(half("a", { percentage: 60 }));
    wait(100);
    wait(300);
    tell(ended(1, { id: "a" }));
    expect(sequences(terminal)).toEqual(["1;50", "1;60", "0;0"]);
  });

  test("is told again from time to time, for terminals that forget", () => {
    const terminal = setUp(60, 8, { taskbar: true });
    tell(half("a"));
    wait(10_050);
    expect(sequences(terminal)).toEqual(["1;50", "1;50", "1;50"]);
  });

  test("is left alone unless it is there", () => {
    vi.stubEnv("WT_SESSION", undefined);
    const terminal = setUp(60, 8, { taskbar: false });
    tell(half("a"));
    tell(ended(1, { id: "a" }));
    expect(sequences(terminal)).toEqual([]);
    vi.unstubAllEnvs();
  });

  test("is cleared by a signal, which keeps its effect; the loop blocked, signals are not caught at all", () => {
    const kill = vi.spyOn(process, "kill").mockReturnValue(true);
    const before = process.listenerCount("SIGTERM");
    const terminal = setUp(60, 8, { taskbar: true });
    tell(half("a"));
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    process.emit("SIGTERM", "SIGTERM");
    expect(sequences(terminal).at(-1)).toBe("0;0");
    expect(kill).toHaveBeenCalledWith(process.pid, "SIGTERM");
    wait(100);
    expect(process.listenerCount("SIGTERM")).toBe(before + 1);
    vi.setSystemTime(Date.now());
    const later = performance.now() + 2_000;
    vi.spyOn(performance, "now").mockReturnValue(later);
    tell(half("a"));
    expect(process.listenerCount("SIGTERM")).toBe(before);
    vi.restoreAllMocks();
  });
});

describe("the end", () => {
  test("what is drawn stays, and nothing is drawn any more", async () => {
    const terminal = setUp();
    tell(half("a"));
    tell(half("a", { percentage: 75 }));
    await bars.shutdown!();
    const drawn = terminal.written.length;
    tell(half("a", { percentage: 100 }));
    wait(1_000);
    expect(terminal.shown).toEqual(["- a  ######--   75%  0s"]);
    expect(terminal.cursor).toEqual([0, 1]);
    expect(terminal.written.length).toBe(drawn);
  });

  test("when the process exits, the last state is drawn at once, also what comes later", () => {
    const terminal = setUp();
    tell(half("a"), half("b"));
    tell(half("a", { percentage: 75 }));
    process.emit("exit", 0);
    expect(terminal.shown[0]).toBe("- a  ######--   75%  0s");
    tell(ended(1, { id: "a", name: "a" }));
    expect(terminal.shown[0]).toBe("ok a  in 1s");
  });

  test("a terminal that is gone does not disturb the work", () => {
    const terminal = setUp();
    tell(half("a"));
    terminal.emit("error", new Error("EIO"));
    const drawn = terminal.written.length;
    tell(half("a", { percentage: 75 }));
    wait(1_000);
    expect(terminal.written.length).toBe(drawn);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("nor one that is gone when the last is drawn, which it says after the write", () => {
    const terminal = setUp();
    tell(half("a"));
    tell(ended(1, { id: "a", name: "a" }));
    expect(terminal.listenerCount("error")).toBe(1);
    terminal.emit("error", new Error("EIO"));
    const drawn = terminal.written.length;
    tell(half("b"));
    wait(1_000);
    expect(terminal.written.length).toBe(drawn);
    expect([vi.getTimerCount(), terminal.listenerCount("error")]).toEqual([0, 0]);
  });

  test("of lines that cannot be written for long, the latest thousand are kept and the others counted", () => {
    const terminal = setUp(60, 8);
    tell(half("a"));
    terminal.write("open");
    for (let index = 0; index < 1_200; index++) tell(ended(1, { id: `${index}`, name: `n${index}` }));
    terminal.write("\n");
    wait(100);
    expect(terminal.all.slice(0, 3)).toEqual(["open", "and 200 more have ended", "ok n200  in 1s"]);
  });
});

test("as an exporter it shows what an instance does", async () => {
  const terminal = new Emulator(70, 8);
  bars = terminalBars({ stream: terminal.stream, unicode: false, barWidth: 10 });
  const t = createTestProgress({ exporters: [bars] });
  await t.progress.operation("import", { name: "Import", total: 4, unit: "row" }, async (op) => {
    op.increment();
    await t.advance("100ms");
    expect(terminal.shown).toEqual(["- Import  ##--------   25%  1 of 4 rows  10 rows/s  0.1s  eta 0.3s"]);
    op.increment(3);
  });
  await t.progress.forceFlush();
  expect(terminal.shown).toEqual([expect.stringMatching(/^ok Import {2}4 rows {2}in 0.1s/)]);
});
