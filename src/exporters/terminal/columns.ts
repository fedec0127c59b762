// The columns of the table of bars: what each says about one row. Pure; read by frame.ts, which decides how wide they are.

import { formatDuration, formatPercentage, formatProgress, formatRate, singleLine } from "../../format.js";
import type { Eta } from "../../model.js";
import type { Style, Theme } from "../../paint.js";
import type { Piece } from "./pieces.js";
import { isOperation, isStalled, type Shown, type TreeRow } from "./tree.js";

/** In the order in which they stand by default. */
export const COLUMNS = [
  "spinner",
  "name",
  "bar",
  "percentage",
  "count",
  "rate",
  "elapsed",
  "eta",
  "stage",
  "message",
] as const;
export type TerminalColumn = (typeof COLUMNS)[number];
/** All but the bar are text; the remaining time has a second form, with the range of the estimate. */
export type TextColumn = Exclude<TerminalColumn, "bar"> | "range";
/** What they say depends on the snapshot alone, not on how long ago it was made. */
export const STANDING: ReadonlySet<TextColumn> = new Set(["percentage", "count", "rate", "stage", "message"]);

export interface View extends Theme {
  /** Counts up with time: turns the spinner. */
  readonly frame: number;
}

type Say = (row: TreeRow, view: View) => readonly Piece[];

const SPINNER = { true: [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"], false: [..."-\\|/"] };
const MARKS = {
  true: { stalled: "!", paused: "‖", failed: "✖", pending: "·" },
  false: { stalled: "!", paused: "=", failed: "x", pending: "." },
};
const GUIDES = {
  true: { branch: "├─ ", last: "└─ ", line: "│  ", space: "   " },
  false: { branch: "|- ", last: "`- ", line: "|  ", space: "   " },
};

const SAY: Record<TextColumn, Say> = {
  spinner: ({ shown }, view) => [[mark(shown, view), styleOf(shown)]],
  name: ({ shown, followed }, { unicode }) => [
    [guide(followed, unicode), "dim"],
    [singleLine(shown.name) || singleLine(shown.id), isOperation(shown) ? "bold" : undefined],
  ],
  percentage: ({ shown }, { unicode }) => [[percentage(shown, unicode)]],
  count: ({ shown }, view) => [[count(shown, view)]],
  rate: ({ shown }, { bytes }) => [[isMoving(shown) ? formatRate(shown.rate, shown.unit, bytes) : ""]],
  elapsed: (row) => [[formatDuration(row.shown.elapsedSeconds + agoSeconds(row)), "dim"]],
  eta: (row, view) => [condition(row) ?? [remaining(row, view, false)]],
  range: (row, view) => [condition(row) ?? [remaining(row, view, true)]],
  // A stage that has a row of its own below needs no second word.
  stage: ({ shown }) =>
    "stage" in shown && shown.stage !== undefined && !shown.levels.some(({ name }) => name === shown.stage)
      ? [[singleLine(shown.stage), "cyan"]]
      : [],
  message: ({ shown }) => spaced([...incidents(shown), message(shown)]),
};

/** What `column` says of a row; nothing where nothing is known. */
export function say(column: TextColumn, row: TreeRow, view: View): readonly Piece[] {
  return SAY[column](row, view).filter(([text]) => text !== "");
}

/** The colour of what stands for the state of a row: its spinner and its bar. */
export function styleOf(shown: Shown): Style {
  if (shown.status === "failed") return "red";
  if (isStalled(shown) || isCancelling(shown) || shown.status === "paused") return "yellow";
  return shown.estimated ? "cyan" : "green";
}

export function isMoving(shown: Shown): boolean {
  return shown.status === "running" && !isStalled(shown);
}

function mark(shown: Shown, { unicode, frame }: View): string {
  const { stalled, paused, failed, pending } = MARKS[`${unicode}`];
  if (isStalled(shown)) return stalled;
  const spinner = SPINNER[`${unicode}`];
  const marks: Partial<Record<Shown["status"], string>> = { paused, failed, pending };
  return marks[shown.status] ?? spinner[frame % spinner.length]!;
}

function guide(followed: readonly boolean[], unicode: boolean): string {
  const { branch, last, line, space } = GUIDES[`${unicode}`];
  return followed
    .map((more, index) => (index === followed.length - 1 ? (more ? branch : last) : more ? line : space))
    .join("");
}

/** A guess, and a floor, is said to be one. */
export function percentage(shown: Shown, unicode: boolean): string {
  const text = formatPercentage(shown.percentage);
  if (text === "") return "";
  if (shown.estimated) return `~${text}`;
  return shown.coverage === undefined ? text : `${unicode ? "≥" : ">="}${text}`;
}

/** "3 of ~10 files" and "3 of 10+ files" where the total is an estimate, or only the least. */
function count({ current, total, totalKind, unit }: Shown, { bytes }: Theme): string {
  const text = formatProgress(current, totalKind === "unknown" ? undefined : total, unit, bytes);
  if (totalKind === "estimate") return text.replace(" of ", " of ~");
  return totalKind === "atLeast" ? text.replace(/ of ([\d.,]+)/, " of $1+") : text;
}

/** What stands where the remaining time would: why there is none. */
function condition(row: TreeRow): Piece | undefined {
  const { shown } = row;
  if ("stalled" in shown && shown.stalled !== undefined) {
    return [`stalled ${formatDuration(shown.stalled.seconds + agoSeconds(row))}`, "yellow"];
  }
  if (shown.status === "failed") return ["failed", "alarm"];
  if (shown.status === "paused") return ["paused", "yellow"];
  if (isCancelling(shown)) return ["cancelling", "yellow"];
  return shown.status === "pending" ? ["pending", "dim"] : undefined;
}

/** Counted down since the snapshot; nothing is said once even the late end of its range has passed. */
function remaining(row: TreeRow, { unicode }: View, range: boolean): string {
  const { eta } = row.shown;
  const ago = agoSeconds(row);
  if (eta === undefined || ago > eta.high) return "";
  const left = (seconds: number) => formatDuration(Math.max(0, seconds - ago));
  return `eta ${left(eta.seconds)}${range ? rangeOf(eta, left, unicode) : ""}`;
}

function rangeOf({ low, high }: Eta, left: (seconds: number) => string, unicode: boolean): string {
  return left(low) === left(high) ? "" : ` (${left(low)}${unicode ? "–" : "-"}${left(high)})`;
}

/** Numbers that must not be overlooked, whatever the message. */
function incidents({ failedItems, attempt, status }: Shown): Piece[] {
  return [
    [failedItems !== undefined && status !== "failed" ? `${failedItems} failed` : "", "red"],
    [attempt > 1 ? `attempt ${attempt}` : "", "yellow"],
  ];
}

function message(shown: Shown): Piece {
  if ("stalled" in shown && shown.stalled?.waitingOn[0] !== undefined) {
    const [{ name }, ...more] = shown.stalled.waitingOn;
    return [`waits on ${singleLine(name)}${more.length > 0 ? ` and ${more.length} more` : ""}`, "yellow"];
  }
  if (shown.status === "failed") return [failure(shown), "red"];
  if (shown.status === "paused" && shown.reason !== undefined) return [singleLine(shown.reason), "yellow"];
  if ("cancelRequested" in shown && shown.cancelRequested?.reason !== undefined) {
    return [singleLine(shown.cancelRequested.reason), "yellow"];
  }
  return [singleLine(shown.message ?? ""), "dim"];
}

/** "ECONNRESET: connection reset by peer". */
export function failure(shown: Shown & { readonly status: "failed" }): string {
  return singleLine([shown.error.code, shown.error.message].filter(Boolean).join(": "));
}

function isCancelling(shown: Shown): boolean {
  return "cancelRequested" in shown && shown.cancelRequested !== undefined;
}

/** The clock of what is not running stands still. */
function agoSeconds({ shown, agoSeconds: ago }: TreeRow): number {
  return shown.status === "running" ? ago : 0;
}

function spaced(pieces: readonly Piece[]): Piece[] {
  const said = pieces.filter(([text]) => text !== "");
  return said.flatMap((piece, index) => (index === 0 ? [piece] : [["  "] as Piece, piece]));
}
