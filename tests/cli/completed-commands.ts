// Commands with every kind of thing that can be completed, for the tests of each shell.

import type { Completed } from "../../src/cli/completion.js";

export const COMMANDS: readonly Completed[] = [
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
