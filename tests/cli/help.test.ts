import { describe, expect, it } from "vitest";
import { widthOf } from "../../src/cli/columns.js";
import { COMMANDS } from "../../src/cli/commands.js";
import { VERSION } from "../../src/version.js";
import { invoke } from "./invoke.js";

const NAMES = Object.keys(COMMANDS);

describe("help", () => {
  it("says what there is and where to begin, however it is asked for", async () => {
    const { code, stdout, stderr } = await invoke(["help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toContain(`otel-progress ${VERSION}: `);
    for (const name of NAMES) expect(stdout).toMatch(new RegExp(`^  ${name} +\\S`, "m"));
    for (const words of [[], ["--help"], ["-h"]]) expect((await invoke(words)).stdout).toBe(stdout);
  });

  it.each(NAMES)("of %s teaches: what for, options with defaults, examples, exit codes", async (name) => {
    const { code, stdout } = await invoke(["help", name]);
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^Usage: otel-progress ${name}`));
    expect(stdout).toContain("-h, --help");
    expect(stdout).toMatch(/\nExamples:\n {2}# \w.*\n {2}\S/);
    expect(await invoke([name, "--help"])).toEqual({ code: 0, stdout, stderr: "" });
  });

  it.each(NAMES)("of %s fits the window, but for examples that are to be copied", async (name) => {
    for (const columns of [60, 80, 200]) {
      const { stdout } = await invoke(["help", name], { columns });
      const [text, examples] = stdout.split("\nExamples:\n");
      const codes = examples!.split("\n\n")[1] ?? "";
      const lines = `${text}\n${codes}`.split("\n").slice(1);
      expect(lines.filter((line) => widthOf(line) > Math.min(columns, 100))).toEqual([]);
      expect(await invoke([name, "--help"], { columns })).toMatchObject({ stdout });
    }
  });

  it("suggests what was meant", async () => {
    expect(await invoke(["help", "wacth"])).toEqual({
      code: 2,
      stdout: "",
      stderr: 'otel-progress: there is no command "wacth". Did you mean watch?\nMore: otel-progress help --help\n',
    });
    expect(await invoke(["help", "list", "get"])).toMatchObject({ code: 2 });
  });

  it("shows only examples whose options exist", async () => {
    for (const [name, { load }] of Object.entries(COMMANDS)) {
      const { command } = await load();
      if (command.wraps) continue;
      const words = command.examples.flatMap(([line]) => line.split("|")[0]!.match(/(?<= )--[a-z-]+/g) ?? []);
      const known = Object.keys(command.options).map((option) => `--${option}`);
      expect([name, words.filter((word) => !known.includes(word))]).toEqual([name, []]);
    }
  });
});
