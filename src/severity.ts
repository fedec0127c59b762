// How grave what happened is, in the words and numbers of OpenTelemetry's log data model. Read by everything that writes logs.

import * as semconv from "./semconv.js";

export interface Severity {
  readonly severityNumber: number;
  readonly severityText: "INFO" | "WARN" | "ERROR";
}

const INFO: Severity = { severityNumber: 9, severityText: "INFO" };
const WARN: Severity = { severityNumber: 13, severityText: "WARN" };
const ERROR: Severity = { severityNumber: 17, severityText: "ERROR" };

/** ERROR for what failed or was lost, WARN for a stall, INFO for the rest. `status`: that of the operation or level at the event. */
export function severityOf(event: string, status: unknown): Severity {
  if (status === "failed" || status === "lost") return ERROR;
  return event === semconv.EVENT_STALLED ? WARN : INFO;
}
