// What is said about the operation, by --format: on stderr, which the program writes to as well, or in a file. stdout is the program's.

import { appendFileSync, openSync } from "node:fs";
import { hasUnicode } from "../../exporters/terminal/environment.js";
import { progress, type Snapshot } from "../../index.js";
import { type Io, UsageError } from "../command.js";
import { isCi, remark } from "../output.js";
import type { Plan } from "./plan.js";

/** Begins; what comes back is told the final state. What is left comes out when the instance is shut down. */
export async function showing(plan: Pick<Plan, "format" | "output">, io: Io): Promise<(final: Snapshot) => void> {
  const { format, output } = plan;
  if (format === "quiet" || (format === "auto" && !isTerminal(io))) return () => {};
  if (format === "auto") return lastLine(io);
  if (output !== undefined) {
    const { consoleLines } = await import("../../exporters/console-lines.js");
    const kind = format === "json" ? "json" : "plain";
    progress.addExporter(consoleLines({ format: kind, stream: intoFile(output, io), color: false, ci: "none" }));
    return () => {};
  }
  const { consoleExporter } = await import("../../exporters/console-exporter.js");
  progress.addExporter(consoleExporter({ format, stream: process.stderr }));
  return () => {};
}

/**
 * Behind what it holds; "/dev/fd/3" is a descriptor that a shell opened. Throws UsageError when it cannot be opened. What it does not
 * take ends the writing, and is said; a reader who left knows.
 */
function intoFile(path: string, io: Io) {
  let descriptor: number;
  try {
    descriptor = openSync(path, "a");
  } catch (error) {
    throw new UsageError(`--output: ${(error as Error).message}`);
  }
  return {
    // At once, as Node.js writes to stderr: nothing is left when we end.
    write(text: string, done?: (error?: Error) => void): void {
      try {
        appendFileSync(descriptor, text);
        done?.();
      } catch (error) {
        const { code, message } = error as NodeJS.ErrnoException;
        if (code !== "EPIPE") remark(io, `--output: ${message}`);
        done?.(error as Error);
      }
    },
  };
}

const isTerminal = ({ stderr, env }: Io): boolean => stderr.isTTY === true && !isCi(env);

/** One calm line. The program has the terminal until then. */
async function lastLine({ stderr, env }: Io): Promise<(final: Snapshot) => void> {
  const { endedLine } = await import("../../exporters/terminal/ended-line.js");
  const color = (stderr as NodeJS.WriteStream).hasColors(env);
  const unicode = env["TERM"] !== "dumb" && hasUnicode(env, process.platform);
  return (final) => stderr.write(`${endedLine(final, { color, unicode }, (stderr.columns || 80) - 1)}\n`);
}
