// Asking for progress, and showing it as text.

export { formatDuration, formatPercentage, formatProgress, formatQuantity, formatRate } from "../format.js";
export type { AccessOptions, Wanted } from "./access.js";
export { createProgressHandler, type ProgressHandlerOptions } from "./handler.js";
export { HttpSourceError } from "./http-error.js";
export { createHttpSource, type HttpSource, type HttpSourceOptions, type HttpWatchOptions } from "./http-source.js";
export { createJaegerSource, type JaegerSourceOptions } from "./jaeger-source.js";
export type { ProblemDetails } from "./problem.js";
export { createReadToken, type ReadTokenOptions } from "./read-tokens.js";
export { formatReport, type ReportOptions } from "./report.js";
export type { StageDefinition } from "./routes.js";
export type { SmallStatus } from "./status.js";
