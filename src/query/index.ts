// otel-progress/query: how progress is asked for.

export { formatReport, type ReportOptions } from "./report.js";
