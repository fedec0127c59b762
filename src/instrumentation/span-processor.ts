// How spans that others start get in: those under an operation say what it is waiting for; those that carry progress.*
// attributes of their own become operations. A processor hears only starts and ends, but holds the live span object.

import type { Context, HrTime, SpanContext, SpanStatus } from "@opentelemetry/api";
import { SCOPE_NAME } from "../semconv.js";
import { Adopted, keyOf } from "./adopted.js";
import { type Core, coreOf } from "./core.js";
import type { Handle } from "./handle.js";
import { lostSpansOf } from "./journal/lost-spans.js";
import type { Progress } from "./progress.js";

/** Structural subset of the SDK's span, the same in both majors. */
export interface SpanLike {
  readonly name: string;
  readonly startTime: HrTime;
  /** Any values: what newer versions of the API allow. */
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: SpanStatus;
  readonly parentSpanContext?: SpanContext | undefined;
  readonly instrumentationScope: { readonly name: string };
  spanContext(): SpanContext;
}

interface ExportingProcessor {
  onEnd(span: never): void;
  forceFlush?(): Promise<void>;
}

export interface SpanProcessorOptions {
  readonly progress: Progress;
  /** Where the spans of lost operations go (see `journal`): the processors that export. @default none */
  readonly exporting?: readonly ExportingProcessor[] | undefined;
}

/** Give it to the SDK beside the exporting processor: `spanProcessors: [new ProgressSpanProcessor({ progress }), batch]`. */
export class ProgressSpanProcessor {
  readonly #core: Core;
  readonly #adopted: Adopted;
  readonly #exporting: readonly ExportingProcessor[];
  #connected = false;
  #flush: Promise<void> | undefined;

  constructor(options: SpanProcessorOptions) {
    this.#core = coreOf(options.progress);
    this.#adopted = new Adopted(this.#core);
    this.#exporting = options.exporting ?? [];
  }

  onStart(span: SpanLike, parentContext: Context): void {
    if (!this.#connected) this.#connect((span as { resource?: unknown }).resource);
    if (span.instrumentationScope.name === SCOPE_NAME) return;
    this.#core.diagnostics.safely("internal_errors", "the span processor", () => this.#started(span, parentContext));
  }

  onEnd(span: SpanLike): void {
    if (span.instrumentationScope.name === SCOPE_NAME) return;
    this.#core.diagnostics.safely("internal_errors", "the span processor", () => {
      this.#core.state.inFlight.closed(keyOf(span.spanContext()));
      this.#adopted.ended(span);
    });
  }

  /** Spans need a resource, which only spans show. */
  #connect(resource: unknown): void {
    this.#connected = true;
    if (this.#exporting.length === 0) return;
    this.#core.lostSpans.connect((lost) => {
      for (const span of lostSpansOf(lost, resource)) {
        for (const processor of this.#exporting) {
          this.#core.diagnostics.safely("internal_errors", "a span processor", () => processor.onEnd(span as never));
        }
      }
    });
  }

  /** Lost spans do not wait for their turn here, but for those before them. Whoever asks meanwhile waits for the same. */
  async forceFlush(): Promise<void> {
    if (!this.#core.lostSpans.wait) return;
    this.#flush ??= this.#flushLost().finally(() => {
      this.#flush = undefined;
    });
    await this.#flush;
  }

  async #flushLost(): Promise<void> {
    const { lostSpans } = this.#core;
    do await Promise.allSettled(this.#exporting.map((processor) => processor.forceFlush?.()));
    while (lostSpans.next());
  }

  async shutdown(): Promise<void> {
    // The SDK shuts the exporting processors down right after this call: they take no more then.
    while (this.#core.lostSpans.next());
    this.#adopted.clear();
  }

  #started(span: SpanLike, parentContext: Context): void {
    const { state, scopes, settings } = this.#core;
    const parentKey = span.parentSpanContext && keyOf(span.parentSpanContext);
    const around = scopes.openAt(
      this.#adopted.handleOf(parentKey) ??
        scopes.handleOf(parentContext) ??
        (parentKey === undefined ? undefined : (state.inFlight.operationOf(parentKey) as Handle | undefined)) ??
        scopes.active(),
    );
    if (around !== undefined) {
      state.inFlight.opened(around.operation, {
        key: keyOf(span.spanContext()),
        parentKey,
        name: span.name,
        startedMillis: settings.clock.monotonicMillis(),
        attributes: span.attributes,
      });
    }
    this.#adopted.started(span, around);
  }
}
