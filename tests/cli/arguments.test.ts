import { describe, expect, it } from "vitest";
import { readArguments } from "../../src/cli/arguments.js";
import { type Command, UsageError } from "../../src/cli/command.js";

const COMMAND: Command = {
  usage: "",
  description: "",
  options: {
    all: { type: "boolean", short: "a", about: "" },
    limit: { type: "string", short: "n", about: "" },
    status: { type: "string", multiple: true, about: "" },
    sort: { type: "string", choices: ["started", "updated"], about: "" },
    tags: { type: "string", multiple: true, choices: ["x", "y"], about: "" },
  },
  examples: [],
  run: async () => 0,
};
const read = (...words: string[]) => readArguments(COMMAND, words);
const wrapping = (...words: string[]) => readArguments({ ...COMMAND, wraps: true }, words);

describe("words of the command line", () => {
  it("are options, long and short, and the rest in order", () => {
    const args = read("one", "-a", "--limit=5", "two", "--status", "failed", "--status", "lost");
    expect([args.flag("all"), args.text("limit"), args.texts("status"), args.positionals]).toEqual([
      true,
      "5",
      ["failed", "lost"],
      ["one", "two"],
    ]);
  });

  it("that are not given are absent", () => {
    const args = read();
    expect([args.flag("all"), args.flag("help"), args.text("limit"), args.texts("status"), args.positionals]).toEqual([
      false,
      false,
      undefined,
      [],
      [],
    ]);
    expect(read("-h").flag("help")).toBe(true);
  });

  it.each([
    [["--limt", "5"], "Unknown option '--limt'. Did you mean --limit?"],
    [["-x"], "Unknown option '-x'"],
    [["--frobnicate"], "Unknown option '--frobnicate'"],
    [["--limit"], "Option '-n, --limit <value>' argument missing"],
    [["-n", "-5"], "Option '-n' argument is ambiguous"],
    [["--all=yes"], "Option '-a, --all' does not take an argument"],
    [["--sort", "size"], '--sort: expected started, updated, received "size"'],
    [["--tags", "x", "--tags", "z"], '--tags: expected x, y, received "z"'],
  ])("%j are refused in one sentence", (words, message) => {
    expect(() => read(...words)).toThrowError(UsageError);
    expect(() => read(...words)).toThrowError(new RegExp(`^${message.replace(/[.?*<>[\]()]/g, "\\$&")}$`));
  });
});

describe("words around another program", () => {
  it("end where its command line begins, and leave it alone", () => {
    const args = wrapping("-a", "--limit", "5", "tar", "--all", "-n", "--", "x");
    expect([args.flag("all"), args.text("limit"), args.positionals]).toEqual([
      true,
      "5",
      ["tar", "--all", "-n", "--", "x"],
    ]);
  });

  it("may be parted from it by --", () => {
    expect(wrapping("--limit", "5", "--", "--all", "b").positionals).toEqual(["--all", "b"]);
    expect(wrapping("--all").positionals).toEqual([]);
  });
});
