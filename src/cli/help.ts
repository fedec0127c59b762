// `otel-progress help`: what there is, where to begin, and the help of one command.

import { VERSION } from "../version.js";
import { type Command, type Commands, UsageError } from "./command.js";
import { helpOf, section, widthOn } from "./help-text.js";
import { noMore } from "./output.js";
import { didYouMean } from "./suggest.js";

const FIRST_STEPS = [
  ["otel-progress run -- npm ci", "any program as an operation"],
  ["otel-progress list", "what the server on this machine is working on"],
  ["otel-progress watch job-7", "follows one; the exit code says how it ended"],
  ["otel-progress history --since 1d", "what ended since yesterday, and how long it took"],
];
const ENVIRONMENT = [
  ["PROGRESS_URL", "the server to ask, if not http://127.0.0.1:4680"],
  ["PROGRESS_TOKEN", "its token"],
  ["NO_COLOR, FORCE_COLOR", "colours"],
];

export const command: Command = {
  usage: "help [COMMAND]",
  description: "Says what there is and where to begin, or how a command is used.",
  options: {},
  examples: [["otel-progress help watch", "the same as otel-progress watch --help"]],
  async run({ positionals: [name, ...more] }, io, commands) {
    noMore(more);
    const columns = widthOn(io.stdout);
    io.stdout.write(name === undefined ? overview(commands, columns) : await one(name, commands, columns));
    return 0;
  },
};

async function one(name: string, commands: Commands, columns: number): Promise<string> {
  const listed = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (listed !== undefined) return helpOf((await listed.load()).command, columns);
  throw new UsageError(`there is no command ${JSON.stringify(name)}${didYouMean(name, Object.keys(commands))}`);
}

const overview = (commands: Commands, columns: number): string =>
  [
    `otel-progress ${VERSION}: long-running work, made visible`,
    "",
    "Usage: otel-progress COMMAND [options]",
    section(
      "Commands",
      Object.entries(commands).map(([name, { summary }]) => [name, summary]),
      columns,
    ),
    section("First steps", FIRST_STEPS, columns),
    section("Environment", ENVIRONMENT, columns),
    "",
    "otel-progress COMMAND --help says more, with examples and exit codes.",
    "",
  ].join("\n");
