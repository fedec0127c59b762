// The script of `otel-progress completion zsh`, by zsh's own _arguments.

import type { Completed, CompletedOption } from "./completion.js";

export function zshCompletion(commands: readonly Completed[], ids: string): string {
  return `#compdef otel-progress
# Completion of otel-progress for zsh. Made by: otel-progress completion zsh

_otel_progress_ids() {
  local -a ids
  ids=(\${(f)"$(${ids})"})
  compadd -a ids
}

_otel_progress() {
  local curcontext=$curcontext state line
  local -a known
  known=(
${commands.map(({ name, summary }) => `    ${quoted(`${name}:${summary}`)}`).join("\n")}
  )
  _arguments -C ${quoted("(- *)--help[show what there is]")} ${quoted("(- *)--version[show the version]")} \\
    '1: :->command' '*:: :->argument'
  case $state in
    command) _describe -t commands command known ;;
    argument)
      case $words[1] in
${commands.map(branch).join("\n")}
      esac
      ;;
  esac
}

if [[ \${funcstack[1]} == _otel-progress ]]; then _otel_progress "$@"; else compdef _otel_progress otel-progress; fi
`;
}

function branch({ name, options, word }: Completed): string {
  const specs = [...options.flatMap(specsOf), ...wordOf(word)];
  return `        ${name}) _arguments -s -S ${specs.map((spec) => `\\\n          ${quoted(spec)}`).join(" ")} ;;`;
}

function specsOf({ name, short, about, value }: CompletedOption): string[] {
  const text = `[${about.replace(/[\\[\]:]/g, "\\$&")}]`;
  const behind = value === undefined ? "" : `:${name}:${actionOf(value)}`;
  if (short === undefined) return [`--${name}${text}${behind}`];
  const other = `(-${short} --${name})`;
  return [`${other}-${short}${text}${behind}`, `${other}--${name}${text}${behind}`];
}

function actionOf(value: NonNullable<CompletedOption["value"]>): string {
  if (value === "directory") return "_directories";
  return value === "text" ? " " : `(${value.join(" ")})`;
}

function wordOf(word: Completed["word"]): string[] {
  if (word === undefined) return [];
  if (word === "id") return ["1:id:_otel_progress_ids"];
  if (word === "program") return ["(-)1:program:_command_names -e", "*::argument:_normal"];
  return [`1:word:(${word.join(" ")})`];
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
