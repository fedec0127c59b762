import { expect, it } from "vitest";
import { zshCompletion } from "../../src/cli/completion-zsh.js";
import { COMMANDS } from "./completed-commands.js";

it("describes commands and options to _arguments, quoted", () => {
  const script = zshCompletion(COMMANDS, "ids-of-it");
  expect(script).toMatch(/^#compdef otel-progress\n/);
  expect(script).toContain("    'get:all about one; it'\\''s long'\n");
  expect(script).toContain("'(-f --format)--format[how \\[it\\] looks\\: json]:format:(plain json)'");
  expect(script).toContain("'--journal[where]:journal:_directories'");
  expect(script).toContain("'--limit[how many]:limit: '");
  expect(script).toContain("'(-a --all)-a[everything]'");
  expect(script).toContain("'1:id:_otel_progress_ids'");
  expect(script).toContain("'*::argument:_normal'");
  expect(script).toContain("'1:word:(get run)'");
  expect(script).toMatch(/ids=\(\$\{\(f\)"\$\(ids-of-it\)"\}\)/);
});
