// Snapshots to single lines of text: the end of an operation, and its state. Pure; bars are drawn by exporters/terminal/.

import { formatDuration, formatPercentage, formatProgress, formatRate, singleLine } from "./format.js";
import type { Snapshot } from "./model.js";
import { paint, type Theme } from "./paint.js";

/** A guess, and a floor, is said to be one. */
function percentage(snapshot: Snapshot, unicode: boolean): string {
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
