// A real OpenTelemetry SDK as an application registers it, with exporters that keep nothing: what is measured is the cost
// in the user's call, not that of sending.

import { context, metrics, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import { MeterProvider, MetricReader } from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";

class SilentReader extends MetricReader {
  async onForceFlush() {}
  async onShutdown() {}
}

export function registerTracing(spanProcessors = []) {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
}

export function registerMetrics() {
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [new SilentReader()] }));
}

/** The attributes, name and status that `fn` leaves on the one span it makes; the SDK is unregistered again. */
export function spanMadeBy(fn) {
  const exporter = new InMemorySpanExporter();
  registerTracing([new SimpleSpanProcessor({ exporter })]);
  fn();
  const [{ name, attributes }] = exporter.getFinishedSpans();
  trace.disable();
  context.disable();
  return { name, attributes };
}
