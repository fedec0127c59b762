// What is said on stderr about the operation, by --format. stdout is the program's.

import { progress, type Snapshot } from "../../index.js";
import { renderEnd } from "../../render.js";
import type { Io } from "../command.js";
import type { Format } from "./plan.js";

/** Begins; what comes back is told the final state. What is left comes out when the instance is shut down. */
export async function showing(format: Format, io: Io): Promise<(final: Snapshot) => void> {
  if (format === "auto") return (final) => lastLine(final, io);
  if (format === "quiet") return () => {};
  const { consoleExporter } = await import("../../exporters/console-exporter.js");
  progress.addExporter(consoleExporter({ format, stream: process.stderr }));
  return () => {};
}

/** On a terminal, and not in CI, one calm line. The program has the terminal until then. */
function lastLine(final: Snapshot, { stderr, env }: Io): void {
  if (stderr.isTTY !== true || "CI" in env) return;
  const color = (stderr as NodeJS.WriteStream).hasColors(env);
  const unicode = env["TERM"] !== "dumb" && (process.platform !== "win32" || "WT_SESSION" in env);
  stderr.write(`${renderEnd(final, { color, unicode })}\n`);
}
