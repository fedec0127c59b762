import { describe, expect, test } from "vitest";
import { hasColor, hasTaskbar, hasUnicode } from "../../../src/exporters/terminal/environment.js";

describe("colours", () => {
  test("a terminal is asked itself, with the environment", () => {
    const asked: unknown[] = [];
    const stream = { hasColors: (env: unknown) => asked.push(env) > 0 } as never;
    expect(hasColor(stream, { TERM: "xterm" })).toBe(true);
    expect(asked).toEqual([{ TERM: "xterm" }]);
  });

  test.each([
    [{}, false],
    [{ FORCE_COLOR: "1" }, true],
    [{ FORCE_COLOR: "" }, true],
    [{ FORCE_COLOR: "0" }, false],
    [{ FORCE_COLOR: "false" }, false],
  ])("any other stream has them when they are forced: %o", (env, expected) => {
    expect(hasColor({}, env)).toBe(expected);
  });
});

describe("characters beyond ASCII", () => {
  test.each([
    [{}, true],
    [{ LANG: "en_US.UTF-8" }, true],
    [{ LANG: "de_DE.utf8", LC_ALL: "" }, true],
    [{ LANG: "C" }, false],
    [{ LANG: "en_US.UTF-8", LC_ALL: "POSIX" }, false],
    [{ LANG: "C", LC_CTYPE: "C.UTF-8" }, true],
    [{ LANG: "en_US.ISO-8859-1" }, false],
    [{ TERM: "linux", LANG: "en_US.UTF-8" }, false],
  ])("on Linux and macOS with %o: %s", (env, expected) => {
    expect([hasUnicode(env, "linux"), hasUnicode(env, "darwin")]).toEqual([expected, expected]);
  });

  test.each([
    [{}, false],
    [{ WT_SESSION: "1" }, true],
    [{ ConEmuANSI: "ON" }, true],
    [{ TERMINAL_EMULATOR: "JetBrains-JediTerm" }, true],
    [{ TERM_PROGRAM: "vscode" }, true],
    [{ TERM: "xterm-256color" }, true],
    [{ TERM: "cygwin" }, false],
  ])("on Windows with %o: %s", (env, expected) => {
    expect(hasUnicode(env, "win32")).toBe(expected);
  });
});

describe("progress in the taskbar", () => {
  test.each([
    [{}, false],
    [{ TERM: "xterm-256color" }, false],
    [{ WT_SESSION: "1" }, true],
    [{ ConEmuANSI: "ON" }, true],
    [{ ConEmuANSI: "OFF" }, false],
    [{ TERM_PROGRAM: "ghostty", TERM_PROGRAM_VERSION: "1.2.0" }, true],
    [{ TERM_PROGRAM: "ghostty", TERM_PROGRAM_VERSION: "1.3.1-dev" }, true],
    [{ TERM_PROGRAM: "ghostty", TERM_PROGRAM_VERSION: "2" }, true],
    [{ TERM_PROGRAM: "ghostty", TERM_PROGRAM_VERSION: "1.1.3" }, false],
    [{ TERM_PROGRAM: "ghostty" }, false],
    [{ TERM_PROGRAM: "iTerm.app", TERM_PROGRAM_VERSION: "3.6.6" }, true],
    [{ TERM_PROGRAM: "iTerm.app", TERM_PROGRAM_VERSION: "3.6.5" }, false],
    [{ TERM_PROGRAM: "WezTerm", TERM_PROGRAM_VERSION: "20240203-110809-5046fc22" }, false],
    [{ TERM_PROGRAM: "WezTerm", TERM_PROGRAM_VERSION: "20250909-000000-aaaaaaaa" }, true],
    [{ KONSOLE_VERSION: "260400" }, true],
    [{ KONSOLE_VERSION: "251203" }, false],
    [{ WT_SESSION: "1", TMUX: "/tmp/tmux" }, false],
    [{ WT_SESSION: "1", TERM: "screen-256color" }, false],
  ])("with %o: %s", (env, expected) => {
    expect(hasTaskbar(env)).toBe(expected);
  });
});
