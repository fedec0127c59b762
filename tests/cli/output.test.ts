import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it, vi } from "vitest";
import { readArguments } from "../../src/cli/arguments.js";
import type { Command, Environment, Output } from "../../src/cli/command.js";
import { FORMAT, harmless, jsonLine, noMore, oneLine, onlyWord, remark, shownOn } from "../../src/cli/output.js";
import { Kept } from "./invoke.js";

const COMMAND: Command = { usage: "", description: "", options: { format: FORMAT }, examples: [], run: async () => 0 };
const args = (words: readonly string[] = []) => readArguments(COMMAND, words);
const shown = (columns: number | undefined, words: readonly string[] = [], env: Environment = {}) =>
  shownOn(new Kept(columns) as Output, args(words), env);

afterEach(() => vi.unstubAllGlobals());

describe("how an answer is shown", () => {
  it("is for a person on a terminal, and plain elsewhere", () => {
    expect(shown(100)).toEqual({ format: "tty", color: true, unicode: true, columns: 100 });
    expect(shown(undefined)).toEqual({ format: "plain", color: false, unicode: true, columns: undefined });
  });

  it("is plain in CI and on a dumb terminal", () => {
    expect(shown(100, [], { CI: "true" }).format).toBe("plain");
    for (const CI of ["", "0", "False"]) expect(shown(100, [], { CI }).format).toBe("tty");
    expect(shown(100, [], { TERM: "dumb" }).format).toBe("plain");
  });

  it("is what --format says, wherever it goes", () => {
    expect(shown(100, ["--format", "plain"])).toMatchObject({ format: "plain", columns: undefined });
    expect(shown(undefined, ["--format", "tty"])).toMatchObject({ format: "tty", color: false, columns: 80 });
    expect(shown(5, ["--format", "json"])).toMatchObject({ format: "json", color: false });
    expect(shown(5)).toMatchObject({ columns: 20 });
  });

  it("has the colours that the surroundings want", () => {
    expect(shown(100, [], { NO_COLOR: "1" }).color).toBe(false);
    expect(shown(undefined, ["-f", "tty"], { FORCE_COLOR: "1" }).color).toBe(true);
    expect(shown(undefined, ["-f", "tty"], { FORCE_COLOR: "0" }).color).toBe(false);
    expect(shown(undefined, ["-f", "tty"], { FORCE_COLOR: "1", NO_COLOR: "1" }).color).toBe(false);
  });

  it("keeps to ASCII where the locale, or the terminal, has no more", () => {
    const of = (env: Environment) => shown(100, [], env).unicode;
    expect([of({ LC_ALL: "C" }), of({ TERM: "linux" }), of({ LANG: "de_DE.UTF-8" })]).toEqual([false, false, true]);
  });

  it("keeps to ASCII on a Windows that is not known to have more", () => {
    vi.stubGlobal("process", { ...process, platform: "win32" });
    expect(shown(100).unicode).toBe(false);
    expect(shown(100, [], { WT_SESSION: "1" }).unicode).toBe(true);
  });
});

describe("text of others", () => {
  it("cannot move the cursor, colour the screen or ring the bell", () => {
    expect(harmless("gnp\u202e.exe\u2066")).toBe("gnp.exe");
    expect(oneLine("a\n\u202eb")).toBe("a b");
    expect(harmless("a\u001b[31mb\u0007c\u009bd\u007f\re\tf\ng\r\nh")).toBe("a [31mb c d  e f\ng\r\nh");
  });

  it("is the same in JSON, escaped", () => {
    const value = { text: "\u001b[31m\u009b\u007f日本\u202e" };
    expect(jsonLine(value)).toBe('{"text":"\\u001b[31m\\u009b\\u007f日本\\u202e"}\n');
    expect(JSON.parse(jsonLine(value))).toEqual(value);
  });

  it("in a remark goes to stderr", () => {
    const stderr = new Kept();
    remark({ stdin: new PassThrough(), stdout: new Kept() as Output, stderr, env: {} }, "gone\u0007");
    expect(stderr.text).toBe("otel-progress: gone \n");
  });
});

it("words that a command would ignore are refused", () => {
  expect(onlyWord(args(["job-7"]), "operation")).toBe("job-7");
  expect(() => onlyWord(args(), "operation")).toThrowError("say which operation");
  expect(() => noMore(["x"])).toThrowError('"x" is more than it takes');
  expect(() => noMore([])).not.toThrow();
});
