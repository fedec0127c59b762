// What an ended operation leaves above the bars: one calm line; a failure stands out, and is told in full. Pure.

import { formatDuration, formatProgress, formatRate, singleLine } from "../../format.js";
import type { Snapshot } from "../../model.js";
import type { Style, Theme } from "../../paint.js";
import { failure, percentage } from "./columns.js";
import { type Piece, paintPieces } from "./pieces.js";
import { cut } from "./text-width.js";

interface Look {
  /** With characters for it, and without. */
  readonly mark: readonly [unicode: string, ascii: string];
  readonly style: Style;
  /** Before the duration. */
  readonly word: string;
}

const LOOKS: Record<"completed" | "failed" | "cancelled" | "lost", Look> = {
  completed: { mark: ["✔", "ok"], style: "green", word: "in" },
  failed: { mark: ["✖", "x"], style: "alarm", word: "failed after" },
  cancelled: { mark: ["■", "-"], style: "yellow", word: "cancelled after" },
  lost: { mark: ["✖", "x"], style: "alarm", word: "lost after" },
};
/** Long names must leave room for how it went. */
const NAME_SHARE = 0.5;
/** The line of what went wrong may wrap, as far as this. */
const LINES_MOST = 4;

export function endedLine(snapshot: Snapshot, theme: Theme, window: number): string {
  const calm = lookOf(snapshot).style !== "alarm";
  return paintPieces(
    piecesOf(snapshot, theme, Math.floor(window * NAME_SHARE)),
    calm ? window : window * LINES_MOST,
    theme,
  ).text;
}

function lookOf({ status }: Snapshot): Look {
  return LOOKS[status as keyof typeof LOOKS] ?? LOOKS.completed;
}

function piecesOf(snapshot: Snapshot, theme: Theme, nameWidth: number): Piece[] {
  const look = lookOf(snapshot);
  const { failedItems, skippedItems, attempt } = snapshot;
  const loud = look.style === "alarm";
  const name = cut(singleLine(snapshot.name) || singleLine(snapshot.id), nameWidth, theme.unicode ? "…" : "..");
  const facts: Piece[] = [
    [amount(snapshot, theme), "dim"],
    [`${look.word} ${formatDuration(snapshot.elapsedSeconds)}`, loud ? "red" : "dim"],
    [rateOf(snapshot, theme), "dim"],
    [failedItems === undefined ? "" : `${failedItems} failed`, "red"],
    [skippedItems === undefined ? "" : `${skippedItems} skipped`, "dim"],
    [attempt > 1 ? `attempt ${attempt}` : "", "dim"],
    outcome(snapshot),
  ];
  const said = facts.filter(([text]) => text !== "").flatMap((fact): Piece[] => [["  "], fact]);
  return [[look.mark[theme.unicode ? 0 : 1], look.style], [" "], [name, loud ? "alarm" : undefined], ...said];
}

/** "10,000 rows" when all of it is done, "42%, 3 of 7 rows" otherwise. */
function amount(snapshot: Snapshot, { bytes, unicode }: Theme): string {
  const { status, current, total, unit } = snapshot;
  const whole = status === "completed";
  const count = formatProgress(current, whole && current === total ? undefined : total, unit, bytes);
  return [whole ? "" : percentage(snapshot, unicode), count].filter((part) => part !== "").join(", ");
}

/** Over the whole run; nothing of a handful that took no time. */
function rateOf({ status, meanRate, rate, unit }: Snapshot, { bytes }: Theme): string {
  return status === "completed" ? formatRate(meanRate ?? rate, unit, bytes) : "";
}

function outcome(snapshot: Snapshot): Piece {
  if (snapshot.status === "failed") return [failure(snapshot), "red"];
  if ("reason" in snapshot && snapshot.reason !== undefined) return [singleLine(snapshot.reason), "yellow"];
  const summary = "summary" in snapshot && typeof snapshot.summary === "string" ? snapshot.summary : "";
  return [singleLine(summary), "dim"];
}
