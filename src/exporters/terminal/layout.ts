// How wide each column is: as wide as its longest text so far, so that nothing jumps; when the window is too narrow, the
// least important columns go. Pure but for what it remembers.

import { COLUMNS, type TerminalColumn } from "./columns.js";

/** All that a column wishes. */
const ALL = Number.POSITIVE_INFINITY;
/**
 * Who gets how much of the window, in turn: a column that has no place yet gets so much or nothing, one that has grows as far as
 * it can. So what comes last is the first to go.
 */
const TURNS: readonly (readonly [column: TerminalColumn, most: number])[] = [
  ["name", 14],
  ["spinner", ALL],
  ["percentage", ALL],
  ["eta", ALL],
  ["bar", 8],
  ["count", ALL],
  ["name", ALL],
  ["bar", 12],
  ["message", 16],
  ["stage", 12],
  ["message", 24],
  ["elapsed", ALL],
  ["rate", ALL],
];
/** After the ranges of estimates. */
const LAST_TURNS: typeof TURNS = [
  ["message", 40],
  ["bar", ALL],
  ["stage", ALL],
  ["message", ALL],
];
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
  const give = ([column, most]: (typeof TURNS)[number]): void => {
    const wanted = Math.min(wishes[column] ?? 0, most);
    const has = widths.get(column);
    if (wanted <= (has ?? 0) || !order.includes(column)) return;
    // The most important one takes what there is, however little.
    if (has === undefined) widths.set(column, widths.size === 0 ? Math.min(wanted, window) : wanted);
    else widths.set(column, Math.min(wanted, has + left()));
    if (left() < 0) widths.delete(column);
  };
  TURNS.forEach(give);
  const more = (wishes.range ?? 0) - (wishes.eta ?? 0);
  const range = widths.get("eta") === wishes.eta && left() >= more && (wishes.range ?? 0) > 0;
  if (range) widths.set("eta", wishes.range!);
  LAST_TURNS.forEach(give);
  return { columns: inOrder(order, widths), range };
}

function endOf(columns: readonly PlacedColumn[]): number {
  const last = columns.at(-1);
  return last === undefined ? 0 : last.at + last.width;
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
