import { describe, expect, it } from "vitest";
import type { Command, Output } from "../../src/cli/command.js";
import { helpOf, section, widthOn } from "../../src/cli/help-text.js";

const COMMAND: Command = {
  usage: "paint WALL [options]",
  description: "Paints a wall.",
  options: {
    colour: { type: "string", short: "c", choices: ["red", "blue"], about: "of the paint (red)" },
    coats: { type: "string", value: "N", about: "how many (1)" },
    "with-an-unusually-long-name": { type: "string", value: "SOMETHING", about: "below its name" },
    dry: { type: "boolean", about: "without paint" },
  },
  examples: [["otel-progress paint north", "the wall in the north"]],
  exitCodes: [["0", "it is painted"]],
  run: async () => 0,
};

it("the help of a command is made of what it says about itself", () => {
  expect(helpOf(COMMAND, 100)).toBe(`Usage: otel-progress paint WALL [options]

Paints a wall.

Options:
  -c, --colour red|blue               of the paint (red)
      --coats N                       how many (1)
      --with-an-unusually-long-name SOMETHING
                                      below its name
      --dry                           without paint
  -h, --help                          show this

Examples:
  # the wall in the north
  otel-progress paint north

Exit codes:
  0  it is painted
`);
});

it("a section without anything in it is left out", () => {
  expect(section("Nothing", [], 100)).toBe("");
  expect(helpOf({ ...COMMAND, exitCodes: undefined }, 100)).not.toContain("Exit codes");
});

describe("in a window", () => {
  const LONG: Command = {
    ...COMMAND,
    description: "Paints a wall, or what is left of it\nafter the last time.\n\nBring a ladder.",
    options: { coats: { type: "string", value: "N", about: "how many of them are put on the wall (1)" } },
    examples: [["otel-progress paint north --coats 3 --colour red-and-blue", "twice"]],
  };

  it("text is broken between words, and goes on below itself; lines to be copied are not", () => {
    expect(helpOf(LONG, 50)).toBe(`Usage: otel-progress paint WALL [options]

Paints a wall, or what is left of it after the
last time.

Bring a ladder.

Options:
      --coats N  how many of them are put on the
                 wall (1)
  -h, --help     show this

Examples:
  # twice
  otel-progress paint north --coats 3 --colour red-and-blue

Exit codes:
  0  it is painted
`);
  });

  it("that is narrow the second column stands below the first", () => {
    expect(helpOf(LONG, 40)).toContain(`Options:
      --coats N
      how many of them are put on the
      wall (1)
  -h, --help
      show this
`);
  });

  it("that is wide lines are no longer than 100 columns", () => {
    const on = (columns?: number) => widthOn({ columns } as Output);
    expect([on(200), on(60), on()]).toEqual([100, 60, 100]);
  });

  it("of unknown size, which some terminals say as 0, they are as long", () => {
    expect(widthOn({ columns: 0 } as Output)).toBe(100);
  });
});
