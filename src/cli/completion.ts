import type { Command } from "./command.js";
export const command: Command = { usage: "", description: "", options: {}, examples: [], run: async () => 0 };
