// Words of the command line to checked arguments of a command, by node:util's parseArgs.

import { type ParseArgsConfig, parseArgs } from "node:util";
import { type Arguments, type Command, type OptionSpec, UsageError } from "./command.js";
import { didYouMean } from "./suggest.js";

type Values = Readonly<Record<string, string | boolean | (string | boolean)[] | undefined>>;

/** Every command has it. */
export const HELP: OptionSpec = { type: "boolean", short: "h", about: "show this" };

/** Throws UsageError for what the command does not know. */
export function readArguments(command: Command, words: readonly string[]): Arguments {
  const options = { ...command.options, help: HELP };
  const end = command.wraps ? endOfOptions(options, words) : undefined;
  const { values, positionals } = parsed({
    options: configOf(options),
    args: words.slice(0, end?.at),
    allowPositionals: true,
    strict: true,
  });
  for (const [name, value] of Object.entries(values)) checkChoice(name, options[name as "help"], value);
  return {
    flag: (name) => values[name] === true,
    text: (name) => (typeof values[name] === "string" ? values[name] : undefined),
    texts: (name) => (Array.isArray(values[name]) ? (values[name] as string[]) : []),
    positionals: end === undefined ? positionals : words.slice(end.rest),
  };
}

/** Node.js takes no keys it does not know as undefined. */
const configOf = (options: Readonly<Record<string, OptionSpec>>): NonNullable<ParseArgsConfig["options"]> =>
  Object.fromEntries(
    Object.entries(options).map(([name, { type, short, multiple = false }]) => [
      name,
      { type, multiple, ...(short !== undefined && { short }) },
    ]),
  );

function parsed(config: ParseArgsConfig): { values: Values; positionals: string[] } {
  try {
    return parseArgs(config) as { values: Values; positionals: string[] };
  } catch (error) {
    // "Unknown option '--x'. To specify a positional …": the first sentence says it.
    const { code, message } = error as Error & { code: string };
    const unknown = code === "ERR_PARSE_ARGS_UNKNOWN_OPTION" ? /'--([^']*)'/.exec(message)?.[1] : undefined;
    throw new UsageError(message.split(/\.\s/)[0]! + didYouMean(unknown ?? "", Object.keys(config.options!), "--"));
  }
}

/** Where the command line of the other program starts: behind "--", or at the first word that is no option. */
function endOfOptions(options: Readonly<Record<string, OptionSpec>>, words: readonly string[]) {
  const { tokens } = parseArgs({
    options: configOf(options),
    args: [...words],
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const first = tokens.find(({ kind }) => kind !== "option");
  if (first === undefined) return { at: words.length, rest: words.length };
  return { at: first.index, rest: first.kind === "option-terminator" ? first.index + 1 : first.index };
}

function checkChoice(name: string, spec: OptionSpec, value: Values[string]): void {
  const { choices } = spec;
  for (const given of Array.isArray(value) ? value : [value])
    if (choices !== undefined && typeof given === "string" && !choices.includes(given))
      throw new UsageError(`--${name}: expected ${choices.join(", ")}, received ${JSON.stringify(given)}`);
}
