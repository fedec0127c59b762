// How wide each column is: as wide as its longest text so far, so that nothing jumps; when the window is too narrow, the
// least important columns go. Pure but for what it remembers.

import { COLUMNS, type TerminalColumn } from "./columns.js";

/** What may get no place, from the last to go to the first. */
const BY_IMPORTANCE: readonly TerminalColumn[] = [
  "name",
  "spinner",
  "percentage",
  "eta",
  "bar",
  "count",
  "message",
  "stage",
  "elapsed",
  "rate",
];
/** Columns that can do with less than they would like, at least this; names also with a fifth of the window. */
const LEAST: Partial<Record<TerminalColumn, number>> = { name: 14, bar: 8, message: 16, stage: 12 };
const NAME_SHARE = 0.2;
/** Which of them get what is left over, one after the other. */
const GROWING: readonly TerminalColumn[] = ["name", "bar", "stage", "message"];
/** A message this long is worth more than the range of an estimate. */
const MESSAGE_WORTH = 24;
const GAP = 2;

/** The longest texts that the columns of one drawing have; 0 or absent: nothing to say. */
export type Wishes = Partial<Record<TerminalColumn | "range", number>>;
export interface PlacedColumn {
  readonly column: TerminalColumn;
  /** First column of the screen, from 0. */
  readonly at: number;
  readonly width: number;
}
export interface Placement {
  readonly columns: readonly PlacedColumn[];
  /** There is room for the range of estimates. */
  readonly range: boolean;
}

export class Layout {
  readonly #order: readonly TerminalColumn[];
  #widest: Wishes = {};
  #of = "";

  constructor(order: readonly TerminalColumn[] = COLUMNS) {
    this.#order = order;
  }

  /** `of` says what is drawn: for other operations, and in another window, the widths begin anew. */
  place(wishes: Wishes, window: number, of: string): Placement {
    const now = `${window}\n${of}`;
    if (now !== this.#of) this.#widest = {};
    this.#of = now;
    const widest = this.#widest;
    for (const column of Object.keys(wishes) as (keyof Wishes)[]) {
      widest[column] = Math.max(widest[column] ?? 0, wishes[column]!);
    }
    return place(this.#order, widest, window);
  }
}

function place(order: readonly TerminalColumn[], wishes: Wishes, window: number): Placement {
  const widths = new Map<TerminalColumn, number>();
  const left = (): number => window - endOf(inOrder(order, widths));
  for (const column of BY_IMPORTANCE) {
    const wish = wishes[column] ?? 0;
    if (wish === 0 || !order.includes(column)) continue;
    const least = Math.min(wish, leastOf(column, window) ?? wish);
    // The most important one takes what there is, however little.
    widths.set(column, widths.size === 0 ? Math.min(least, window) : least);
    if (left() < 0) widths.delete(column);
  }
  const range = hasRoomForRange(widths, wishes, left());
  if (range) widths.set("eta", wishes.range ?? 0);
  for (const column of GROWING) {
    const more = Math.min(left(), missing(widths, wishes, column));
    if (more > 0) widths.set(column, widths.get(column)! + more);
  }
  return { columns: inOrder(order, widths), range };
}

function leastOf(column: TerminalColumn, window: number): number | undefined {
  const least = LEAST[column];
  return column === "name" ? Math.max(least ?? 0, Math.floor(window * NAME_SHARE)) : least;
}

/** When names, bars, stages and a good part of the messages are there in full. */
function hasRoomForRange(widths: ReadonlyMap<TerminalColumn, number>, wishes: Wishes, left: number): boolean {
  const before = (["name", "bar", "stage"] as const).map((column) => missing(widths, wishes, column));
  const message = missing(widths, { message: Math.min(MESSAGE_WORTH, wishes.message ?? 0) }, "message");
  const needed = (wishes.range ?? 0) - (wishes.eta ?? 0) + before.reduce((sum, more) => sum + more, 0);
  return widths.has("eta") && missing(widths, wishes, "eta") === 0 && left >= needed + Math.max(0, message);
}

function endOf(columns: readonly PlacedColumn[]): number {
  const last = columns.at(-1);
  return last === undefined ? 0 : last.at + last.width;
}

/** How much more a column would like to have; nothing where it has no place. */
function missing(widths: ReadonlyMap<TerminalColumn, number>, wishes: Wishes, column: TerminalColumn): number {
  const width = widths.get(column);
  return width === undefined ? 0 : (wishes[column] ?? 0) - width;
}

function inOrder(order: readonly TerminalColumn[], widths: ReadonlyMap<TerminalColumn, number>): PlacedColumn[] {
  let at = 0;
  return order
    .filter((column) => widths.has(column))
    .map((column) => {
      const placed = { column, at, width: widths.get(column)! };
      at += placed.width + gapAfter(column);
      return placed;
    });
}

/** The spinner stands close to what follows it. */
function gapAfter(column: TerminalColumn): number {
  return column === "spinner" ? 1 : GAP;
}
