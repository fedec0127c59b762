// From what runs to the rows of the screen: a table of columns that fits into the window. Pure but for what its layout and its
// memory keep from one drawing to the next.

import { drawBar } from "./bar.js";
import { isMoving, styleOf, type TerminalColumn, type TextColumn, type View } from "./columns.js";
import type { Layout, PlacedColumn, Placement, Wishes } from "./layout.js";
import { type Piece, paintPieces } from "./pieces.js";
import type { Saying, SayingMemory, Sayings } from "./sayings.js";
import type { Cell, ScreenRow } from "./screen.js";
import { growTree, type Hidden, isOperation, type Running, type TreeRow } from "./tree.js";

export interface FrameOptions {
  readonly layout: Layout;
  readonly memory: SayingMemory;
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
/** What stands behind it must not move when it gets to 100%. */
const PERCENTAGE_LEAST = 4;
const NAME_SHARE = 0.4;
const NAME_MOST = 40;

/** A row and what is said of it. */
interface SaidRow {
  readonly row: TreeRow;
  readonly sayings: Sayings;
}

export function renderFrame(
  running: readonly Running[],
  options: FrameOptions,
  view: View,
  window: Window,
): ScreenRow[] {
  const { rows, hidden } = growTree(running, window.rows, options.levels);
  const columns = textColumns(options.columns);
  const said = rows.map((row) => ({ row, sayings: options.memory.of(row, columns, view) }));
  const operations = rows.filter(({ shown }) => isOperation(shown)).map(({ shown }) => shown.id);
  const wishes = wishesOf(said, columns, options, window.columns);
  const placement = options.layout.place(wishes, window.columns, operations.join("\n"));
  const lines = said.map((one) => rowOf(one, placement, view));
  return hidden === undefined ? lines : [...lines, moreRow(hidden, view, window.columns)];
}

/** A count is asked for in any case: it may have to stand in for a bar. */
function textColumns(columns: readonly TerminalColumn[]): TextColumn[] {
  const text: TextColumn[] = columns.filter((column) => column !== "bar");
  if (columns.includes("eta")) text.push("range");
  if (columns.includes("bar") && !columns.includes("count")) text.push("count");
  return text;
}

function wishesOf(
  said: readonly SaidRow[],
  columns: readonly TextColumn[],
  { nameWidth, barWidth }: FrameOptions,
  window: number,
): Wishes {
  const wishes: Wishes = {};
  for (const column of columns) {
    wishes[column] = said.reduce((most, { sayings }) => Math.max(most, sayings[column]!.width), 0);
  }
  if ((wishes.percentage ?? 0) > 0) wishes.percentage = Math.max(PERCENTAGE_LEAST, wishes.percentage!);
  const most = Math.min(NAME_MOST, Math.floor(window * NAME_SHARE));
  wishes.name = nameWidth ?? Math.min(wishes.name ?? 0, Math.max(1, most));
  wishes.bar = barWidth ?? (window < 90 ? 12 : window < 140 ? 20 : 30);
  return wishes;
}

/** Cells at the end that say nothing are left out. */
function rowOf({ row, sayings }: SaidRow, { columns, range }: Placement, view: View): ScreenRow {
  const cells: Cell[] = [];
  let said = 0;
  const isCounted = columns.some(({ column }) => column === "count");
  for (const [index, placed] of columns.entries()) {
    const { column } = placed;
    const isLast = index === columns.length - 1;
    const saying =
      column === "bar" ? inPlaceOfBar(row, sayings, isCounted) : sayings[column === "eta" && range ? "range" : column];
    cells.push(saying === undefined ? barCell(row, placed, view) : cellOf(placed, saying.pieces, view, isLast));
    if (saying === undefined || saying.width > 0) said = cells.length;
  }
  return cells.slice(0, said);
}

/** Where nothing but a count is known, and there is no room for it, it stands where the bar would. */
function inPlaceOfBar({ shown }: TreeRow, { count }: Sayings, isCounted: boolean): Saying | undefined {
  return isCounted || shown.percentage !== undefined || count!.width === 0 ? undefined : count;
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
