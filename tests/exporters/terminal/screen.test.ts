import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type Cell, Screen, type ScreenRow } from "../../../src/exporters/terminal/screen.js";
import { Emulator } from "./emulator.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A row of cells two columns apart. */
function row(...texts: string[]): ScreenRow {
  const cells: Cell[] = [];
  let at = 0;
  for (const text of texts) {
    cells.push({ at, text, width: text.length });
    at += text.length + 2;
  }
  return cells;
}

function setUp(columns = 40, rows = 8) {
  const terminal = new Emulator(columns, rows);
  terminal.write("before\r\n");
  return { terminal, screen: new Screen(terminal) };
}

const HOLD = "\u001b[?2026h";
const RELEASE = "\u001b[?2026l";
// biome-ignore lint/suspicious/noControlCharactersInRegex: what the cursor and wrapping are switched with
const SWITCHES = /\u001b\[\?(25|7)[lh]/g;
/** The last write without what stands around every drawing. */
const bare = (terminal: Emulator) => terminal.written.at(-1)!.slice(HOLD.length, -RELEASE.length).replace(SWITCHES, "");

test("rows are put below what is there, the cursor on the line after them", () => {
  const { terminal, screen } = setUp();
  screen.draw([row("a", "10%"), row("b", "20%")]);
  expect(terminal.shown).toEqual(["before", "a  10%", "b  20%"]);
  expect(terminal.cursor).toEqual([0, 3]);
});

test("one write per drawing, shown at once, with the cursor visible and wrapping on behind it", () => {
  const { terminal, screen } = setUp();
  screen.draw([row("a")]);
  screen.draw([row("b"), row("c")]);
  expect(terminal.written.length).toBe(3);
  for (const text of terminal.written.slice(1)) {
    expect([text.startsWith(HOLD), text.endsWith(RELEASE)]).toEqual([true, true]);
    expect(text.match(SWITCHES)).toEqual(["\u001b[?25l", "\u001b[?7l", "\u001b[?7h", "\u001b[?25h"]);
  }
});

describe("only what changed is written", () => {
  test("nothing when nothing did", () => {
    const { terminal, screen } = setUp();
    screen.draw([row("a", "10%"), row("b", "20%")]);
    screen.draw([row("a", "10%"), row("b", "20%")]);
    expect(terminal.written.length).toBe(2);
  });

  test("a cell where a cell did", () => {
    const { terminal, screen } = setUp();
    screen.draw([row("a", "10%", "x"), row("b", "20%", "y")]);
    screen.draw([row("a", "10%", "x"), row("b", "30%", "y")]);
    expect(bare(terminal)).toBe("\u001b[1A\u001b[4G30%\u001b[1B\r");
    expect(terminal.shown).toEqual(["before", "a  10%  x", "b  30%  y"]);
    expect(terminal.cursor).toEqual([0, 3]);
  });

  test("the rest of a row when its last cell got shorter", () => {
    const { terminal, screen } = setUp();
    screen.draw([row("a", "a long message"), row("b")]);
    screen.draw([row("a", "short"), row("b")]);
    expect(terminal.shown).toEqual(["before", "a  short", "b"]);
  });

  test("a whole row when its cells stand elsewhere", () => {
    const { terminal, screen } = setUp();
    screen.draw([row("a", "b", "c"), row("d")]);
    screen.draw([row("aaa", "c"), row("d")]);
    expect(terminal.shown).toEqual(["before", "aaa  c", "d"]);
    screen.draw([row(), row("d")]);
    expect(terminal.shown).toEqual(["before", "", "d"]);
  });
});

test("rows come and go at the end, at the bottom of the window too", () => {
  const { terminal, screen } = setUp(40, 5);
  screen.draw([row("a"), row("b")]);
  screen.draw([row("a"), row("b"), row("c"), row("d")]);
  expect(terminal.all).toEqual(["before", "a", "b", "c", "d"]);
  expect(terminal.cursor).toEqual([0, 4]);
  screen.draw([row("A"), row("b")]);
  expect(terminal.all).toEqual(["before", "A", "b"]);
  screen.draw([]);
  expect(terminal.all).toEqual(["before"]);
});

test("rows that come while others change stand where they belong", () => {
  const { terminal, screen } = setUp();
  screen.draw([row("a", "10%")]);
  screen.draw([row("a", "20%"), row("b", "30%")]);
  expect(terminal.shown).toEqual(["before", "a  20%", "b  30%"]);
});

test("whatever is drawn after whatever, the window shows the last of it below all that was put above", () => {
  const text = fc.stringMatching(/^[a-z]{1,9}$/);
  const rows = fc.array(fc.array(text, { maxLength: 3 }), { maxLength: 6 });
  const steps = fc.array(fc.tuple(rows, fc.array(text, { maxLength: 2 }), fc.boolean()), {
    minLength: 1,
    maxLength: 8,
  });
  fc.assert(
    fc.property(steps, (drawings) => {
      const { terminal, screen } = setUp(40, 9);
      const above = ["before"];
      for (const [shown, lines, erased] of drawings) {
        if (erased) screen.erase();
        above.push(...lines);
        screen.draw(
          shown.map((texts) => row(...texts)),
          lines.map((line) => `${line}\r\n`).join(""),
        );
        const last = [...above, ...shown.map((texts) => texts.join("  "))];
        expect(terminal.all).toEqual(last.slice(0, last.findLastIndex((line) => line !== "") + 1));
        expect(terminal.cursor[0]).toBe(0);
      }
    }),
    { numRuns: 200 },
  );
});

test("lines above stay there, however many and however long", () => {
  const { terminal, screen } = setUp(20, 6);
  screen.draw([row("bar")]);
  screen.draw([row("bar")], "one\r\ntwo\r\n");
  screen.draw([row("bar")], `${"long ".repeat(6)}\r\n`);
  expect(terminal.all).toEqual(["before", "one", "two", "long long long long ", "long long ", "bar"]);
  screen.draw([], "last\r\n");
  expect(terminal.all.slice(-2)).toEqual(["long long ", "last"]);
});

test("a row that the terminal shows wider than it was counted does not wrap", () => {
  const { terminal, screen } = setUp(10, 5);
  const wrong: ScreenRow = [{ at: 0, text: "0123456789abc", width: 9 }];
  screen.draw([wrong, row("b")]);
  expect(terminal.shown.slice(-1)).toEqual(["b"]);
  expect(terminal.shown.length).toBe(3);
  screen.draw([row("a"), row("b")]);
  expect(terminal.shown).toEqual(["before", "a", "b"]);
});

test("a cell stands where it belongs, also behind one that is shown wider or narrower", () => {
  const { terminal, screen } = setUp();
  const family = "👨‍👩‍👧";
  screen.draw([
    [
      { at: 0, text: family, width: 6 },
      { at: 8, text: "50%", width: 3 },
    ],
  ]);
  expect(terminal.cells(1).slice(8, 11)).toEqual(["5", "0", "%"]);
});

describe("a window that changes its size", () => {
  test("narrower: rows that the terminal wrapped are taken away whole", () => {
    const { terminal, screen } = setUp(40, 10);
    screen.draw([row("a", "x".repeat(30)), row("b", "y".repeat(30))]);
    terminal.resize(20, 10);
    expect(terminal.shown.length).toBe(5);
    screen.draw([row("a", "x"), row("b", "y")]);
    expect(terminal.shown).toEqual(["before", "a  x", "b  y"]);
  });

  test("wider and back", () => {
    const { terminal, screen } = setUp(20, 10);
    screen.draw([row("a", "x".repeat(15)), row("b")]);
    terminal.resize(60, 10);
    screen.draw([row("a", "x".repeat(40)), row("b")]);
    expect(terminal.shown).toEqual(["before", `a  ${"x".repeat(40)}`, "b"]);
    terminal.resize(20, 10);
    screen.draw([row("a", "x".repeat(15)), row("b")]);
    expect(terminal.shown).toEqual(["before", `a  ${"x".repeat(15)}`, "b"]);
  });

  test("lower: what found no place has scrolled away, the rest is drawn as it should be", () => {
    const { terminal, screen } = setUp(20, 10);
    screen.draw(["a", "b", "c", "d"].map((text) => row(text)));
    terminal.resize(20, 3);
    screen.draw([row("A"), row("B")]);
    expect(terminal.shown).toEqual(["A", "B"]);
    expect(terminal.cursor).toEqual([0, 2]);
  });
});

describe("while others write", () => {
  test("rows are away, and back below what was written; the terminal shows only that", () => {
    const { terminal, screen } = setUp();
    screen.draw([row("a"), row("b")]);
    screen.erase();
    expect(terminal.written.at(-1)).toBe(`${HOLD}\r${"\u001b[A\u001b[2K".repeat(2)}`);
    terminal.write("theirs\r\n");
    screen.draw([row("a"), row("b")]);
    expect(terminal.written.at(-1)?.endsWith(RELEASE)).toBe(true);
    expect(terminal.shown).toEqual(["before", "theirs", "a", "b"]);
  });

  test("without rows to bring back, the terminal is told to show what there is, once", () => {
    const { terminal, screen } = setUp();
    screen.erase();
    screen.release();
    expect(terminal.written.length).toBe(1);
    screen.draw([row("a")]);
    screen.erase();
    screen.draw([]);
    expect(terminal.written.at(-1)).toBe(RELEASE);
    screen.draw([row("a")]);
    screen.erase();
    screen.release();
    screen.release();
    expect(terminal.written.at(-1)).toBe(RELEASE);
    expect(terminal.written.at(-2)).not.toBe(RELEASE);
  });
});

test("what is left stays, and the next rows come below it", () => {
  const { terminal, screen } = setUp();
  screen.draw([row("a")]);
  screen.leave();
  screen.draw([row("b")]);
  expect(terminal.shown).toEqual(["before", "a", "b"]);
});

test("a stream that knows no width counts as 80 columns wide", () => {
  expect(new Screen({ write: () => true }).columns).toBe(80);
  expect(new Screen({ write: () => true, columns: 0 }).columns).toBe(80);
});
