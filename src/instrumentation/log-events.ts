// Progress events as OpenTelemetry log records: they leave at once, before the span ends, and survive trace sampling.
//
// The logs API lives in two places. From 1.10 of @opentelemetry/api it is in the core, before it is in the package
// @opentelemetry/api-logs, which is not ours to require: its provider is found under the symbol it is registered by.

import * as otel from "@opentelemetry/api";
import * as semconv from "../semconv.js";
import { severityOf } from "../severity.js";
import type { Handle } from "./handle.js";
import { identity } from "./span-attributes.js";

interface LogRecord {
  readonly eventName: string;
  readonly timestamp: number;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string;
  readonly attributes: otel.Attributes;
  readonly context: otel.Context;
}
interface Logger {
  emit(record: LogRecord): void;
}
interface LoggerProvider {
  getLogger(name: string, version?: string): Logger;
}
/** What the API gives while nobody has registered a provider. */
interface ProxyProvider extends LoggerProvider {
  readonly _getDelegateLogger?: unknown;
}

const API_LOGS = Symbol.for("io.opentelemetry.js.api.logs");
const API_LOGS_VERSION = 1;

/** The provider an application has registered, through whichever API. */
export function registeredLoggers(): LoggerProvider | undefined {
  const core = (otel as { logs?: { getLoggerProvider(): ProxyProvider } }).logs?.getLoggerProvider();
  if (core !== undefined && core._getDelegateLogger === undefined) return core;
  const separate = (globalThis as { [API_LOGS]?: (version: number) => LoggerProvider })[API_LOGS];
  return separate?.(API_LOGS_VERSION);
}

export class LogEvents {
  readonly #version: string;
  #provider: LoggerProvider | undefined;
  #logger: Logger | undefined;

  constructor(version: string) {
    this.#version = version;
  }

  /** Takes the logger of the registered provider, anew when that changed. */
  refresh(): void {
    const provider = registeredLoggers();
    if (provider === this.#provider) return;
    this.#provider = provider;
    this.#logger = provider?.getLogger(semconv.SCOPE_NAME, this.#version);
  }

  /** Writes an event of a handle, with the ids of its span. Without a provider nothing happens. */
  emit(handle: Handle, name: string, attributes: otel.Attributes, epochMillis: number): void {
    if (this.#logger === undefined) this.refresh();
    this.#logger?.emit({
      eventName: name,
      timestamp: epochMillis,
      ...severityOf(name, attributes[semconv.ATTR_STATUS]),
      body: name,
      attributes: { ...identity(handle), ...attributes },
      context: contextOf(handle),
    });
  }
}

/** With the ids of its span, also when that is somebody else's and the work has ended, or died with another process. */
function contextOf(handle: Handle): otel.Context {
  const { span, trace: ids, core } = handle;
  if (span !== undefined || ids === undefined) return core.scopes.within(handle, otel.ROOT_CONTEXT);
  return otel.trace.setSpanContext(otel.ROOT_CONTEXT, ids as otel.SpanContext);
}
