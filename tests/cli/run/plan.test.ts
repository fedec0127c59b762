import { describe, expect, it } from "vitest";
import { readArguments } from "../../../src/cli/arguments.js";
import { readPlan } from "../../../src/cli/run/plan.js";
import { command } from "../../../src/cli/run.js";

/** Descriptors in `terminals` are terminals. */
const plan = (line: string, env = {}, terminals: readonly number[] = [0, 1, 2]) =>
  readPlan(readArguments(command, line.split(" ").filter(Boolean)), env, (descriptor) =>
    terminals.includes(descriptor),
  );

describe("the operation", () => {
  it("is of the program's name, without folder and ending", () => {
    expect(plan("-- /usr/bin/tar c .")).toMatchObject({ name: "tar", type: "tar", file: "/usr/bin/tar" });
    expect(plan("npm.cmd ci")).toMatchObject({ name: "npm", type: "npm" });
  });

  it("is as the options say", () => {
    const { type, options } = plan(
      "--type backup --name Nightly --id b-1 --total 4 --timeout 5m --stall-timeout 30s --expected 2m -a host=a -a k=x=y tar",
    );
    expect(type).toBe("backup");
    expect(options).toEqual({
      id: "b-1",
      name: "Nightly",
      total: 4,
      unit: "phase",
      timeout: "5m",
      stallTimeout: "30s",
      simulate: { expected: "2m" },
      attributes: { "process.executable.name": "tar", "process.command": "tar", host: "a", k: "x=y" },
    });
  });

  it("never stalls unless asked, since most programs say nothing", () => {
    expect(plan("tar").options.stallTimeout).toBe("36500d");
  });

  it("does not know the arguments of the program unless asked", () => {
    expect(JSON.stringify(plan("mysql -psecret"))).toContain("-psecret");
    expect(JSON.stringify(plan("mysql -psecret").options)).not.toContain("secret");
    expect(plan("--record-arguments mysql -psecret").options.attributes).toMatchObject({
      "process.command_args": ["mysql", "-psecret"],
    });
  });
});

describe("its outputs", () => {
  it.each([
    ["", [0, 1, 2], []],
    ["", [0, 2], [1]],
    ["", [], [1, 2]],
    ["--parse", [0, 1, 2], [1, 2]],
    ["--no-parse", [], []],
    ["--format tty", [0, 1, 2], [1, 2]],
  ])("with %j and terminals at %j, %j come through us", (options, terminals, piped) => {
    expect(plan(`${options} tar`, {}, terminals).piped).toEqual(piped);
  });
});

it("what goes to a terminal passes above the bars that are drawn there", () => {
  expect(plan("--format tty tar").above).toEqual([1, 2]);
  expect(plan("--format tty tar", {}, [2])).toMatchObject({ piped: [1, 2], above: [2] });
  expect(plan("--parse tar").above).toEqual([]);
});

it("the format is that of the option, or else of the environment, or auto", () => {
  expect(plan("tar").format).toBe("auto");
  expect(plan("tar", { PROGRESS_FORMAT: "plain" }).format).toBe("plain");
  expect(plan("--format json tar", { PROGRESS_FORMAT: "plain" }).format).toBe("json");
});

it("what we say ourselves goes to stderr, or as lines to a file", () => {
  expect(plan("--format json tar")).toMatchObject({ format: "json", output: undefined });
  expect(plan("--format json --output log tar")).toMatchObject({ format: "json", output: "log" });
  expect(plan("-o log tar")).toMatchObject({ format: "plain", output: "log" });
  expect(plan("-o log tar", { PROGRESS_FORMAT: "quiet" }).format).toBe("quiet");
});

it.each([
  ["", "a command is missing"],
  ["--format tty --output log tar", "--output: not with --format tty"],
  ["--total 0 tar", '--total: expected a whole number above 0, received "0"'],
  ["--total 1e3 tar", '--total: expected a whole number above 0, received "1e3"'],
  ["--timeout soon tar", '--timeout: expected a time such as 30s, 5m or 2h, received "soon"'],
  ["--timeout 0s tar", '--timeout: expected a time such as 30s, 5m or 2h, received "0s"'],
  ["-a =x tar", '--attribute: expected KEY=VALUE, received "=x"'],
  ["--no-parse --parse tar", "--no-parse: not with --parse or --format tty"],
  ["--no-parse --format tty tar", "--no-parse: not with --parse or --format tty"],
  ["--format loud tar", '--format: expected auto, tty, plain, json, quiet, received "loud"'],
])("%j is refused: %s", (line, message) => {
  expect(() => plan(line)).toThrowError(expect.objectContaining({ name: "UsageError", message }));
});

it("a format of the environment that is none is refused too", () => {
  expect(() => plan("tar", { PROGRESS_FORMAT: "loud" })).toThrowError(
    'PROGRESS_FORMAT: expected auto, tty, plain, json, quiet, received "loud"',
  );
});
