// The commands by name. A file is loaded when its command is called: the others must not make it start later.

import type { Commands } from "./command.js";

export const COMMANDS: Commands = {
  run: { summary: "run a program as an operation", load: () => import("./run.js") },
  list: { summary: "what is under way, as a table", load: () => import("./list.js") },
  get: { summary: "everything about one operation", load: () => import("./get.js") },
  watch: { summary: "bars that move, until it ends", load: () => import("./watch.js") },
  history: { summary: "what has ended, and how long it took", load: () => import("./history.js") },
  export: { summary: "all of it as a file: ndjson or csv", load: () => import("./export.js") },
  serve: { summary: "a page and an API over a history or a fleet", load: () => import("./serve.js") },
  completion: { summary: "a script for your shell", load: () => import("./completion.js") },
  help: { summary: "this, or the help of a command", load: () => import("./help.js") },
};
