// Spans that others started under an operation and that have not ended yet: the answer to "what is it waiting for?".
// Written by the span processor, read when an operation is found stalled or is asked for.

import { attributesOf } from "../attribute-value.js";
import type { Diagnostics } from "../diagnostics.js";
import type { WaitingOn } from "../model.js";
import type { Entry } from "./entry.js";

/** A span as far as we need it; the attributes are the span's own, live. */
export interface OpenSpan {
  readonly key: string;
  readonly parentKey: string | undefined;
  readonly name: string;
  readonly startedMillis: number;
  readonly attributes: Readonly<Record<string, unknown>>;
}

/** Spans followed per operation, and the ones shown of them. */
const PER_OPERATION = 256;
const SHOWN = 5;

export class InFlight {
  /** By span key; at most PER_OPERATION for each running operation. */
  readonly #operationOf = new Map<string, Entry>();
  readonly #diagnostics: Diagnostics;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  opened(operation: Entry, span: OpenSpan): void {
    operation.more.openSpans ??= new Map();
    const spans = operation.more.openSpans;
    if (spans.size >= PER_OPERATION) {
      this.#diagnostics.count("spans_untracked");
      return;
    }
    spans.set(span.key, span);
    this.#operationOf.set(span.key, operation);
  }

  /** The operation a followed span belongs to. */
  operationOf(key: string): Entry | undefined {
    return this.#operationOf.get(key);
  }

  closed(key: string): void {
    const operation = this.#operationOf.get(key);
    if (operation === undefined) return;
    this.#operationOf.delete(key);
    operation.extra?.openSpans?.delete(key);
  }

  /** The operation ended. */
  forget(operation: Entry): void {
    const spans = operation.extra?.openSpans;
    if (spans === undefined) return;
    for (const key of spans.keys()) this.#operationOf.delete(key);
    operation.extra!.openSpans = undefined;
  }

  /**
   * The innermost unfinished spans of others under the operation, longest waiting first; without any, its innermost open
   * levels. At most five.
   */
  waitingOn(operation: Entry, now: number): readonly WaitingOn[] {
    const spans = [...(operation.extra?.openSpans?.values() ?? [])];
    const parents = new Set(spans.map((span) => span.parentKey));
    if (spans.length === 0) return openLevels(operation, now);
    return spans
      .filter((span) => !parents.has(span.key))
      .sort((a, b) => a.startedMillis - b.startedMillis)
      .slice(0, SHOWN)
      .map((span) => ({
        name: span.name,
        elapsedSeconds: Math.max(0, now - span.startedMillis) / 1000,
        attributes: Object.freeze(attributesOf(span.attributes)),
      }));
  }
}

function openLevels(operation: Entry, now: number): readonly WaitingOn[] {
  return innermost(operation)
    .sort((a, b) => a.started - b.started)
    .slice(0, SHOWN)
    .map((level) => ({
      name: level.name ?? level.kind.level!,
      elapsedSeconds: level.workMillis(now) / 1000,
      attributes: level.extra?.attributes ?? {},
    }));
}

function innermost(entry: Entry): Entry[] {
  const open = [...(entry.extra?.family?.kept ?? [])].filter((part) => part.slab !== undefined && !part.isOperation);
  return open.flatMap((level) => {
    const below = innermost(level);
    return below.length > 0 ? below : [level];
  });
}
