import { PassThrough } from "node:stream";
import { stripVTControlCharacters } from "node:util";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { terminalBars } from "../../src/exporters/terminal-bars.js";
import { createTestProgress } from "../../src/testing.js";

/** A terminal of this size; `frames` are what is written to it, without control characters. */
function terminal(columns = 80, rows = 10) {
  const raw: string[] = [];
  const stream = Object.assign(new PassThrough(), { columns, rows, isTTY: true, hasColors: () => false });
  stream.on("data", (chunk) => raw.push(String(chunk)));
  const frames = () => raw.map((text) => stripVTControlCharacters(text)).filter((text) => text.trim() !== "");
  return { stream: stream as unknown as NodeJS.WriteStream, frames };
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
});
afterEach(() => {
  vi.useRealTimers();
});

test("a bar is drawn for what runs, and one calm line stays for what ended", async () => {
  const { stream, frames } = terminal();
  const t = createTestProgress({ exporters: [terminalBars({ stream, unicode: false, barWidth: 10, nameWidth: 12 })] });
  await t.progress.operation("import", { name: "Import", total: 4, unit: "row" }, async (op) => {
    op.increment();
    vi.advanceTimersByTime(100);
    await t.advance("100ms");
    op.increment(3);
  });
  await t.progress.forceFlush();
  expect(frames()[0]).toMatch(/^\\ Import {6}##-{8} {3}25% {2}1 of 4 rows {2}10 rows\/s {2}0\.1s {2}eta 0\.3s\n$/);
  expect(frames().at(-1)).toContain("ok Import  4 rows  in 0.1s");
});

test("lines are clipped to the width of the terminal, and the drawing to its height", async () => {
  const { stream, frames } = terminal(40, 4);
  const t = createTestProgress({ exporters: [terminalBars({ stream, unicode: false })] });
  const operations = Array.from({ length: 6 }, (_, index) =>
    t.progress.start("import", { name: `Operation ${index}`, total: 9 }),
  );
  await t.advance("100ms");
  const lines = frames()[0]!.trimEnd().split("\n");
  expect(lines.map((line) => line.length <= 39)).toEqual([true, true, true]);
  expect(lines.at(-1)).toBe("and 4 more lines");
  for (const operation of operations) operation.complete();
});

test("it draws at most twenty times a second", async () => {
  const { stream, frames } = terminal();
  const bars = terminalBars({ stream });
  const t = createTestProgress({ interval: "10ms" });
  const op = t.progress.start("import", { total: 100 });
  for (let millis = 0; millis < 1_000; millis += 10) {
    op.increment();
    vi.advanceTimersByTime(10);
    void bars.export([op.snapshot()], []);
  }
  expect(frames().length).toBeLessThanOrEqual(20);
  expect(frames().length).toBeGreaterThanOrEqual(15);
  bars[Symbol.dispose]();
});

test("the time goes on while nothing is reported", async () => {
  const { stream, frames } = terminal();
  const bars = terminalBars({ stream, unicode: false });
  const t = createTestProgress();
  const op = t.progress.start("import");
  vi.advanceTimersByTime(100);
  void bars.export([op.snapshot()], []);
  vi.advanceTimersByTime(2_000);
  expect(frames().at(-1)).toContain("  2s");
  bars[Symbol.dispose]();
  const drawn = frames().length;
  vi.advanceTimersByTime(2_000);
  expect(frames().length).toBe(drawn);
});

test("after shutdown nothing is drawn any more, and what was drawn stays", async () => {
  const { stream, frames } = terminal();
  const t = createTestProgress({ exporters: [terminalBars({ stream, unicode: false })] });
  const op = t.progress.start("import", { total: 2 });
  vi.advanceTimersByTime(100);
  await t.advance("100ms");
  await t.progress.shutdown();
  const drawn = frames().length;
  op.increment();
  vi.advanceTimersByTime(2_000);
  await t.advance("2s");
  expect(frames().length).toBe(drawn);
  expect(frames().at(-1)).toContain("import");
});

test("a paused operation's time stands still", async () => {
  const { stream, frames } = terminal();
  const bars = terminalBars({ stream, unicode: false });
  const t = createTestProgress();
  const op = t.progress.start("import");
  op.pause("lunch");
  vi.advanceTimersByTime(100);
  void bars.export([op.snapshot()], []);
  vi.advanceTimersByTime(2_000);
  expect(frames().at(-1)).toMatch(/ {2}0s {2}paused\n$/);
  bars[Symbol.dispose]();
});

test("colours and characters follow the stream and the platform unless told", () => {
  const { stream, frames } = terminal();
  const bars = terminalBars({ stream, color: true });
  const t = createTestProgress();
  const op = t.progress.start("import", { total: 2 });
  op.increment();
  vi.advanceTimersByTime(100);
  void bars.export([op.snapshot()], []);
  expect(frames()[0]).toContain(process.platform === "win32" ? "#" : "━");
  bars[Symbol.dispose]();
});

test("an operation that left the history has no bar any more, and one that began again under its id has", async () => {
  const { stream, frames } = terminal();
  const bars = terminalBars({ stream, unicode: false });
  const t = createTestProgress();
  const ended = t.progress.start("gone");
  vi.advanceTimersByTime(100);
  void bars.export([ended.snapshot()], []);
  void bars.export([], [ended.id]);
  const drawn = frames().length;
  vi.advanceTimersByTime(1_000);
  expect(frames().length).toBe(drawn);

  const before = t.progress.start("again", { id: "a" });
  before.complete();
  const first = before.snapshot();
  const second = t.progress.start("again", { id: "a", name: "second run" });
  void bars.export([first, second.snapshot()], []);
  expect(frames().at(-1)).toContain("second run");
  bars[Symbol.dispose]();
});

test("an operation that begins right after a drawing is drawn without changing again", async () => {
  const { stream, frames } = terminal();
  const bars = terminalBars({ stream, unicode: false });
  const t = createTestProgress();
  vi.advanceTimersByTime(100);
  t.progress.operation("first", () => {});
  void bars.export(t.progress.live.list(), []);
  vi.advanceTimersByTime(10);
  void bars.export([t.progress.start("second").snapshot()], []);
  vi.advanceTimersByTime(1_000);
  expect(frames().at(-1)).toContain("second");
  bars[Symbol.dispose]();
});

test("in a narrow window the columns are narrow, so that the percentage is seen", async () => {
  const { stream, frames } = terminal(40);
  const bars = terminalBars({ stream, unicode: false });
  const t = createTestProgress();
  const op = t.progress.start("import", { name: "A rather long name", total: 4 });
  op.increment();
  vi.advanceTimersByTime(100);
  void bars.export([op.snapshot()], []);
  expect(frames()[0]).toContain("25%");
  bars[Symbol.dispose]();
});

test("what the application writes to the terminal stands above the bars", async () => {
  const { stream, frames } = terminal();
  const bars = terminalBars({ stream, unicode: false });
  const t = createTestProgress();
  const op = t.progress.start("import");
  vi.advanceTimersByTime(100);
  void bars.export([op.snapshot()], []);
  stream.write("RESULT\n");
  expect(frames().at(-2)).toBe("RESULT\n");
  expect(frames().at(-1)).toContain("import");
  op.complete();
  void bars.export([op.snapshot()], []);
  stream.write("done\n");
  expect(frames().at(-1)).toBe("done\n");
});
