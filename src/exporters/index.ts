// otel-progress/exporters: how progress gets out to people and logs.

export type { CiService } from "./ci-marks.js";
export { type ConsoleExporterOptions, type ConsoleFormat, consoleExporter } from "./console-exporter.js";
export { type ConsoleLinesOptions, consoleLines } from "./console-lines.js";
export { type ExportFromOptions, exportFrom } from "./export-from.js";
export type { TextStream } from "./line-stream.js";
export { type LogLinesOptions, logLines, type ObjectLogger } from "./log-lines.js";
export { type LogRecordsOptions, logRecords, type ProgressLogRecord } from "./log-records.js";
export { type LspProgressOptions, lspProgress } from "./lsp-progress.js";
export type { TerminalColumn } from "./terminal/columns.js";
export { type TerminalBarsOptions, terminalBars } from "./terminal-bars.js";
export type { WorkDoneProgressValue } from "./work-done.js";
