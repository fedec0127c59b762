import { afterEach, describe, expect, it, vi } from "vitest";
import { UsageError } from "../../src/cli/command.js";
import { COMMANDS } from "../../src/cli/commands.js";
import { Failure } from "../../src/cli/failure.js";
import { command as list } from "../../src/cli/list.js";
import { command as run } from "../../src/cli/run.js";
import { ProgressError } from "../../src/errors.js";
import { VERSION } from "../../src/version.js";
import { invoke } from "./invoke.js";

afterEach(() => vi.restoreAllMocks());

describe("the first word", () => {
  it.each(Object.keys(COMMANDS))("%s is a command that loads, and that its own help names", async (name) => {
    const { command } = await COMMANDS[name]!.load();
    expect(command.usage.split(" ")[0]).toBe(name);
    expect(await invoke([name, "--help"])).toMatchObject({ code: 0, stderr: "" });
  });

  it("may be a question about the program itself", async () => {
    for (const word of ["--version", "-v"])
      expect(await invoke([word])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
    const { stdout } = await invoke([]);
    for (const word of ["--help", "-h", "help"]) expect(await invoke([word])).toEqual({ code: 0, stdout, stderr: "" });
  });

  it("that is unknown is refused, with the one that was meant", async () => {
    expect(await invoke(["lits"])).toEqual({
      code: 2,
      stdout: "",
      stderr: 'otel-progress: there is no command "lits". Did you mean list?\nMore: otel-progress --help\n',
    });
    expect((await invoke(["constructor"])).stderr).toMatch(/^otel-progress: there is no command "constructor"\n/);
  });
});

describe("what a command throws", () => {
  const thrown = (error: unknown) => {
    vi.spyOn(list, "run").mockRejectedValue(error);
    return invoke(["list"]);
  };

  it("is one sentence and an exit code, never a stack", async () => {
    expect(await thrown(new UsageError("no wall"))).toMatchObject({
      code: 2,
      stderr: "otel-progress: no wall\nMore: otel-progress list --help\n",
    });
    expect(await thrown(new ProgressError("INVALID_OPTION", "url: expected one"))).toMatchObject({ code: 2 });
    expect(await thrown(new Failure(5, "nothing\u001b[2J known"))).toMatchObject({
      code: 5,
      stderr: "otel-progress: nothing [2J known\n",
    });
    expect(await thrown(new Error("broken"))).toMatchObject({ code: 1, stderr: "otel-progress: broken\n" });
    expect(await thrown("text")).toMatchObject({ code: 1, stderr: "otel-progress: text\n" });
  });

  it("has the exit codes of a command that has its own", async () => {
    expect((await invoke(["run", "--frobnicate"])).code).toBe(run.misuse);
    vi.spyOn(run, "run").mockRejectedValue(new Error("broken"));
    expect((await invoke(["run", "--", "true"])).code).toBe(run.failure);
  });
});
