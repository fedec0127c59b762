// `otel-progress completion`: a script that lets a shell complete our command lines, made of what the commands say about
// themselves. The shells' files write it; what they have in common is here.

import { STATUSES } from "../query/filters.js";
import { HELP } from "./arguments.js";
import { type Command, type Commands, type OptionSpec, UsageError } from "./command.js";
import { bashCompletion } from "./completion-bash.js";
import { fishCompletion } from "./completion-fish.js";
import { zshCompletion } from "./completion-zsh.js";
import { onlyWord } from "./output.js";

const SHELLS: Readonly<Record<string, (commands: readonly Completed[], ids: string) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

/** One command, as shells complete it. */
export interface Completed {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** What its word may be: some of these, an id of an operation, a program with its own arguments, or nothing known. */
  readonly word: readonly string[] | "id" | "program" | undefined;
}
export interface CompletedOption {
  readonly name: string;
  readonly short: string | undefined;
  readonly about: string;
  /** What stands behind it; undefined: nothing does. */
  readonly value: readonly string[] | "directory" | "text" | undefined;
}

/** One id a line; printed by what completes an id. It asks the server, as `list` does. */
const IDS = "otel-progress list --all --quiet 2>/dev/null";

export const command: Command = {
  usage: `completion ${Object.keys(SHELLS).join(" | ")}`,
  description: "Prints a script with which a shell completes commands, options, their values, and ids of operations.",
  options: {},
  examples: [
    ["source <(otel-progress completion bash)", "bash: in ~/.bashrc"],
    ["otel-progress completion zsh > ~/.zfunc/_otel-progress", "zsh: a folder of fpath, before compinit"],
    ["otel-progress completion fish > ~/.config/fish/completions/otel-progress.fish", "fish"],
  ],
  async run(args, io, commands) {
    const shell = onlyWord(args, `shell: ${Object.keys(SHELLS).join(", ")}`);
    const script = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
    if (script === undefined)
      throw new UsageError(`expected ${Object.keys(SHELLS).join(", ")}, received ${JSON.stringify(shell)}`);
    io.stdout.write(script(await completed(commands), IDS));
    return 0;
  },
};

async function completed(commands: Commands): Promise<Completed[]> {
  const words: Readonly<Record<string, Completed["word"]>> = {
    completion: Object.keys(SHELLS),
    help: Object.keys(commands),
    get: "id",
    watch: "id",
  };
  return Promise.all(
    Object.entries(commands).map(async ([name, { summary, load }]) => {
      const { command } = await load();
      const options = Object.entries({ ...command.options, help: HELP }).map(([option, spec]) =>
        optionOf(option, spec),
      );
      return { name, summary, options, word: command.wraps ? "program" : words[name] };
    }),
  );
}

function optionOf(name: string, { short, type, choices, value, about }: OptionSpec): CompletedOption {
  if (type === "boolean") return { name, short, about, value: undefined };
  const words = name === "status" ? STATUSES : choices;
  return { name, short, about, value: words ?? (value === "DIR" ? "directory" : "text") };
}
