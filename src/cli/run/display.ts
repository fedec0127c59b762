// What is said on stderr about the operation, by --format. stdout is the program's.

import { hasUnicode } from "../../exporters/terminal/environment.js";
import { progress, type Snapshot } from "../../index.js";
import type { Io } from "../command.js";
import { isCi } from "../output.js";
import type { Format } from "./plan.js";

/** Begins; what comes back is told the final state. What is left comes out when the instance is shut down. */
export async function showing(format: Format, io: Io): Promise<(final: Snapshot) => void> {
  if (format === "quiet" || (format === "auto" && !isTerminal(io))) return () => {};
  if (format === "auto") return lastLine(io);
  const { consoleExporter } = await import("../../exporters/console-exporter.js");
  progress.addExporter(consoleExporter({ format, stream: process.stderr }));
  return () => {};
}

const isTerminal = ({ stderr, env }: Io): boolean => stderr.isTTY === true && !isCi(env);

/** One calm line. The program has the terminal until then. */
async function lastLine({ stderr, env }: Io): Promise<(final: Snapshot) => void> {
  const { endedLine } = await import("../../exporters/terminal/ended-line.js");
  const color = (stderr as NodeJS.WriteStream).hasColors(env);
  const unicode = env["TERM"] !== "dumb" && hasUnicode(env, process.platform);
  return (final) => stderr.write(`${endedLine(final, { color, unicode }, (stderr.columns || 80) - 1)}\n`);
}
