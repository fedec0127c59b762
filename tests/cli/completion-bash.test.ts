import { expect, it } from "vitest";
import type { Completed } from "../../src/cli/completion.js";
import { bashCompletion } from "../../src/cli/completion-bash.js";

const COMMANDS: readonly Completed[] = [
  {
    name: "get",
    summary: "all about one; it's long",
    options: [
      { name: "format", short: "f", about: "how [it] looks: json", value: ["plain", "json"] },
      { name: "journal", short: undefined, about: "where", value: "directory" },
      { name: "limit", short: undefined, about: "how many", value: "text" },
      { name: "all", short: "a", about: "everything", value: undefined },
    ],
    word: "id",
  },
  {
    name: "run",
    summary: "a program",
    options: [{ name: "name", short: undefined, about: "of it", value: "text" }],
    word: "program",
  },
  { name: "help", summary: "this", options: [], word: ["get", "run"] },
  { name: "list", summary: "all", options: [], word: undefined },
];

it("completes values behind their options, ids, programs and words, without ever expanding an id", () => {
  const script = bashCompletion(COMMANDS, "ids-of-it");
  expect(script).toContain("words='get run help list --help --version'");
  expect(script).toContain(`--format|-f) mapfile -t COMPREPLY < <(compgen -W 'plain json' -- "$cur"); return ;;`);
  expect(script).toContain(
    `--journal) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur"); return ;;`,
  );
  expect(script).toContain("--limit) return ;;");
  expect(script).toContain("words='--format --journal --limit --all'");
  expect(script).toContain("done < <(ids-of-it)");
  expect(script).toContain("[[ $cur == -* ]] || { words=; _otel_progress_ids; }");
  expect(script).toContain("      --name) ((at += 2)) ;;\n");
  expect(script).toContain("[[ $cur == -* ]] || words='get run'");
  expect(script).not.toMatch(/compgen -W [^\n]*ids/);
});

it("has no pattern for options of programs where none has a value", () => {
  const bare = COMMANDS.map((command) => ({ ...command, options: [] }));
  expect(bashCompletion(bare, "ids")).toContain("--) ((at++)); break ;;\n      -*)");
});
