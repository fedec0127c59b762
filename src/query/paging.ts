// One page after another of a list that changes meanwhile, from sources that know only filters and limits. A cursor says
// behind which operation the page begins, not how many to skip: with the order of starts nothing comes twice and nothing
// that stays is left out. By update or duration, an operation whose value changes between two pages moves as it does.

import type { Filter, ListOptions, OperationSource, Snapshot } from "../model.js";
import { wrong } from "./filters.js";
import { fromBase64Url, toBase64Url } from "./read-tokens.js";

export type Sort = NonNullable<ListOptions["sort"]>;
/** Behind which operation a page begins. */
export interface Cursor {
  readonly sort: Sort;
  readonly key: number;
  readonly id: string;
  /** How many came before it, of those a source gives again: where to look first. */
  readonly passed: number;
}
export interface PageOptions {
  readonly sort: Sort;
  readonly limit: number;
  readonly after?: Cursor | undefined;
  /** @default true */
  readonly levels?: boolean;
}
export interface Page {
  readonly operations: readonly Snapshot[];
  readonly next?: Cursor;
}

/** So many are looked at for one page; who wants more narrows the filter. */
const MAX_WINDOW = 20_000;
const MAX_CURSOR = 6000;

const keyOf = (snapshot: Snapshot, sort: Sort): number => {
  if (sort === "duration") return snapshot.elapsedSeconds;
  return Date.parse(sort === "updated" ? snapshot.updatedAt : (snapshot.startedAt ?? snapshot.updatedAt));
};

export async function pageOf(
  source: OperationSource,
  filter: Filter,
  { sort, limit, after, levels = true }: PageOptions,
): Promise<Page> {
  const narrowed = narrow(filter, sort, after);
  for (let window = (after?.passed ?? 0) + limit + 2; ; window *= 2) {
    const most = Math.min(window, MAX_WINDOW);
    const { rows, complete } = await ranked(source, { ...narrowed, sort, levels, limit: most });
    const passed = after === undefined ? 0 : rows.filter((row) => !isAfter(row, after)).length;
    const end = Math.min(passed + limit, rows.length);
    if (end === passed + limit || complete) return pageFrom(rows, passed, end, sort, end < rows.length || !complete);
    if (most === MAX_WINDOW) throw wrong("cursor", "too many operations are before this page; narrow the filter");
  }
}

interface Ranked {
  readonly rows: readonly Row[];
  /** Everything the source has is here. */
  readonly complete: boolean;
}
type Asked = ListOptions & { readonly sort: Sort; readonly limit: number };
interface Row {
  readonly key: number;
  readonly snapshot: Snapshot;
}

/**
 * Greatest first, equals by id. Sources cut equals as they like, so the last of those that are equal are left out unless
 * the source gave all it has.
 */
async function ranked(source: OperationSource, options: Asked): Promise<Ranked> {
  const { sort, limit: window } = options;
  const given = await source.list(options);
  const rows = given.map((snapshot) => ({ key: keyOf(snapshot, sort), snapshot }));
  rows.sort((a, b) => b.key - a.key || compare(a.snapshot.id, b.snapshot.id));
  if (given.length < window) return { rows, complete: true };
  const least = rows.at(-1)!.key;
  return { rows: rows.filter(({ key }) => key !== least), complete: false };
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
const isAfter = ({ key, snapshot }: Row, cursor: Cursor): boolean =>
  key < cursor.key || (key === cursor.key && snapshot.id > cursor.id);

/** By start, a source can be asked for what begins where the last page ended. */
function narrow(filter: Filter, sort: Sort, after: Cursor | undefined): Filter {
  if (after === undefined || sort !== "started") return filter;
  const until = new Date(after.key + 1).toISOString();
  return { ...filter, until: filter.until === undefined || until < isoOf(filter.until) ? until : filter.until };
}

const isoOf = (time: Date | string): string => new Date(time).toISOString();

function pageFrom(rows: readonly Row[], begin: number, end: number, sort: Sort, more: boolean): Page {
  const operations = rows.slice(begin, end).map(({ snapshot }) => snapshot);
  const last = rows[end - 1];
  if (last === undefined || !more) return { operations };
  // With the order of starts the next list begins at the key of the last one: only its equals come again.
  const again = sort === "started" ? rows.slice(0, end).filter(({ key }) => key === last.key).length : end;
  return { operations, next: { sort, key: last.key, id: last.snapshot.id, passed: again } };
}

// ── on the wire ──

export function encodeCursor({ sort, key, id, passed }: Cursor): string {
  return toBase64Url(new TextEncoder().encode(JSON.stringify([1, sort, key, id, passed])));
}

export function decodeCursor(text: string | undefined, sort: Sort): Cursor | undefined {
  if (text === undefined) return undefined;
  const cursor = text.length <= MAX_CURSOR ? readCursor(text) : undefined;
  if (cursor === undefined) throw wrong("cursor", "expected the nextCursor of an earlier answer");
  if (cursor.sort === sort) return cursor;
  throw wrong("cursor", `comes from a list by ${cursor.sort}; ask with the same sort`);
}

function readCursor(text: string): Cursor | undefined {
  try {
    const json = new TextDecoder("utf-8", { fatal: true }).decode(fromBase64Url(text));
    const [version, sort, key, id, passed] = JSON.parse(json) as unknown[];
    if (version !== 1 || !["started", "updated", "duration"].includes(sort as string) || typeof id !== "string") return;
    if (typeof key !== "number" || Math.abs(key) > 8.64e15 - 1) return undefined;
    if (!Number.isInteger(passed) || (passed as number) < 0 || (passed as number) > MAX_WINDOW) return undefined;
    return { sort: sort as Sort, key, id, passed: passed as number };
  } catch {
    return undefined;
  }
}
