// From what runs to the rows of the screen: a table of columns that fits into the window. Pure but for the widths that its
// layout remembers.

import { drawBar } from "./bar.js";
import { isMoving, say, sayRange, styleOf, type TerminalColumn, type View } from "./columns.js";
import type { Layout, PlacedColumn, Wishes } from "./layout.js";
import { type Piece, paintPieces, widthOfPieces } from "./pieces.js";
import type { Cell, ScreenRow } from "./screen.js";
import { growTree, type Hidden, isOperation, type Running, type TreeRow } from "./tree.js";

export interface FrameOptions {
  readonly layout: Layout;
  readonly columns: readonly TerminalColumn[];
  readonly barWidth: number | undefined;
  readonly nameWidth: number | undefined;
  /** Levels shown under each operation or level. */
  readonly levels: number;
}
export interface Window {
  readonly columns: number;
  readonly rows: number;
}

const TO_THE_RIGHT: ReadonlySet<TerminalColumn> = new Set(["percentage", "count", "rate", "elapsed"]);
const NAME_SHARE = 0.4;
const NAME_MOST = 40;

export function renderFrame(
  running: readonly Running[],
  options: FrameOptions,
  view: View,
  window: Window,
): ScreenRow[] {
  const { rows, hidden } = growTree(running, window.rows, options.levels);
  const wishes = wishesOf(rows, options, view, window.columns);
  const operations = rows.filter(({ shown }) => isOperation(shown)).map(({ shown }) => shown.id);
  const { columns, range } = options.layout.place(wishes, window.columns, operations.join("\n"));
  const lines = rows.map((row) => rowOf(row, columns, range, view));
  return hidden === undefined ? lines : [...lines, moreRow(hidden, view, window.columns)];
}

function wishesOf(rows: readonly TreeRow[], options: FrameOptions, view: View, window: number): Wishes {
  const wishes: Wishes = {};
  for (const column of options.columns) {
    if (column === "bar") continue;
    wishes[column] = longest(rows, (row) => say(column, row, view));
  }
  if (options.columns.includes("eta")) wishes.range = longest(rows, (row) => sayRange(row, view));
  const most = Math.min(NAME_MOST, Math.floor(window * NAME_SHARE));
  wishes.name = options.nameWidth ?? Math.min(wishes.name ?? 0, Math.max(1, most));
  wishes.bar = options.barWidth ?? (window < 90 ? 12 : window < 140 ? 20 : 30);
  return wishes;
}

function longest(rows: readonly TreeRow[], pieces: (row: TreeRow) => readonly Piece[]): number {
  return rows.reduce((most, row) => Math.max(most, widthOfPieces(pieces(row))), 0);
}

/** Cells at the end that say nothing are left out. */
function rowOf(row: TreeRow, columns: readonly PlacedColumn[], range: boolean, view: View): ScreenRow {
  const cells: Cell[] = [];
  let said = 0;
  for (const [index, placed] of columns.entries()) {
    const pieces = piecesOf(row, placed, range, view);
    cells.push(cellOf(row, placed, pieces, view, index === columns.length - 1));
    if (pieces === undefined || pieces.length > 0) said = cells.length;
  }
  return cells.slice(0, said);
}

/** `undefined` for the bar, which is not text. */
function piecesOf(row: TreeRow, { column }: PlacedColumn, range: boolean, view: View): readonly Piece[] | undefined {
  if (column === "bar") return undefined;
  return column === "eta" && range ? sayRange(row, view) : say(column, row, view);
}

function cellOf(
  row: TreeRow,
  { column, at, width }: PlacedColumn,
  pieces: readonly Piece[] | undefined,
  view: View,
  isLast: boolean,
): Cell {
  if (pieces === undefined) return { at, width, text: barOf(row, width, view) };
  const text = paintPieces(pieces, width, view);
  const used = Math.min(width, widthOfPieces(pieces));
  if (isLast && !TO_THE_RIGHT.has(column)) return { at, width: used, text };
  const space = " ".repeat(width - used);
  return { at, width, text: TO_THE_RIGHT.has(column) ? space + text : text + space };
}

function barOf({ shown }: TreeRow, width: number, view: View): string {
  const { percentage, coverage } = shown;
  const frame = isMoving(shown) ? view.frame : undefined;
  return drawBar({ percentage, floor: coverage !== undefined, style: styleOf(shown), frame }, width, view);
}

/** "and 12 more, 2 of them stalled". */
function moreRow({ operations, stalled, levels }: Hidden, view: View, window: number): ScreenRow {
  const more = operations > 0 ? `and ${operations} more` : `and ${levels} more ${levels === 1 ? "level" : "levels"}`;
  const pieces: Piece[] = [["  "], [more, "dim"]];
  if (stalled > 0) pieces.push([", ", "dim"], [`${stalled} of them stalled`, "yellow"]);
  return [{ at: 0, width: Math.min(window, widthOfPieces(pieces)), text: paintPieces(pieces, window, view) }];
}
