// What the description of a resource says of an operation: its state, or how it ended, as one plain line. Pure; read by resources.ts.

import { formatDuration, formatPercentage, formatProgress, formatRate, singleLine } from "../../format.js";
import type { Snapshot } from "../../model.js";
import { hasEnded } from "../../status-changes.js";

/** "Import: failed, 42%, 3 of 7 rows, in 12s, disk full". */
export function describe(snapshot: Snapshot): string {
  const { status, current, total, unit, rate, failedItems, skippedItems } = snapshot;
  const facts = [
    status === "running" ? "" : status,
    status === "completed" ? "" : percentage(snapshot),
    formatProgress(current, status === "completed" && current === total ? undefined : total, unit),
    formatRate(rate, unit),
    failedItems === undefined ? "" : `${failedItems} failed`,
    skippedItems === undefined ? "" : `${skippedItems} skipped`,
    ...(hasEnded(snapshot) ? outcome(snapshot) : state(snapshot)),
  ].filter((fact) => fact !== "");
  return `${singleLine(snapshot.name)}: ${facts.join(", ") || "running"}`;
}

function outcome(snapshot: Snapshot): string[] {
  const why =
    snapshot.status === "failed" ? snapshot.error.message : "reason" in snapshot ? snapshot.reason : undefined;
  return [`in ${formatDuration(snapshot.elapsedSeconds)}`, singleLine(why ?? "")];
}

function state(snapshot: Snapshot): string[] {
  const { eta, stage, message } = snapshot;
  const stalled = "stalled" in snapshot ? snapshot.stalled : undefined;
  return [
    eta === undefined ? "" : `eta ${formatDuration(eta.seconds)}`,
    singleLine(stage ?? ""),
    stalled === undefined ? "" : `stalled ${formatDuration(stalled.seconds)}`,
    singleLine(message ?? ""),
  ];
}

/** A guess, and a floor, is said to be one. */
function percentage({ percentage, estimated, coverage }: Snapshot): string {
  const text = formatPercentage(percentage);
  if (text === "") return "";
  if (estimated) return `~${text}`;
  return coverage === undefined ? text : `>${text}`;
}
