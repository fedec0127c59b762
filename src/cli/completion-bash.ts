// The script of `otel-progress completion bash`, for bash 4 and later, with or without the package bash-completion.

import type { Completed, CompletedOption } from "./completion.js";

const flags = ({ name, short }: CompletedOption): string[] => [
  `--${name}`,
  ...(short === undefined ? [] : [`-${short}`]),
];
const patterns = (options: readonly CompletedOption[]): string => options.flatMap(flags).join("|");

/** Ids are compared and quoted one by one: compgen -W would expand what stands in them. */
export function bashCompletion(commands: readonly Completed[], ids: string): string {
  return `# Completion of otel-progress for bash. Made by: otel-progress completion bash

_otel_progress_ids() {
  local id
  while IFS= read -r id; do
    [[ $id == "$cur"* ]] && COMPREPLY+=("$(printf %q "$id")")
  done < <(${ids})
}

# The program behind "run", once it has begun.
_otel_progress_program() {
  local at=2
  while ((at < COMP_CWORD)); do
    case \${COMP_WORDS[at]} in
      --) ((at++)); break ;;
${programOptions(commands)}      -*) ((at++)) ;;
      *) break ;;
    esac
  done
  if ((at < COMP_CWORD)); then
    if declare -F _command_offset >/dev/null; then _command_offset "$at"; else compopt -o default; fi
  elif [[ $cur != -* || \${COMP_WORDS[COMP_CWORD - 1]} == -- ]]; then
    mapfile -t COMPREPLY < <(compgen -c -- "$cur")
  else
    return 1
  fi
}

_otel_progress() {
  # The whole word: bash splits it at colons, which ids may have.
  local line=\${COMP_LINE:0:COMP_POINT} words= prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local cur=\${line##*[[:space:]]}
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    words='${[...commands.map(({ name }) => name), "--help", "--version"].join(" ")}'
  else
    case \${COMP_WORDS[1]} in
${commands.map(branch).join("\n")}
    esac
  fi
  mapfile -t -O "\${#COMPREPLY[@]}" COMPREPLY < <(compgen -W "$words" -- "$cur")
  local colon=\${cur%"\${cur##*:}"}
  COMPREPLY=("\${COMPREPLY[@]#"$colon"}")
}

complete -F _otel_progress otel-progress
`;
}

/** Options of such a command with a value, which is not the program yet. */
function programOptions(commands: readonly Completed[]): string {
  const programs = commands.filter(({ word }) => word === "program");
  const options = programs.flatMap((one) => one.options.filter(({ value }) => value !== undefined));
  return options.length === 0 ? "" : `      ${patterns(options)}) ((at += 2)) ;;\n`;
}

/** What is completed behind the name of one command: its word, or its options where there is none, or a dash. */
function branch({ name, options, word }: Completed): string {
  const values = options.filter(({ value }) => value !== undefined).map(valueLine);
  const lines = [
    ...(values.length === 0 ? [] : ["case $prev in", ...values.map((line) => `  ${line}`), "esac"]),
    ...(word === "program" ? ["_otel_progress_program && return"] : []),
    `words='${options.map((option) => `--${option.name}`).join(" ")}'`,
    ...(word === "id" ? ["[[ $cur == -* ]] || { words=; _otel_progress_ids; }"] : []),
    ...(Array.isArray(word) ? [`[[ $cur == -* ]] || words='${word.join(" ")}'`] : []),
    ";;",
  ];
  return [`      ${name})`, ...lines.map((line) => `        ${line}`)].join("\n");
}

function valueLine(option: CompletedOption): string {
  const { value } = option;
  if (value === "directory")
    return `${patterns([option])}) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;`;
  if (value === "text" || value === undefined) return `${patterns([option])}) return ;;`;
  return `${patterns([option])}) mapfile -t COMPREPLY < <(compgen -W '${value.join(" ")}' -- "$cur"); return ;;`;
}
