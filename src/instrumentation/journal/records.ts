// What the journal knows of a running operation: how far it is, and what of its spans would be lost with the process. One line
// of JSON each, of which what is unknown is left out.

import { rollUp, shownPercentage } from "../../rollup.js";
import type { Handle } from "../handle.js";
import { stageNow } from "../span-attributes.js";
import type { ProcessIdentity } from "./process-identity.js";

/** In the names of the files too. */
export const JOURNAL_VERSION = 1;
/** Open levels remembered per operation. */
const LEVELS = 100;

export interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  /** Absent at the root of a trace. */
  readonly parentSpanId?: string | undefined;
}
export interface OpenLevel {
  readonly id: string;
  readonly type: string;
  readonly name?: string | undefined;
  readonly startedMillis: number;
  readonly span: SpanIds;
}
/** An operation as it was last seen. Moments are Unix milliseconds. */
export interface JournalRecord {
  readonly id: string;
  readonly type: string;
  readonly name?: string | undefined;
  readonly unit?: string | undefined;
  readonly description?: string | undefined;
  readonly message?: string | undefined;
  readonly stage?: string | undefined;
  readonly parentId?: string | undefined;
  readonly attributes?: object | undefined;
  readonly paused?: true | undefined;
  readonly current?: number | undefined;
  readonly total?: number | undefined;
  readonly totalKind?: string | undefined;
  readonly percentage?: number | undefined;
  readonly estimated?: true | undefined;
  readonly attempt?: number | undefined;
  /** Working milliseconds before this attempt. */
  readonly attemptBegan?: number | undefined;
  readonly failedItems?: number | undefined;
  readonly skippedItems?: number | undefined;
  readonly startedMillis: number;
  readonly movedMillis: number;
  readonly seenMillis: number;
  /** Working time up to then. */
  readonly workMillis: number;
  /** Of a span that somebody else ends, or that nobody records. */
  readonly trace?: { readonly traceId: string; readonly spanId: string } | undefined;
  /** Of a span that we end. */
  readonly span?: SpanIds | undefined;
  readonly levels?: readonly OpenLevel[] | undefined;
}
export interface JournalHeader {
  readonly journal: typeof JOURNAL_VERSION;
  readonly instance: { readonly id: string; readonly host: string; readonly pid: number };
  readonly process: ProcessIdentity;
}
export type JournalLine = { readonly op: JournalRecord } | { readonly ended: string };

export function recordOf(handle: Handle): JournalRecord {
  const { id, type, name, unit, extra, total, shownCurrent, offset, started, moved, parentId, trace } = handle;
  const now = handle.core.settings.clock.monotonicMillis();
  const percentage = shownPercentage(handle, rollUp(handle));
  const span = spanIdsOf(handle);
  const levels = openLevels(handle);
  return {
    id,
    type,
    name,
    unit,
    description: extra?.description,
    message: extra?.message,
    stage: stageNow(handle),
    parentId,
    attributes: extra?.attributes,
    paused: handle.status === "paused" || undefined,
    current: shownCurrent || undefined,
    total: total >= 0 ? handle.raisedTotal : undefined,
    totalKind: extra?.totalKind,
    percentage: Number.isNaN(percentage) ? undefined : percentage,
    estimated: extra?.guessed || undefined,
    attempt: extra?.attempt,
    attemptBegan: extra?.attemptBegan,
    failedItems: extra?.failedItems || undefined,
    skippedItems: extra?.skippedItems || undefined,
    startedMillis: offset + started,
    movedMillis: offset + moved,
    seenMillis: offset + now,
    workMillis: handle.workMillis(now),
    trace: span === undefined && trace !== undefined ? { traceId: trace.traceId, spanId: trace.spanId } : undefined,
    span,
    levels: levels.length === 0 ? undefined : levels,
  };
}

/** Those around others come first. */
function openLevels(handle: Handle): OpenLevel[] {
  const levels: OpenLevel[] = [];
  const visit = (parent: Handle): void => {
    for (const part of parent.extra?.family?.kept ?? []) {
      if (levels.length >= LEVELS) return;
      if (part.slab === undefined || part.isOperation) continue;
      const level = part as Handle;
      const span = spanIdsOf(level);
      if (span !== undefined) {
        const { id, type, name } = level;
        levels.push({ id, type, name, startedMillis: level.offset + level.started, span });
      }
      visit(level);
    }
  };
  visit(handle);
  return levels;
}

/** Only of spans that we will end ourselves. */
function spanIdsOf({ span }: Handle): SpanIds | undefined {
  if (span === undefined || !span.isRecording()) return undefined;
  const { traceId, spanId, traceFlags } = span.spanContext();
  const parent = (span as { parentSpanContext?: { readonly spanId: string } }).parentSpanContext;
  return { traceId, spanId, traceFlags, parentSpanId: parent?.spanId };
}
