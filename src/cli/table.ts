// Rows as a table that fits the window: the columns that matter least are narrowed first, and left out when that is not enough.

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
  /** Columns with the greatest are narrowed, then left out, first; without one it stays. */
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
    const width = Math.max(...[column.title, ...texts].map(widthOf));
    return [{ column, texts, width: shown.columns === undefined ? width : Math.min(width, MOST) }];
  });
  const chosen = shown.columns === undefined ? some : narrowed(some, shown.columns - 1);
  const line = (cellOf: (column: Chosen<T>) => string): string => chosen.map(cellOf).join(GAP).trimEnd();
  const lines = [
    line(({ column, width }) => fitted(column.title, width, column.right)),
    ...rows.map((row, at) => line((one) => painted(cell(one, at, shown), one.column.color?.(row), shown))),
  ];
  return shown.columns === undefined ? lines : lines.map((text) => clipped(text, shown.columns! - 1, shown.unicode));
}

interface Chosen<T> {
  readonly column: Column<T>;
  readonly texts: readonly string[];
  width: number;
}

const cell = <T>({ column, texts, width }: Chosen<T>, at: number, { unicode }: Shown): string =>
  fitted(texts[at]!, width, column.right, unicode);

const painted = (text: string, code: number | undefined, { color }: Shown): string =>
  code === undefined || !color || text.trim() === "" ? text : `\u001b[${code}m${text}\u001b[0m`;

function narrowed<T>(columns: readonly Chosen<T>[], room: number): readonly Chosen<T>[] {
  let chosen = [...columns];
  const over = () => chosen.reduce((sum, { width }) => sum + width + GAP.length, -GAP.length) - room;
  const byRank = [...columns].sort((a, b) => rankOf(b) - rankOf(a));
  for (const one of byRank) one.width -= Math.max(0, Math.min(over(), one.width - leastOf(one)));
  for (const one of byRank)
    if (one.column.rank !== undefined && over() > 0) chosen = chosen.filter((other) => other !== one);
  return chosen;
}

const rankOf = <T>({ column }: Chosen<T>): number => column.rank ?? 0;
const leastOf = <T>({ column, width }: Chosen<T>): number => Math.min(width, column.least ?? width);
