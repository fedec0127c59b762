// Counts the spans that never reached a receiver: those an exporter failed to send, and those that an overfull queue in front
// of it threw away, which the SDK only logs. One pair per exporter: the processor counts what goes in, the exporter what
// comes out. Structural types, the same in both majors of the SDK.

import { TraceFlags } from "@opentelemetry/api";
import type { Diagnostics } from "../diagnostics.js";

interface Exporter<S> {
  export(spans: S[], done: (result: { readonly code: number; readonly error?: Error }) => void): void;
  forceFlush?(): Promise<void>;
  shutdown(): Promise<void>;
}
interface Processor<S> {
  onEnd(span: S): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}
interface EndedSpan {
  spanContext(): { readonly traceFlags: number };
}

const SUCCESS = 0;

/** `exporter` behind the processor that `queueing` makes for it, which holds at most `most` spans. */
export function countedExport<S extends EndedSpan, P extends Processor<S>>(
  diagnostics: Diagnostics,
  exporter: Exporter<S>,
  most: number,
  queueing: (exporter: Exporter<S>) => P,
): P {
  let ended = 0;
  let given = 0;
  let thrownAway = 0;
  const lose = (spans: number): void => {
    diagnostics.count("spans_dropped", spans);
    diagnostics.warnOnce("spans_dropped", "spans could not be exported; live.stats().losses counts them");
  };
  /** What was neither given to the exporter nor can still be waiting for it. */
  const settle = (waiting: number): void => {
    const gone = ended - given - thrownAway - waiting;
    if (gone <= 0) return;
    thrownAway += gone;
    lose(gone);
  };
  const processor = queueing({
    export(spans, done) {
      given += spans.length;
      settle(most);
      exporter.export(spans, (result) => {
        if (result.code !== SUCCESS) lose(spans.length);
        done(result);
      });
    },
    forceFlush: async () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
  });
  const flush = async (): Promise<void> => {
    const before = ended;
    await processor.forceFlush();
    // What ended meanwhile may wait for the next one.
    settle(ended - before);
  };
  let flushed = Promise.resolve();
  const counted: Processor<S> = {
    onEnd(span) {
      if (span.spanContext().traceFlags & TraceFlags.SAMPLED) ended++;
      processor.onEnd(span);
    },
    forceFlush() {
      // One after the other: a second one would not wait for what the first has taken from the queue.
      flushed = flushed.catch(() => {}).then(flush);
      return flushed;
    },
    async shutdown() {
      await processor.shutdown();
      settle(0);
    },
  };
  // All else is the processor's own; what starts costs it nothing.
  return Object.assign(Object.create(processor) as P, counted);
}
