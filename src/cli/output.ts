// How an answer is shown: as a person at a terminal reads it, as plain text, or as JSON for programs.

import { hasUnicode } from "../exporters/terminal/environment.js";
import { formatJson, singleLine } from "../format.js";
import { type Arguments, type Environment, type Io, type OptionSpec, type Output, UsageError } from "./command.js";

type Format = "tty" | "plain" | "json";

export const FORMAT: OptionSpec = {
  type: "string",
  short: "f",
  choices: ["auto", "tty", "plain", "json"],
  about: "json for programs; auto: tty on a terminal that is not CI, else plain",
};

export interface Shown {
  readonly format: Format;
  readonly color: boolean;
  /** Characters beyond ASCII. */
  readonly unicode: boolean;
  /** Width of the window; undefined where there is none, and nothing is clipped. */
  readonly columns: number | undefined;
}

/** What `--format` and the surroundings make of an output. */
export function shownOn(stdout: Output, args: Arguments, env: Environment): Shown {
  const given = (args.text("format") ?? "auto") as Format | "auto";
  const terminal = stdout.isTTY === true && !isCi(env) && env["TERM"] !== "dumb";
  const format = given === "auto" ? (terminal ? "tty" : "plain") : given;
  return {
    format,
    color: format === "tty" && hasColors(stdout, env),
    unicode: hasUnicode(env, process.platform),
    columns: format === "tty" ? Math.max(20, stdout.columns ?? 80) : undefined,
  };
}

/** Some set it empty, or to "false", to say that it is none. */
export const isCi = ({ CI = "" }: Environment): boolean => !["", "0", "false"].includes(CI.toLowerCase());

/** Of a terminal, which knows NO_COLOR and FORCE_COLOR. */
function hasColors(stdout: Output, env: Environment): boolean {
  if (stdout.isTTY === true && "hasColors" in stdout) return (stdout as NodeJS.WriteStream).hasColors(env);
  return Boolean(env["FORCE_COLOR"]) && env["FORCE_COLOR"] !== "0" && !env["NO_COLOR"];
}

/** One line in the form of the wire. */
export function jsonLine(value: unknown): string {
  return `${formatJson(value)}\n`;
}

/** Turns the direction of what follows it, which would show a line as another one than it is. */
const DIRECTIONS = /[\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

/** Lines of others without what could move the cursor, colour the screen, ring the bell or turn the text around. */
export function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: removing them is the point
  return text.replace(DIRECTIONS, "").replace(/(?!\r\n)[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, " ");
}

/** The same on one line. */
export function oneLine(text: string): string {
  return harmless(singleLine(text));
}

/** A remark beside the answer: on stderr, so that stdout holds the answer alone. */
export function remark(io: Io, text: string): void {
  io.stderr.write(`otel-progress: ${harmless(text)}\n`);
}

/** The one word behind the options: "get ID". */
export function onlyWord(args: Arguments, what: string): string {
  const [word, ...more] = args.positionals;
  if (word === undefined) throw new UsageError(`say which ${what}`);
  noMore(more);
  return word;
}

/** Refuses words that a command would have to ignore. */
export function noMore(words: readonly string[]): void {
  if (words.length > 0) throw new UsageError(`${JSON.stringify(words[0])} is more than it takes`);
}
