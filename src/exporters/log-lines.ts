// Progress through the application's own logger: pino, or one that is called like it.

import { checkMethods } from "../errors.js";
import type { OperationExporter, Snapshot } from "../model.js";
import { severityOf } from "../severity.js";
import { eventOf, logAttributes } from "./log-attributes.js";
import { type Notice, Notices, READABLE } from "./notices.js";
import { nameOf, plainLine } from "./plain-line.js";

/** Takes an object and a message: pino, its children, bunyan, Fastify's `app.log`. */
export interface ObjectLogger {
  info(fields: object, message: string): unknown;
  warn(fields: object, message: string): unknown;
  error(fields: object, message: string): unknown;
}

export interface LogLinesOptions {
  readonly logger: ObjectLogger;
}

const METHODS = { INFO: "info", WARN: "warn", ERROR: "error" } as const;

/**
 * Logs each start, end, stall, recovery, attempt and change of status, and progress as often as plain lines: the plain line as
 * message; as fields the attributes of the semantic conventions, `event_name`, and `trace_id` and `span_id` as
 * OpenTelemetry's instrumentations of loggers name them. Stalls are warnings; failed and lost operations are errors. Throws ProgressError
 * INVALID_OPTION for what is no such logger.
 */
export function logLines({ logger }: LogLinesOptions): OperationExporter {
  checkMethods("logger", logger, Object.values(METHODS));
  return new Notices(READABLE, {
    tell(notice) {
      const { snapshot } = notice;
      const { severityText } = severityOf(eventOf(notice), snapshot.status);
      logger[METHODS[severityText]](fieldsOf(notice), plainLine(notice, { name: nameOf(snapshot), color: false }));
      return true;
    },
  });
}

function fieldsOf(notice: Notice): object {
  return { event_name: eventOf(notice), ...logAttributes(notice), ...idsOf(notice.snapshot) };
}

function idsOf({ traceId, spanId }: Snapshot): object {
  return { ...(traceId !== undefined && { trace_id: traceId }), ...(spanId !== undefined && { span_id: spanId }) };
}
