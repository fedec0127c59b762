// What --help prints, made of what a command says about itself, as wide as the window.

import { HELP } from "./arguments.js";
import type { Command, OptionSpec, Output } from "./command.js";

/** Longer lines are hard to read. */
const WIDEST = 100;
/** Of the left one of two columns. */
const WIDEST_LEFT = 34;
/** The right one is not squeezed into less: it then stands below. */
const LEAST_RIGHT = 30;

/** Columns for a text on `output`. Of some terminals the size is not known, which they say as 0. */
export const widthOn = (output: Output): number => Math.min(WIDEST, output.columns || WIDEST);

/** The help of one command; lines to be copied are never broken. */
export function helpOf(command: Command, columns: number): string {
  const options = Object.entries({ ...command.options, help: HELP }).map(([name, spec]) => [
    flags(name, spec),
    spec.about,
  ]);
  return [
    `Usage: otel-progress ${command.usage}`,
    "",
    ...command.description
      .split("\n\n")
      .flatMap((part, index) => [...(index > 0 ? [""] : []), ...folded(part, columns)]),
    section("Options", options, columns),
    section(
      "Examples",
      command.examples.flatMap(([line, about]) => [[`# ${about}`], [line]]),
      columns,
    ),
    section("Exit codes", command.exitCodes ?? [], columns),
    "",
  ].join("\n");
}

function flags(name: string, { short, value, choices }: OptionSpec): string {
  const behind = choices?.join("|") ?? value;
  return `${short === undefined ? "    " : `-${short}, `}--${name}${behind === undefined ? "" : ` ${behind}`}`;
}

/** Two columns, or one; a left one that is too wide has a line of its own. */
export function section(title: string, rows: readonly (readonly string[])[], columns: number): string {
  if (rows.length === 0) return "";
  const width = Math.min(WIDEST_LEFT, Math.max(...rows.map(([left]) => left!.length)));
  const isBelow = columns - width - 4 < LEAST_RIGHT;
  const indent = isBelow ? 6 : width + 4;
  const lines = rows.flatMap(([left, right]) => {
    if (right === undefined) return [`  ${left}`];
    const [first, ...more] = folded(right, columns - indent);
    const rest = more.map((line) => " ".repeat(indent) + line);
    return isBelow || left!.length > width
      ? [`  ${left}`, " ".repeat(indent) + first, ...rest]
      : [`  ${left!.padEnd(width)}  ${first}`, ...rest];
  });
  return ["", `${title}:`, ...lines].join("\n");
}

/** Broken between words only. */
function folded(text: string, columns: number): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const line = lines.at(-1)!;
    if (line === "") lines[lines.length - 1] = word;
    else if (line.length + 1 + word.length < columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
