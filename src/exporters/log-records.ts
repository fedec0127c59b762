// Snapshots as OpenTelemetry log records. For operations of this process the option `events: "log"` says more, levels and
// events of users among it; this is for snapshots from elsewhere, and for logs as sparse as plain lines.

import { type Context, ROOT_CONTEXT, TraceFlags, trace } from "@opentelemetry/api";
import { checkMethods } from "../errors.js";
import type { OperationExporter, Snapshot } from "../model.js";
import { severityOf } from "../severity.js";
import { epochMillisOf, eventOf, type LogAttributes, logAttributes } from "./log-attributes.js";
import { Notices, READABLE } from "./notices.js";
import { nameOf, plainLine } from "./plain-line.js";

/** What is emitted; a `LogRecord` of both majors of the API. */
export interface ProgressLogRecord {
  readonly eventName: string;
  /** Milliseconds since 1970. */
  readonly timestamp: number;
  readonly severityNumber: number;
  readonly severityText: string;
  /** For people: the plain line. */
  readonly body: string;
  readonly attributes: LogAttributes;
  /** With the ids of the operation's span, where they are known. */
  readonly context: Context;
}

export interface LogRecordsOptions {
  /** Where they go: `logs.getLogger("otel-progress")` of `@opentelemetry/api-logs`, or of `@opentelemetry/api` from 1.10. */
  readonly logger: { emit(record: ProgressLogRecord): void };
}

/**
 * Emits a log record for each start, end, stall, recovery, attempt and change of status, and for progress as often as plain lines.
 * Throws ProgressError INVALID_OPTION for what is no such logger.
 */
export function logRecords({ logger }: LogRecordsOptions): OperationExporter {
  checkMethods("logger", logger, ["emit"]);
  return new Notices(READABLE, {
    tell(notice) {
      const { snapshot } = notice;
      const eventName = eventOf(notice);
      logger.emit({
        eventName,
        timestamp: epochMillisOf(notice),
        ...severityOf(eventName, snapshot.status),
        body: plainLine(notice, { name: nameOf(snapshot), color: false }),
        attributes: logAttributes(notice),
        context: contextOf(snapshot),
      });
      return true;
    },
  });
}

/** A snapshot does not say whether its span is sampled; a record that is emitted is meant to be seen. */
function contextOf({ traceId, spanId }: Snapshot): Context {
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.SAMPLED });
}
