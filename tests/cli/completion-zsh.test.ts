import { expect, it } from "vitest";
import type { Completed } from "../../src/cli/completion.js";
import { zshCompletion } from "../../src/cli/completion-zsh.js";

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
