// The script of `otel-progress completion fish`: one line for each thing that can be completed.

import type { Completed, CompletedOption } from "./completion.js";

export function fishCompletion(commands: readonly Completed[], ids: string): string {
  const lines = [
    "# Completion of otel-progress for fish. Made by: otel-progress completion fish",
    complete("__fish_use_subcommand", "-f"),
    complete("__fish_use_subcommand", "-l help", "-d 'show what there is'"),
    complete("__fish_use_subcommand", "-l version", "-d 'show the version'"),
    ...commands.flatMap((command) => [
      complete("__fish_use_subcommand", "-f", `-a ${command.name}`, `-d ${quoted(command.summary)}`),
      ...inside(command, ids),
    ]),
  ];
  return `${lines.join("\n")}\n`;
}

const complete = (condition: string, ...parts: string[]): string =>
  ["complete -c otel-progress", `-n ${quoted(condition)}`, ...parts].join(" ");

function inside({ name, options, word }: Completed, ids: string): string[] {
  const here = `__fish_seen_subcommand_from ${name}`;
  return [...options.map((option) => complete(here, ...optionOf(option))), complete(here, ...wordOf(word, ids))];
}

function optionOf({ name, short, about, value }: CompletedOption): string[] {
  const flags = short === undefined ? [`-l ${name}`] : [`-l ${name}`, `-s ${short}`];
  return [...flags, ...valueParts(value), `-d ${quoted(about)}`];
}

function valueParts(value: CompletedOption["value"]): string[] {
  if (value === undefined) return [];
  if (value === "directory") return ["-x", "-a '(__fish_complete_directories)'"];
  return value === "text" ? ["-x"] : ["-x", `-a ${quoted(value.join(" "))}`];
}

function wordOf(word: Completed["word"], ids: string): string[] {
  if (word === undefined) return ["-f"];
  if (word === "id") return ["-f", `-a ${quoted(`(${ids})`)}`];
  if (word === "program") return ["-x", "-a '(__fish_complete_subcommand --fcs-skip=2)'"];
  return ["-f", `-a ${quoted(word.join(" "))}`];
}

const quoted = (text: string): string => `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
