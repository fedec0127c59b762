// The commands by name. A file is loaded when its command is called: the others must not make it start later.

import type { Command } from "./command.js";

interface Listed {
  /** One line, for the list that `otel-progress help` shows. */
  readonly summary: string;
  readonly load: () => Promise<{ readonly command: Command }>;
}

export const COMMANDS: Readonly<Record<string, Listed>> = {
  run: { summary: "run a program as an operation", load: () => import("./run.js") },
  list: { summary: "what is under way, as a table", load: () => import("./list.js") },
  get: { summary: "everything about one operation", load: () => import("./get.js") },
};
