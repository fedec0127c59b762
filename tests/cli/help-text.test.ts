import { expect, it } from "vitest";
import type { Command } from "../../src/cli/command.js";
import { helpOf, section } from "../../src/cli/help-text.js";

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
  expect(helpOf(COMMAND)).toBe(`Usage: otel-progress paint WALL [options]

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
  expect(section("Nothing", [])).toBe("");
  expect(helpOf({ ...COMMAND, exitCodes: undefined })).not.toContain("Exit codes");
});
