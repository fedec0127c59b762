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

/** As many as there is room for at their narrowest; what room is left then goes to those that matter most. */
function narrowed<T>(columns: readonly Chosen<T>[], room: number): readonly Chosen<T>[] {
  const byRank = [...columns].sort((a, b) => rankOf(a) - rankOf(b));
  const kept = new Set(byRank);
  let left = room + GAP.length - byRank.reduce((sum, one) => sum + leastOf(one) + GAP.length, 0);
  for (const one of byRank.toReversed())
    if (left < 0 && rankOf(one) > 0 && kept.delete(one)) left += leastOf(one) + GAP.length;
  const widths = new Map<Chosen<T>, number>();
  for (const one of byRank.filter((each) => kept.has(each))) {
    const more = Math.max(0, Math.min(left, one.width - leastOf(one)));
    widths.set(one, leastOf(one) + more);
    left -= more;
  }
  return columns.flatMap((one) => (widths.has(one) ? [{ ...one, width: widths.get(one)! }] : []));
}

const rankOf = <T>({ column }: Chosen<T>): number => column.rank ?? 0;
const leastOf = <T>({ column, width }: Chosen<T>): number => Math.min(width, column.least ?? width);
