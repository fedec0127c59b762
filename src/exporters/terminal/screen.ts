// The rows below the application's output: written so that only what changed is sent, in one write each time. Between two
// drawings the cursor stands, visible, at the start of the line below the rows: so nothing has to be restored when the
// process ends, however it ends.

/** A place in a row with what stands there; as wide as the place, so that it covers what was there before. */
export interface Cell {
  /** First column, from 0. */
  readonly at: number;
  readonly text: string;
  readonly width: number;
}
export type ScreenRow = readonly Cell[];

export interface ScreenTarget {
  write(text: string): unknown;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
}

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** Synchronized output (mode 2026): the terminal shows all of it at once; those that do not know it ignore it. */
const HOLD = "\u001b[?2026h";
const RELEASE = "\u001b[?2026l";
/** While rows are written the cursor is out of sight, and a row that is wider than was counted does not wrap. */
const BEFORE_ROWS = "\u001b[?25l\u001b[?7l";
const AFTER_ROWS = "\u001b[?7h\u001b[?25h";
/** Row by row: erased in one go from the top of the window, some terminals keep what was there in their history. */
const ERASE_ROW_ABOVE = "\u001b[A\u001b[2K";
const ERASE_RIGHT = "\u001b[K";
const NEXT_LINE = "\r\n";

export class Screen {
  readonly #target: ScreenTarget;
  #drawn: readonly ScreenRow[] = [];
  /** The width of the window when it was last drawn. */
  #columns = 0;
  #held = false;

  constructor(target: ScreenTarget) {
    this.#target = target;
  }

  get columns(): number {
    return this.#target.columns || DEFAULT_COLUMNS;
  }

  /** Shows `rows` instead of the present ones, and puts `above` (whole lines) above them, where it stays. */
  draw(rows: readonly ScreenRow[], above = ""): void {
    const whole = above !== "" || this.#drawn.length === 0 || this.#columns !== this.columns;
    const text = whole ? this.#whole(rows, above) : changes(this.#drawn, rows);
    this.#drawn = rows;
    this.#columns = this.columns;
    if (text !== "") this.#target.write(HOLD + text + RELEASE);
    else if (this.#held) this.#target.write(RELEASE);
    this.#held = false;
  }

  /** Takes the rows away for what others write; the terminal shows it only once they are back, or at `release`. */
  erase(): void {
    if (this.#drawn.length === 0) return;
    this.#target.write(HOLD + this.#erased());
    this.#drawn = [];
    this.#held = true;
  }

  release(): void {
    if (this.#held) this.#target.write(RELEASE);
    this.#held = false;
  }

  /** What is drawn stays as it is; the next drawing begins below it. */
  leave(): void {
    this.#drawn = [];
  }

  #whole(rows: readonly ScreenRow[], above: string): string {
    const cleared = this.#drawn.length === 0 ? "" : this.#erased();
    if (rows.length === 0) return cleared + above;
    return cleared + above + BEFORE_ROWS + rows.map((row) => rowText(row) + NEXT_LINE).join("") + AFTER_ROWS;
  }

  /** From the line below the rows to the first one. When the window has become narrower, the terminal has wrapped some. */
  #erased(): string {
    const { columns } = this;
    const height = this.#drawn.reduce((sum, row) => sum + Math.max(1, Math.ceil(endOf(row) / columns)), 0);
    return `\r${ERASE_ROW_ABOVE.repeat(Math.min(height, this.#target.rows || DEFAULT_ROWS))}`;
  }
}

function endOf(row: ScreenRow): number {
  const last = row.at(-1);
  return last === undefined ? 0 : last.at + last.width;
}

/** Each cell is put where it belongs: a character that the terminal shows wider or narrower than expected moves none. */
function rowText(row: ScreenRow): string {
  return row.map(({ at, text }) => (at === 0 ? text : `\u001b[${at + 1}G${text}`)).join("");
}

/** From the line below `before` to the line below `after`; nothing when both are the same. */
function changes(before: readonly ScreenRow[], after: readonly ScreenRow[]): string {
  const surplus = Math.max(0, before.length - after.length);
  let text = surplus > 0 ? `\r${ERASE_ROW_ABOVE.repeat(surplus)}` : "";
  let line = before.length - surplus;
  const goTo = (wanted: number): string => {
    const by = wanted - line;
    line = wanted;
    return by === 0 ? "" : `\u001b[${Math.abs(by)}${by < 0 ? "A" : "B"}`;
  };
  for (const [index, row] of after.entries()) {
    const change = rowChange(before[index], row);
    if (change === "") continue;
    text += goTo(index) + change;
    if (index < before.length) continue;
    text += NEXT_LINE;
    line++;
  }
  if (text === "") return "";
  return `${BEFORE_ROWS}${text}${goTo(after.length)}\r${AFTER_ROWS}`;
}

function rowChange(before: ScreenRow | undefined, row: ScreenRow): string {
  if (before === undefined || !samePlaces(before, row)) return `\r${ERASE_RIGHT}${rowText(row)}`;
  return row.map((cell, index) => cellChange(before[index]!, cell)).join("");
}

function cellChange(before: Cell, { at, text, width }: Cell): string {
  if (before.text === text) return "";
  const go = at === 0 ? "\r" : `\u001b[${at + 1}G`;
  return `${go}${text}${before.width > width ? ERASE_RIGHT : ""}`;
}

/** The last cell may have any width: nothing stands behind it. */
function samePlaces(before: ScreenRow, row: ScreenRow): boolean {
  return (
    before.length === row.length &&
    row.every(
      ({ at, width }, index) =>
        at === before[index]!.at && (index === row.length - 1 || width === before[index]!.width),
    )
  );
}
