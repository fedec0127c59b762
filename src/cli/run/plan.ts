// The command line of `otel-progress run`, read: what is run, as which operation, and which of its outputs come through us.

import { basename } from "node:path";
import { isatty } from "node:tty";
import { parseDuration } from "../../duration.js";
import type { Attributes, Duration, OperationOptions } from "../../index.js";
import { type Arguments, type Environment, UsageError } from "../command.js";

export const FORMATS = ["auto", "tty", "plain", "json", "quiet"] as const;
export type Format = (typeof FORMATS)[number];

export interface Plan {
  readonly command: readonly string[];
  /** As it was given, for messages. */
  readonly file: string;
  /** Of the executable, without its folder and ending. */
  readonly name: string;
  readonly type: string;
  readonly options: OperationOptions;
  readonly format: Format;
  /** The file for what we say ourselves, in place of stderr. */
  readonly output: string | undefined;
  readonly piped: readonly (1 | 2)[];
  /** Those of them that pass above bars. */
  readonly above: readonly (1 | 2)[];
  readonly recordArguments: boolean;
}

/** Of a program that says nothing, a stall cannot be told. A hundred years: there is no "never". */
const NO_STALL: Duration = "36500d";

/** Throws UsageError. */
export function readPlan(
  args: Arguments,
  env: Environment,
  isTerminal: (descriptor: number) => boolean = isatty,
): Plan {
  const command = args.positionals;
  const [file] = command;
  if (file === undefined || file === "") throw new UsageError("a command is missing");
  const name = basename(file).replace(/\.(exe|cmd|bat)$/i, "");
  const output = args.text("output");
  const format = formatOf(args, env, output);
  const piped = pipedOf(args, format, isTerminal);
  return {
    command,
    file,
    name,
    type: args.text("type") ?? name,
    options: optionsOf(args, command, name),
    format,
    output,
    piped,
    above: format === "tty" ? piped.filter(isTerminal) : [],
    recordArguments: args.flag("record-arguments"),
  };
}

function optionsOf(args: Arguments, command: readonly string[], executable: string): OperationOptions {
  const expected = durationOf(args, "expected");
  return {
    id: args.text("id"),
    name: args.text("name"),
    total: countOf(args, "total"),
    unit: args.text("total") === undefined ? undefined : "phase",
    timeout: durationOf(args, "timeout"),
    stallTimeout: durationOf(args, "stall-timeout") ?? NO_STALL,
    simulate: expected === undefined ? undefined : { expected },
    attributes: {
      "process.executable.name": executable,
      "process.command": command[0]!,
      ...(args.flag("record-arguments") && { "process.command_args": [...command] }),
      ...attributesOf(args.texts("attribute")),
    },
  };
}

/** Output that goes elsewhere than to a terminal, unless asked otherwise. Bars need all that goes to their terminal. */
function pipedOf(args: Arguments, format: Format, isTerminal: (descriptor: number) => boolean): (1 | 2)[] {
  if (args.flag("no-parse")) {
    if (args.flag("parse") || format === "tty") throw new UsageError("--no-parse: not with --parse or --format tty");
    return [];
  }
  const all = args.flag("parse") || format === "tty";
  return ([1, 2] as const).filter((descriptor) => all || !isTerminal(descriptor));
}

function formatOf(args: Arguments, env: Environment, output: string | undefined): Format {
  const given = args.text("format") ?? (env["PROGRESS_FORMAT"] || "auto");
  const format = FORMATS.find((known) => known === given);
  if (output !== undefined && format === "tty") throw new UsageError("--output: not with --format tty");
  // The last line on a terminal is for people who sit there.
  if (output !== undefined && format === "auto") return "plain";
  if (format !== undefined) return format;
  throw new UsageError(`PROGRESS_FORMAT: expected ${FORMATS.join(", ")}, received ${JSON.stringify(given)}`);
}

function durationOf(args: Arguments, name: string): Duration | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  if (parseDuration(text)! > 0) return text as Duration;
  throw new UsageError(`--${name}: expected a time such as 30s, 5m or 2h, received ${JSON.stringify(text)}`);
}

function countOf(args: Arguments, name: string): number | undefined {
  const text = args.text(name);
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && count > 0 && Number.isSafeInteger(count)) return count;
  throw new UsageError(`--${name}: expected a whole number above 0, received ${JSON.stringify(text)}`);
}

function attributesOf(pairs: readonly string[]): Attributes {
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)];
      throw new UsageError(`--attribute: expected KEY=VALUE, received ${JSON.stringify(pair)}`);
    }),
  );
}
