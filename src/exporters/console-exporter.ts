// The right form for where the output goes: bars on a terminal, lines elsewhere.

import { diag } from "@opentelemetry/api";
import { ProgressError } from "../errors.js";
import type { OperationExporter } from "../model.js";
import { type ConsoleLinesOptions, consoleLines } from "./console-lines.js";
import { type TerminalBarsOptions, terminalBars } from "./terminal-bars.js";

export type ConsoleFormat = "auto" | "tty" | "plain" | "json" | "quiet";

export interface ConsoleExporterOptions extends TerminalBarsOptions, Pick<ConsoleLinesOptions, "ci"> {
  /** "auto": bars when the stream is a terminal and this is not CI, plain lines otherwise. @default "auto"; PROGRESS_FORMAT */
  readonly format?: ConsoleFormat | undefined;
}

const FORMATS: readonly string[] = ["auto", "tty", "plain", "json", "quiet"];

/** Throws ProgressError INVALID_OPTION for an unknown format. */
export function consoleExporter(options: ConsoleExporterOptions = {}): OperationExporter {
  const { format = formatOfEnvironment(), stream = process.stderr, color, ci } = options;
  if (!FORMATS.includes(format)) {
    throw new ProgressError(
      "INVALID_OPTION",
      `console format: expected ${FORMATS.join(", ")}, received ${JSON.stringify(format)}`,
    );
  }
  switch (format === "auto" ? (showsBars(stream) ? "tty" : "plain") : format) {
    case "tty":
      return terminalBars({ ...options, stream });
    case "json":
      return consoleLines({ format: "json", stream: options.stream });
    case "quiet":
      return { synchronous: true, export: () => {} };
    default:
      return consoleLines({ format: "plain", stream, color, ci });
  }
}

/** A terminal that can move its cursor. CI services set CI; some of them give jobs a terminal that nobody sees. */
function showsBars(stream: NodeJS.WriteStream): boolean {
  const { CI, TERM } = process.env;
  const isCi = ![undefined, "", "0", "false"].includes(CI);
  return stream.isTTY === true && !isCi && TERM !== "dumb";
}

/** A bad variable cannot be caught by anybody: it is reported, and the default used. */
function formatOfEnvironment(): string {
  const format = process.env["PROGRESS_FORMAT"] ?? "auto";
  if (FORMATS.includes(format)) return format;
  diag.warn(
    `otel-progress: PROGRESS_FORMAT: expected ${FORMATS.join(", ")}, received ${JSON.stringify(format)}; auto is used`,
  );
  return "auto";
}
