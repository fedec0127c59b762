// For tests of code that reports progress: a clock that is turned by hand, fixed ids, recorded events, and an in-memory
// OpenTelemetry SDK of whichever major is installed. Our own tests use it.

import { context, type HrTime, metrics, type SpanStatus, trace } from "@opentelemetry/api";
import type { Clock } from "./clock.js";
import type { ProgressErrorCode } from "./errors.js";
import type { ProgressOptions } from "./instrumentation/options.js";
import { createInstance, type Progress } from "./instrumentation/progress.js";
import { readDuration } from "./instrumentation/time-limits.js";
import type { Attributes, Duration, ProgressEvent } from "./model.js";

/** A clock that stands still until it is advanced. Begins at 2026-01-01T00:00:00Z. */
export class ManualClock implements Clock {
  #now = 1_000;
  readonly #timers = new Set<{ due: number; readonly millis: number; readonly fn: () => void }>();

  monotonicMillis(): number {
    return this.#now;
  }

  epochMillis(): number {
    return Date.UTC(2026, 0, 1) - 1_000 + this.#now;
  }

  every(millis: number, fn: () => void): () => void {
    const timer = { due: this.#now + millis, millis, fn };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass without any timer running: what a blocked event loop looks like. */
  block(millis: number): void {
    this.#now += millis;
  }

  /** Lets time pass; timers that come due run in order. */
  advance(millis: number): void {
    const end = this.#now + millis;
    for (;;) {
      const next = [...this.#timers].sort((a, b) => a.due - b.due)[0];
      if (next === undefined || next.due > end) break;
      this.#now = Math.max(this.#now, next.due);
      // After a block only one late call follows, as with setInterval.
      next.due = this.#now + next.millis;
      next.fn();
    }
    // A timer may have blocked for longer: the clock never goes back.
    this.#now = Math.max(this.#now, end);
  }
}

export interface TestProgress extends AsyncDisposable {
  readonly progress: Progress;
  readonly clock: ManualClock;
  /** Everything that happened, in order. */
  readonly events: readonly ProgressEvent[];
  /** Lets time pass, in steps of a tenth of a second, and what waits for it happen. */
  advance(duration: Duration): Promise<void>;
  /** Codes of all misuse so far. */
  misuse(): readonly ProgressErrorCode[];
}

/** An instance with a manual clock, ids "1", "2", …, and strict unless told otherwise: misuse throws where it happens. */
export function createTestProgress(options: ProgressOptions = {}): TestProgress {
  const clock = new ManualClock();
  const codes: ProgressErrorCode[] = [];
  const events: ProgressEvent[] = [];
  let ids = 0;
  const progress = createInstance(
    { strict: true, clock, ...options },
    {
      instance: { id: "test", host: "localhost", pid: 1 },
      newId: () => String(++ids),
      misused: (error) => codes.push(error.code),
    },
  );
  progress.subscribe((event) => events.push(event));
  return {
    progress,
    clock,
    events,
    misuse: () => codes,
    async advance(duration) {
      let left = readDuration("advance", duration)!;
      await settled();
      while (left > 0) {
        const step = Math.min(left, 100);
        clock.advance(step);
        left -= step;
        await settled();
      }
    },
    [Symbol.asyncDispose]: () => progress.shutdown(),
  };
}

/** Lets promises that are ready run. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}

/** An ended span as the SDK hands it to exporters, in both majors. */
export interface RecordedSpan {
  readonly name: string;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly attributes: Attributes;
  readonly status: SpanStatus;
  readonly parentSpanContext?: { readonly traceId: string; readonly spanId: string };
  readonly links: readonly { readonly context: { readonly traceId: string; readonly spanId: string } }[];
  readonly events: readonly { readonly name: string; readonly time: HrTime; readonly attributes?: Attributes }[];
  spanContext(): { readonly traceId: string; readonly spanId: string };
}

/** One series of a collection. Histograms are given by their count and sum. */
export interface RecordedSeries {
  readonly name: string;
  readonly unit: string;
  readonly attributes: Attributes;
  readonly value: number | { readonly count: number; readonly sum: number };
}

export interface TestTelemetry extends AsyncDisposable {
  /** Ended spans, in order of their ends. */
  spans(): readonly RecordedSpan[];
  /** Collects now. */
  metrics(): Promise<readonly RecordedSeries[]>;
}

export interface TestTelemetryOptions {
  /** Processors beside the recording one, such as a ProgressSpanProcessor. */
  readonly spanProcessors?: readonly unknown[] | undefined;
  readonly metricProducers?: readonly unknown[] | undefined;
  /** A sampler of the installed SDK. @default records everything */
  readonly sampler?: unknown;
}

/**
 * Registers an in-memory OpenTelemetry SDK globally until it is disposed. Needs `@opentelemetry/sdk-trace`,
 * `sdk-metrics` and `context-async-hooks`, 2.12 or later or 3.1 or later.
 */
export async function startTestTelemetry(options: TestTelemetryOptions = {}): Promise<TestTelemetry> {
  const [sdkTrace, sdkMetrics, hooks] = await Promise.all([
    import("@opentelemetry/sdk-trace"),
    import("@opentelemetry/sdk-metrics"),
    import("@opentelemetry/context-async-hooks"),
  ]);
  const exporter = new sdkTrace.InMemorySpanExporter();
  class Reader extends sdkMetrics.MetricReader {
    protected async onForceFlush(): Promise<void> {}
    protected async onShutdown(): Promise<void> {}
  }
  const reader = new Reader({ metricProducers: [...(options.metricProducers ?? [])] as never });
  const recording = new sdkTrace.SimpleSpanProcessor({ exporter });
  const tracerProvider = new sdkTrace.TracerProvider({
    spanProcessors: [...((options.spanProcessors ?? []) as never[]), recording],
    ...(options.sampler !== undefined && { sampler: options.sampler as never }),
  });
  const meterProvider = new sdkMetrics.MeterProvider({ readers: [reader] });
  context.setGlobalContextManager(new hooks.AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(tracerProvider);
  metrics.setGlobalMeterProvider(meterProvider);
  return {
    spans: () => exporter.getFinishedSpans() as never,
    async metrics() {
      const { resourceMetrics } = await reader.collect();
      return resourceMetrics.scopeMetrics.flatMap(({ metrics: all }) =>
        all.flatMap(({ descriptor: { name, unit }, dataPoints }) =>
          dataPoints.map(({ attributes, value }) => ({ name, unit, attributes, value: plain(value) })),
        ),
      );
    },
    async [Symbol.asyncDispose]() {
      trace.disable();
      metrics.disable();
      context.disable();
      await Promise.all([tracerProvider.shutdown(), meterProvider.shutdown()]);
    },
  };
}

function plain(value: unknown): RecordedSeries["value"] {
  if (typeof value === "number") return value;
  const { count, sum } = value as { count: number; sum?: number };
  return { count, sum: sum ?? Number.NaN };
}
