// Rows as a table that fits the window: the columns that matter least are left out first.

import { clipped, fitted, widthOf } from "./columns.js";
import type { Shown } from "./output.js";

export interface Column<T> {
  readonly title: string;
  readonly text: (row: T) => string;
  /** SGR codes around the cell: 31 is red. */
  readonly color?: ((row: T) => number | undefined) | undefined;
  /** Numbers stand at the right. */
  readonly right?: true;
  /** It may be narrowed to this. @default not at all */
  readonly least?: number;
  /** As wide as this, if its texts are, before others of a greater rank have any room. @default least */
  readonly wanted?: number;
  /** Those with the greatest are left out first in a narrow window; without one it stays. */
  readonly rank?: number;
}

const GAP = "  ";
/** What is longer makes everything behind it wander off. */
const MOST = 60;

/** Lines, the titles first. Columns in which nothing stands are left out. */
export function table<T>(rows: readonly T[], columns: readonly Column<T>[], shown: Shown): string[] {
  const cells = columns.map(({ text }) => rows.map(text));
  const some = columns.flatMap((column, at) => {
    const texts = cells[at]!;
    if (texts.every((text) => text === "")) return [];
    const width = texts.reduce((most, text) => Math.max(most, widthOf(text)), widthOf(column.title));
    return [{ column, texts, width: shown.columns === undefined ? width : Math.min(width, MOST) }];
  });
  const chosen = shown.columns === undefined ? some : narrowed(some, shown.columns - 1);
  const line = (cellOf: (one: Chosen<T>) => string): string => chosen.map(cellOf).join(GAP).trimEnd();
  const lineOf = (row: T, at: number): string => {
    const plain = line((one) => cell(one, at, shown));
    if (!fits(plain, shown)) return clipped(plain, shown.columns! - 1, shown.unicode);
    return line((one) => painted(cell(one, at, shown), one.column.color?.(row), shown));
  };
  const titles = line(({ column, width }) => fitted(column.title, width, column.right));
  return [fits(titles, shown) ? titles : clipped(titles, shown.columns! - 1, shown.unicode), ...rows.map(lineOf)];
}

/** The last column stays free: a terminal would go on in the next line. */
const fits = (line: string, { columns }: Shown): boolean => columns === undefined || widthOf(line) < columns;

interface Chosen<T> {
  readonly column: Column<T>;
  readonly texts: readonly string[];
  readonly width: number;
}

const cell = <T>({ column, texts, width }: Chosen<T>, at: number, { unicode }: Shown): string =>
  fitted(texts[at]!, width, column.right, unicode);

const painted = (text: string, code: number | undefined, { color }: Shown): string =>
  code === undefined || !color || text.trim() === "" ? text : `\u001b[${code}m${text}\u001b[0m`;

/** As many as there is room for beside what those that matter more want; what room is left then goes to those first. */
function narrowed<T>(columns: readonly Chosen<T>[], room: number): readonly Chosen<T>[] {
  const byRank = [...columns].sort((a, b) => rankOf(a) - rankOf(b));
  const kept = new Set(byRank);
  for (const one of byRank.toReversed()) {
    const widths = [...kept].map((other) => (rankOf(other) < rankOf(one) ? wantedOf(other) : leastOf(other)));
    if (rankOf(one) > 0 && inAll(widths) > room) kept.delete(one);
  }
  let left = room - inAll([...kept].map(leastOf));
  const widths = new Map<Chosen<T>, number>();
  for (const one of byRank.filter((each) => kept.has(each))) {
    const more = Math.max(0, Math.min(left, one.width - leastOf(one)));
    widths.set(one, leastOf(one) + more);
    left -= more;
  }
  return columns.flatMap((one) => (widths.has(one) ? [{ ...one, width: widths.get(one)! }] : []));
}

const rankOf = <T>({ column }: Chosen<T>): number => column.rank ?? 0;
const inAll = (widths: readonly number[]): number =>
  widths.reduce((sum, width) => sum + width + GAP.length, -GAP.length);
const wantedOf = <T>({ column, width }: Chosen<T>): number => Math.min(width, column.wanted ?? column.least ?? width);
const leastOf = <T>({ column, width }: Chosen<T>): number => Math.min(width, column.least ?? width);
