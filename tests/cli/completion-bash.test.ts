import { expect, it } from "vitest";
import { bashCompletion } from "../../src/cli/completion-bash.js";
import { COMMANDS } from "./completed-commands.js";

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
