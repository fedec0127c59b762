// What happens when something goes wrong that must not disturb the user's work: it is counted, said once, and survived.
// Written by everything; read by `live.stats()` and the self-telemetry metrics.

import type { ProgressError } from "./errors.js";

/** Every way something can be lost. A cause is one word group in the counters, the metrics and the documents. */
export type Loss =
  | "misuse"
  | "late_updates"
  | "operations_refused"
  | "levels_refused"
  | "attributes_dropped"
  | "text_clipped"
  | "subscribers_refused"
  | "callbacks_failed"
  | "exports_failed"
  | "snapshots_dropped"
  | "events_dropped"
  | "spans_untracked"
  | "spans_dropped"
  | "journal_failed"
  | "journal_damaged"
  | "eta_history_failed"
  | "eta_history_ignored"
  | "operations_claimed"
  | "fleet_damaged"
  | "carriers_refused"
  | "contributions_refused"
  | "contributions_dropped"
  | "internal_errors";

/** Where lines for people go; OpenTelemetry's `diag` logger fits. */
export interface DiagnosticSink {
  warn(message: string, ...args: unknown[]): void;
}

const WARNED_LIMIT = 200;

export class Diagnostics {
  readonly #counts = new Map<Loss, number>();
  /** What was said already, so that each trouble is one line; bounded by WARNED_LIMIT. */
  readonly #said = new Set<string>();
  readonly #sink: DiagnosticSink;
  readonly #misused: (error: ProgressError) => void;
  /** Misuse throws instead of being counted. */
  readonly strict: boolean;

  constructor(sink: DiagnosticSink, strict = false, misused: (error: ProgressError) => void = () => {}) {
    this.#sink = sink;
    this.strict = strict;
    this.#misused = misused;
  }

  count(loss: Loss, n = 1): void {
    this.#counts.set(loss, (this.#counts.get(loss) ?? 0) + n);
  }

  counted(loss: Loss): number {
    return this.#counts.get(loss) ?? 0;
  }

  /** All causes that occurred, with their counts. */
  losses(): Readonly<Record<string, number>> {
    return Object.freeze(Object.fromEntries(this.#counts));
  }

  /** One line per `key`, ever. */
  warnOnce(key: string, message: string, ...args: unknown[]): void {
    if (this.#said.has(key) || this.#said.size >= WARNED_LIMIT) return;
    this.#said.add(key);
    try {
      this.#sink.warn(`otel-progress: ${message}`, ...args);
    } catch {
      this.count("internal_errors");
    }
  }

  /** The caller did something that cannot be done: thrown in strict mode, else counted and said once per kind, place and subject. */
  misuse(error: ProgressError, place = ""): void {
    this.#misused(error);
    if (this.strict) throw error;
    this.count("misuse");
    // What was received is another thing each time: by it the lines would be used up.
    const subject = error.received === undefined ? "" : error.message.slice(0, -error.received.length);
    this.warnOnce(
      `misuse ${error.code} ${place} ${subject}`,
      `${error.message} (${error.code}; ignored, further ones are only counted)`,
    );
  }

  /** Runs a user's or an exporter's code; what it throws is counted and said once, and `undefined` comes back. */
  safely<T>(loss: Loss, what: string, fn: () => T): T | undefined {
    try {
      return fn();
    } catch (error) {
      this.failed(loss, what, error);
      return undefined;
    }
  }

  failed(loss: Loss, what: string, error: unknown): void {
    this.count(loss);
    this.warnOnce(`${loss} ${what}`, `${what} failed; further failures are only counted`, error);
  }
}
