// Operations as a file, one line each, written as it is read: however many there are, one page is held at a time, and
// nothing is asked of the source before the reader has taken what came before.

import type { Filter, OperationSource, Snapshot } from "../model.js";
import { type Cursor, pageOf } from "./paging.js";
import { inPieces, isAtHand, withLevels } from "./pieces.js";

export const EXPORT_FORMATS = ["ndjson", "csv"] as const;
type ExportFormat = (typeof EXPORT_FORMATS)[number];

const PAGE = 250;
type Cell = string | number | boolean | undefined;

/** Times are RFC 3339, durations seconds, rates items per second, attributes JSON. */
const COLUMNS: Readonly<Record<string, (snapshot: Snapshot) => Cell>> = {
  id: ({ id }) => id,
  type: ({ type }) => type,
  name: ({ name }) => name,
  status: ({ status }) => status,
  stage: ({ stage }) => stage,
  percentage: ({ percentage }) => percentage,
  current: ({ current }) => current,
  total: ({ total }) => total,
  unit: ({ unit }) => unit,
  message: ({ message }) => message,
  startedAt: ({ startedAt }) => startedAt,
  endedAt: (snapshot) => ("endedAt" in snapshot ? snapshot.endedAt : undefined),
  elapsedSeconds: ({ elapsedSeconds }) => elapsedSeconds,
  meanRate: ({ meanRate }) => meanRate,
  etaSeconds: ({ eta }) => eta?.seconds,
  failedItems: ({ failedItems }) => failedItems,
  skippedItems: ({ skippedItems }) => skippedItems,
  attempt: ({ attempt }) => attempt,
  errorType: (snapshot) => ("error" in snapshot ? snapshot.error.type : undefined),
  errorCode: (snapshot) => ("error" in snapshot ? snapshot.error.code : undefined),
  errorMessage: (snapshot) => ("error" in snapshot ? snapshot.error.message : undefined),
  reason: (snapshot) => ("reason" in snapshot ? snapshot.reason : undefined),
  parentId: ({ parentId }) => parentId,
  traceId: ({ traceId }) => traceId,
  instance: ({ instance }) => instance.id,
  host: ({ instance }) => instance.host,
  pid: ({ instance }) => instance.pid,
  attributes: ({ attributes }) => (Object.keys(attributes).length === 0 ? undefined : JSON.stringify(attributes)),
};
export const CSV_HEADER: string = `${Object.keys(COLUMNS).join(",")}\r\n`;

export function csvLine(snapshot: Snapshot): string {
  const cells = Object.values(COLUMNS).map((read) => csvCell(read(snapshot)));
  return `${cells.join(",")}\r\n`;
}

/** How a spreadsheet knows a formula; blanks and control characters in front do not hide it, nor does full width. */
const FORMULA = /^[\s\p{C}]*[=+\-@\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;

/** Numbers as they are. Text that a spreadsheet would take for a formula gets an apostrophe in front. */
export function csvCell(value: Cell): string {
  if (value === undefined) return "";
  if (typeof value !== "string") return String(value);
  const harmless = FORMULA.test(value) ? `'${value}` : value;
  return /[",\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}

export interface ExportOptions {
  readonly format: ExportFormat;
  /** @default true */
  readonly levels?: boolean;
  /** What of a snapshot leaves. */
  readonly prepare: (snapshot: Snapshot) => Snapshot;
  /** Operations asked for at a time. @default 250 */
  readonly page?: number;
  /** Told what broke it off. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export function exportStream(
  source: OperationSource,
  filter: Filter,
  options: ExportOptions,
): ReadableStream<Uint8Array> {
  return inPieces(linesOf(source, filter, options), options.onError);
}

async function* linesOf(
  source: OperationSource,
  filter: Filter,
  { format, levels = true, prepare, page = PAGE }: ExportOptions,
): AsyncGenerator<string> {
  if (format === "csv") yield CSV_HEADER;
  const line = format === "csv" ? csvLine : (snapshot: Snapshot) => `${JSON.stringify(snapshot)}\n`;
  let after: Cursor | undefined;
  do {
    const asked = { sort: "started", limit: page, after, levels: levels && !isAtHand(source) } as const;
    const { operations, next } = await pageOf(source, filter, asked);
    for await (const snapshot of levels ? withLevels(source, filter, operations) : operations) {
      yield line(prepare(snapshot));
    }
    after = next;
    // The next page is not asked for before this one was taken.
    yield "";
  } while (after !== undefined);
}
