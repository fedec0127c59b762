// Lines of a journal, read. They may be cut off, or anything else: what is not as we write it is no line.

import { flag, like, listOf, maybe, moment, object, percentage, positive, shaped, text, whole } from "../../shape.js";
import { isCount } from "../../state/cell.js";
import {
  JOURNAL_VERSION,
  type JournalHeader,
  type JournalLine,
  type JournalRecord,
  type OpenLevel,
  type SpanIds,
} from "./records.js";

const [traceId, spanId] = [like(/^[0-9a-f]{32}$/), like(/^[0-9a-f]{16}$/)];
const span = shaped<SpanIds>({ traceId, spanId, traceFlags: whole, parentSpanId: maybe(spanId) });
const level = shaped<OpenLevel>({ id: text, type: text, name: maybe(text), startedMillis: moment, span });
const record = shaped<JournalRecord>({
  id: text,
  type: text,
  name: maybe(text),
  unit: maybe(text),
  description: maybe(text),
  message: maybe(text),
  stage: maybe(text),
  parentId: maybe(text),
  attributes: maybe(object),
  paused: maybe(flag),
  current: maybe(isCount),
  total: maybe(isCount),
  totalKind: maybe(like(/^(exact|estimate|atLeast|unknown)$/)),
  percentage: maybe(percentage),
  estimated: maybe(flag),
  attempt: maybe(positive),
  attemptBegan: maybe(isCount),
  failedItems: maybe(isCount),
  skippedItems: maybe(isCount),
  startedMillis: moment,
  movedMillis: moment,
  seenMillis: moment,
  workMillis: isCount,
  trace: maybe(shaped<NonNullable<JournalRecord["trace"]>>({ traceId, spanId })),
  span: maybe(span),
  levels: maybe(listOf(level)),
});
const instance = shaped<JournalHeader["instance"]>({ id: text, host: text, pid: whole });
const header = shaped<JournalHeader>({
  journal: (value) => value === JOURNAL_VERSION,
  instance,
  process: shaped<JournalHeader["process"]>({ host: text, pid: positive, startTicks: maybe(whole) }),
});

/** The first line; undefined for that of no journal. */
export function readHeader(line: string): JournalHeader | undefined {
  const data = parse(line);
  return header(data) ? (data as JournalHeader) : undefined;
}

/** Any other line; undefined for one that is damaged. */
export function readLine(line: string): JournalLine | undefined {
  const { op, ended } = (parse(line) ?? {}) as { readonly op?: unknown; readonly ended?: unknown };
  if (text(ended)) return { ended: ended as string };
  return record(op) ? { op: op as JournalRecord } : undefined;
}

/** A record with the instance it comes from, as it is shared with others; undefined for anything else. */
export function readShared(
  json: string,
): (Pick<JournalHeader, "instance"> & { readonly op: JournalRecord }) | undefined {
  const shared = parse(json) as { readonly instance?: unknown; readonly op?: unknown } | undefined;
  return instance(shared?.instance) && record(shared?.op) ? (shared as never) : undefined;
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
