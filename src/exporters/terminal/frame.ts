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
  const isCounted = columns.some(({ column }) => column === "count");
  const cells: Cell[] = [];
  let said = 0;
  for (const [index, placed] of columns.entries()) {
    const pieces = piecesOf(row, placed.column, { range, isCounted }, view);
    cells.push(
      pieces === undefined ? barCell(row, placed, view) : cellOf(placed, pieces, view, index === columns.length - 1),
    );
    if (pieces === undefined || pieces.length > 0) said = cells.length;
  }
  return cells.slice(0, said);
}

/** `undefined` for a bar, which is not text. Where nothing but a count is known, and there is no room for it, it takes the place of the bar. */
function piecesOf(
  row: TreeRow,
  column: TerminalColumn,
  { range, isCounted }: { range: boolean; isCounted: boolean },
  view: View,
): readonly Piece[] | undefined {
  if (column === "eta" && range) return sayRange(row, view);
  if (column !== "bar") return say(column, row, view);
  if (isCounted || row.shown.percentage !== undefined) return undefined;
  const count = say("count", row, view);
  return count.length > 0 ? count : undefined;
}

function cellOf({ column, at, width }: PlacedColumn, pieces: readonly Piece[], view: View, isLast: boolean): Cell {
  const painted = paintPieces(pieces, width, view);
  if (isLast && !TO_THE_RIGHT.has(column)) return { at, ...painted };
  const space = " ".repeat(width - painted.width);
  return { at, width, text: TO_THE_RIGHT.has(column) ? space + painted.text : painted.text + space };
}

function barCell(row: TreeRow, { at, width }: PlacedColumn, view: View): Cell {
  return { at, width, text: barOf(row, width, view) };
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
  return [{ at: 0, ...paintPieces(pieces, window, view) }];
}
