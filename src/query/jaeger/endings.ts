// How the work of a span ended.

import type { ErrorInfo, LevelSnapshot } from "../../model.js";
import * as semconv from "../../semconv.js";
import type { Span } from "./untrusted.js";
import { defined, textOf, timeOf, type Values } from "./values.js";

/** As docs/semantic-conventions.md says of spans that others write: an error is a failure, and all else is completed. */
export function statusOf({ tags }: Span): "completed" | "failed" | "cancelled" | "lost" | "skipped" {
  const status = tags.get(semconv.ATTR_STATUS);
  const isLevel = tags.has(semconv.ATTR_LEVEL_TYPE);
  if (status === "cancelled" || status === "lost" || (status === "skipped" && isLevel)) return status;
  const error = tags.get("error") === true || tags.get("otel.status_code") === "ERROR";
  return status === "failed" || error ? "failed" : "completed";
}

/** The fields that depend on the status, of an operation or a level. */
export function endingOf(span: Span): Partial<LevelSnapshot> {
  const status = statusOf(span);
  const endedAt = timeOf(span.endMicros);
  if (status === "lost") return { status, lastSeenAt: endedAt };
  if (status === "failed") return { status, endedAt, error: errorOf(span) };
  if (status === "completed") return { status, endedAt };
  return { status, endedAt, ...defined("reason", textOf(span.tags, semconv.ATTR_REASON)) };
}

/**
 * `error.type` is the code of an error, or else its class. Which of them is told by the stack, whose first line begins with the
 * class.
 */
function errorOf({ tags, events }: Span): ErrorInfo {
  const exception: Values = events.findLast(({ name }) => name === "exception")?.fields ?? new Map();
  const told = textOf(tags, semconv.ATTR_ERROR_TYPE) ?? textOf(exception, "exception.type") ?? "Error";
  const message = textOf(exception, "exception.message") ?? textOf(tags, "otel.status_description") ?? told;
  const type = /^([\p{L}_$][\p{L}\d_$.]{0,255})(?: \[[^\]\n]{1,255}\])?(?=:|\n|$)/u.exec(
    textOf(exception, "exception.stacktrace") ?? "",
  )?.[1];
  if (type === undefined || type === told) return Object.freeze({ type: told, message });
  return Object.freeze({ type, message, code: told });
}
