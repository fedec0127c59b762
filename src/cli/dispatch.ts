// From the words of the command line to an exit code: finds the command, gives help, and turns errors into one line.

import { ProgressError } from "../errors.js";
import { VERSION } from "../version.js";
import { readArguments } from "./arguments.js";
import { type Command, type Io, UsageError } from "./command.js";
import { COMMANDS } from "./commands.js";
import { Failure } from "./failure.js";
import { harmless } from "./output.js";
import { didYouMean } from "./suggest.js";

/** Never throws: what goes wrong is said on stderr and is the exit code. */
export async function dispatch(words: readonly string[], io: Io): Promise<number> {
  const [first = "help", ...rest] = words;
  if (first === "--version" || first === "-v") return say(io, `${VERSION}\n`);
  const name = first === "--help" || first === "-h" ? "help" : first;
  const listed = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (listed === undefined) {
    const hint = didYouMean(name, Object.keys(COMMANDS));
    return refused(io, 2, `there is no command ${JSON.stringify(name)}${hint}`, "otel-progress --help");
  }
  const { command } = await listed.load();
  try {
    const args = readArguments(command, rest);
    if (args.flag("help")) {
      const { helpOf, widthOn } = await import("./help-text.js");
      return say(io, helpOf(command, widthOn(io.stdout)));
    }
    return await command.run(args, io, COMMANDS);
  } catch (error) {
    return failed(name, command, io, error);
  }
}

function say(io: Io, text: string): number {
  io.stdout.write(text);
  return 0;
}

function failed(name: string, command: Command, io: Io, error: unknown): number {
  const hint = `otel-progress ${name} --help`;
  if (error instanceof UsageError) return refused(io, command.misuse ?? 2, error.message, hint);
  if (error instanceof ProgressError && error.code === "INVALID_OPTION")
    return refused(io, command.misuse ?? 2, error.message, hint);
  if (error instanceof Failure) return refused(io, error.exitCode, error.message);
  return refused(io, command.failure ?? 1, error instanceof Error ? error.message : String(error));
}

function refused(io: Io, code: number, message: string, hint?: string): number {
  io.stderr.write(`otel-progress: ${harmless(message)}${hint === undefined ? "" : `\nMore: ${hint}`}\n`);
  return code;
}
