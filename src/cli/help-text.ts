// What --help prints, made of what a command says about itself.

import { HELP } from "./arguments.js";
import type { Command, OptionSpec } from "./command.js";

/** The help of one command. */
export function helpOf(command: Command): string {
  const options = Object.entries({ ...command.options, help: HELP }).map(([name, spec]) => [
    flags(name, spec),
    spec.about,
  ]);
  return [
    `Usage: otel-progress ${command.usage}`,
    "",
    command.description,
    section("Options", options),
    section(
      "Examples",
      command.examples.flatMap(([line, about]) => [[`# ${about}`], [line]]),
    ),
    section("Exit codes", command.exitCodes ?? []),
    "",
  ].join("\n");
}

function flags(name: string, { short, value, choices }: OptionSpec): string {
  const behind = choices?.join("|") ?? value;
  return `${short === undefined ? "    " : `-${short}, `}--${name}${behind === undefined ? "" : ` ${behind}`}`;
}

const WIDEST = 34;

/** Two columns, or one; a left one that is too wide has a line of its own. */
export function section(title: string, rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  const width = Math.min(WIDEST, Math.max(...rows.map(([left]) => left!.length)));
  const lines = rows.flatMap(([left, right]) => {
    if (right === undefined) return [`  ${left}`];
    return left!.length > width
      ? [`  ${left}`, `  ${" ".repeat(width)}  ${right}`]
      : [`  ${left!.padEnd(width)}  ${right}`];
  });
  return ["", `${title}:`, ...lines].join("\n");
}
