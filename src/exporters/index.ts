// otel-progress/exporters: how progress gets out to people and logs.

export { type ConsoleExporterOptions, type ConsoleFormat, consoleExporter } from "./console-exporter.js";
export { type ConsoleLinesOptions, consoleLines, type TextStream } from "./console-lines.js";
export { type LspProgressOptions, lspProgress } from "./lsp-progress.js";
export { type TerminalBarsOptions, terminalBars } from "./terminal-bars.js";
export type { WorkDoneProgressValue } from "./work-done.js";
