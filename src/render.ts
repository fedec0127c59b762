// Snapshots to lines of text. Pure: no terminal, no stream, no clock.

import { formatDuration, formatPercentage, formatProgress, formatRate, singleLine } from "./format.js";
import type { LevelSnapshot, Snapshot } from "./model.js";

type Shown = Snapshot | LevelSnapshot;

export interface Theme {
  /** ANSI colours. */
  readonly color: boolean;
  /** Characters beyond ASCII. */
  readonly unicode: boolean;
}

export interface BarOptions extends Theme {
  /** Width of the bar itself in characters. */
  readonly barWidth: number;
  /** Width of the first column; longer names are cut. */
  readonly nameWidth: number;
  /** Counts up with every drawing: turns the spinner, moves the bar of unknown length. */
  readonly frame: number;
  /** Running levels shown under an operation. */
  readonly levels: number;
}

const ANSI = { dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 };

function paint(theme: Theme, color: keyof typeof ANSI, text: string): string {
  return theme.color && text !== "" ? `\u001b[${ANSI[color]}m${text}\u001b[0m` : text;
}

const SPINNER = { true: [..."⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"], false: [..."-\\|/"] };

/** A running operation and the levels that run under it, one line each. */
export function renderBars(snapshot: Snapshot, options: BarOptions): string[] {
  return [barLine(snapshot, options, ""), ...levelLines(snapshot.levels, options, "  ")];
}

function levelLines(levels: readonly LevelSnapshot[], options: BarOptions, indent: string): string[] {
  const running = levels.filter(({ status }) => status === "running" || status === "paused");
  const lines = running
    .slice(0, options.levels)
    .flatMap((level) => [barLine(level, options, indent), ...levelLines(level.levels, options, `${indent}  `)]);
  const more = running.length - options.levels;
  return more > 0 ? [...lines, paint(options, "dim", `${indent}and ${more} more`)] : lines;
}

function barLine(snapshot: Shown, options: BarOptions, indent: string): string {
  const { status } = snapshot;
  const stalled = "stalled" in snapshot ? snapshot.stalled : undefined;
  const nameWidth = options.nameWidth - indent.length - 2;
  const spinner = SPINNER[`${options.unicode}`];
  const mark = status === "paused" ? "=" : spinner[options.frame % spinner.length]!;
  const stage = "stage" in snapshot && snapshot.stage !== undefined ? snapshot.stage : "";
  const state = stalled
    ? paint(options, "yellow", `stalled ${formatDuration(stalled.seconds)}`)
    : status === "paused"
      ? "paused"
      : "";
  const { current, total, unit, rate, eta, message, elapsedSeconds } = snapshot;
  return [
    `${indent}${paint(options, stalled ? "yellow" : "cyan", mark)} ${fitted(singleLine(snapshot.name), nameWidth)}`,
    bar(snapshot, options),
    percentage(snapshot, options.unicode).padStart(4),
    formatProgress(current, total, unit),
    formatRate(rate, unit),
    paint(options, "dim", formatDuration(elapsedSeconds)),
    eta === undefined ? "" : `eta ${formatDuration(eta.seconds)}`,
    stage,
    state,
    message === undefined ? "" : paint(options, "dim", singleLine(message)),
  ]
    .filter((part) => part.trim() !== "")
    .join("  ");
}

/** Exactly `width` characters, so that the columns behind it stand still. */
function fitted(text: string, width: number): string {
  return text.length > width ? `${text.slice(0, Math.max(0, width - 1))}…` : text.padEnd(width);
}

function bar({ percentage: shown }: Shown, options: BarOptions): string {
  const { barWidth, unicode, frame } = options;
  const [full, empty] = unicode ? ["━", "─"] : ["#", "-"];
  if (shown === undefined) {
    const at = frame % barWidth;
    return paint(options, "dim", `${empty.repeat(at)}${full}${empty.repeat(barWidth - at - 1)}`);
  }
  const filled = Math.floor((shown / 100) * barWidth);
  return paint(options, "green", full.repeat(filled)) + paint(options, "dim", empty.repeat(barWidth - filled));
}

/** A guess, and a floor, is said to be one. */
function percentage(snapshot: Shown, unicode: boolean): string {
  const text = formatPercentage(snapshot.percentage);
  if (snapshot.estimated) return `~${text}`;
  return snapshot.coverage === undefined ? text : `${unicode ? "≥" : ">"}${text}`;
}

const MARKS = {
  completed: ["✔", "ok", "green"],
  failed: ["✖", "failed", "red"],
  cancelled: ["■", "cancelled", "yellow"],
  lost: ["✖", "lost", "red"],
} as const;

/** Whether nothing more will come of it. */
export function hasEnded(snapshot: Snapshot): boolean {
  return "endedAt" in snapshot || snapshot.status === "lost";
}

/** What an ended operation leaves behind: one calm line. */
export function renderEnd(snapshot: Snapshot, theme: Theme): string {
  const [mark, word, color] = MARKS[snapshot.status as keyof typeof MARKS] ?? MARKS.completed;
  const { current, total, unit, failedItems, skippedItems, elapsedSeconds, rate } = snapshot;
  const why =
    snapshot.status === "failed" ? snapshot.error.message : "reason" in snapshot ? (snapshot.reason ?? "") : "";
  const done = snapshot.status === "completed" && current === total;
  return [
    `${paint(theme, color, theme.unicode ? mark : word)} ${singleLine(snapshot.name)}`,
    snapshot.status === "completed" ? "" : percentage(snapshot, theme.unicode),
    formatProgress(current, done ? undefined : total, unit),
    `in ${formatDuration(elapsedSeconds)}`,
    formatRate(rate, unit),
    failedItems === undefined ? "" : paint(theme, "red", `${failedItems} failed`),
    skippedItems === undefined ? "" : `${skippedItems} skipped`,
    paint(theme, color, singleLine(why)),
  ]
    .filter((part) => part !== "")
    .join("  ");
}

/** The state of an operation as one plain line, for logs. */
export function renderLine(snapshot: Snapshot): string {
  const { current, total, unit, rate, eta, message } = snapshot;
  const stalled = "stalled" in snapshot ? snapshot.stalled : undefined;
  const parts = [
    percentage(snapshot, false),
    formatProgress(current, total, unit),
    formatRate(rate, unit),
    eta === undefined ? "" : `eta ${formatDuration(eta.seconds)}`,
    snapshot.stage ?? "",
    snapshot.status === "running" ? "" : snapshot.status,
    stalled === undefined ? "" : `stalled ${formatDuration(stalled.seconds)}`,
    message === undefined ? "" : singleLine(message),
  ].filter((part) => part !== "");
  return `${singleLine(snapshot.name)}: ${parts.join(", ") || "running"}`;
}
