import { afterEach, expect, test, vi } from "vitest";
import { barSettings, type TerminalBarsOptions } from "../../../src/exporters/terminal/bar-options.js";
import { COLUMNS } from "../../../src/exporters/terminal/columns.js";

afterEach(() => {
  vi.unstubAllEnvs();
});

const terminal = (fields: object = {}) =>
  ({ write() {}, on() {}, off() {}, isTTY: true, hasColors: () => true, ...fields }) as unknown as NodeJS.WriteStream;

test("nothing has to be said", () => {
  expect(barSettings({})).toMatchObject({ stream: process.stderr, columns: COLUMNS, levels: 5, intervalMillis: 100 });
});

test("what is said holds", () => {
  const stream = terminal();
  const given: TerminalBarsOptions = {
    stream,
    columns: ["name", "bar"],
    barWidth: 7,
    nameWidth: 9,
    levels: 0,
    interval: "50ms",
    bytes: "binary",
    color: false,
    unicode: false,
    taskbar: true,
  };
  expect(barSettings(given)).toEqual({
    stream,
    columns: ["name", "bar"],
    barWidth: 7,
    nameWidth: 9,
    levels: 0,
    intervalMillis: 50,
    theme: { color: false, unicode: false, bytes: "binary" },
    taskbar: true,
  });
});

test("colours, characters and the taskbar are those of the terminal", () => {
  for (const name of ["TMUX", "TERM_PROGRAM", "LC_ALL", "LC_CTYPE"]) vi.stubEnv(name, undefined);
  vi.stubEnv("TERM", "xterm");
  vi.stubEnv("LANG", "C");
  vi.stubEnv("WT_SESSION", "1");
  const { theme, taskbar } = barSettings({ stream: terminal() });
  expect(theme.color).toBe(true);
  expect(theme.unicode).toBe(process.platform === "win32");
  expect(taskbar).toBe(true);
  expect(barSettings({ stream: terminal({ isTTY: false }) }).taskbar).toBe(false);
  expect(barSettings({ stream: terminal({ hasColors: () => false }) }).theme.color).toBe(false);
});

test.each([
  [{ interval: "49ms" }, 'interval: expected a duration of 50ms or more, received "49ms"'],
  [{ interval: "fast" }, 'interval: expected a duration of 50ms or more, received "fast"'],
  [{ barWidth: 0 }, "barWidth: expected a whole number from 1 to 500, received 0"],
  [{ nameWidth: 2.5 }, "nameWidth: expected a whole number from 1 to 500, received 2.5"],
  [{ levels: -1 }, "levels: expected a whole number from 0 to 1000, received -1"],
  [{ columns: ["name", "speed"] }, `columns: expected some of ${COLUMNS.join(", ")}, received "speed"`],
  [{ columns: [] }, 'columns: expected at least one, each once, received ""'],
  [{ columns: ["bar", "bar"] }, 'columns: expected at least one, each once, received "bar, bar"'],
  [{ stream: "stderr" }, 'stream: expected an object with write(), on() and off(), received "stderr"'],
  [{ bytes: "octets" }, 'bytes: expected "si" or "binary", received "octets"'],
])("%o is refused with what was expected", (options, message) => {
  expect(() => barSettings(options as TerminalBarsOptions)).toThrowError(
    expect.objectContaining({ code: "INVALID_OPTION", message: `terminal bars, ${message}` }),
  );
});
