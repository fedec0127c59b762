// `otel-progress run`: any program as an operation.

import type { Command } from "./command.js";

export const command: Command = {
  usage: "run [options] [--] COMMAND [ARGS…]",
  description: "Runs a program as an operation.",
  options: {},
  examples: [],
  wraps: true,
  misuse: 125,
  failure: 125,
  run: async () => 0,
};
