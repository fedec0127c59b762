// One operation as a text that tells everything: the tree of its levels with status, times, counts and rates.

import { formatDuration, formatPercentage, formatProgress, formatQuantity, formatRate, singleLine } from "../format.js";
import type { ErrorInfo, Eta, LevelSnapshot, ProcessUsage, Snapshot } from "../model.js";

export interface ReportOptions {
  /** Levels written out under each parent: running and failed ones first, then the longest. @default 10 */
  readonly levels?: number | undefined;
}

type Shown = Snapshot | LevelSnapshot;

/** Several lines, without a line break at the end. */
export function formatReport(snapshot: Snapshot, options: ReportOptions = {}): string {
  const type = singleLine(snapshot.type);
  const title = snapshot.name === snapshot.type ? type : `${type}: "${singleLine(snapshot.name)}"`;
  return [`${title} (ID: ${singleLine(snapshot.id)})`, ...body(snapshot, options.levels ?? 10)].join("\n");
}

function body(snapshot: Shown, most: number): string[] {
  return [...facts(snapshot).map(([label, value]) => `  ${label}: ${value}`), ...parts(snapshot, most)];
}

function facts(snapshot: Shown): [string, string][] {
  const { current, total, unit, rate, peakRate, meanRate, eta, failedItems, skippedItems, message } = snapshot;
  // A history does not know it of what still runs.
  const peak = rate && formatRate(peakRate, unit);
  const pairs: [string, string | undefined][] = [
    ["Status", statusOf(snapshot)],
    ["Description", snapshot.description && singleLine(snapshot.description)],
    ["Stage", "stage" in snapshot && snapshot.stage ? singleLine(snapshot.stage) : undefined],
    ["Started", clock(snapshot.startedAt)],
    ["Ended", "endedAt" in snapshot ? clock(snapshot.endedAt) : undefined],
    ["Last seen", "lastSeenAt" in snapshot ? clock(snapshot.lastSeenAt) : undefined],
    ["endedAt" in snapshot ? "Duration" : "Elapsed", formatDuration(snapshot.elapsedSeconds)],
    ["Estimated remaining", eta && remainingOf(eta)],
    ["Progress", formatProgress(current, total, unit)],
    ["Rate", [formatRate(rate, unit), peak && `(peak ${peak})`].filter(Boolean).join(" ")],
    ["Time per item", meanRate && meanRate <= 10 ? formatDuration(1 / meanRate) : undefined],
    ["Failed items", failedItems?.toString()],
    ["Skipped items", skippedItems?.toString()],
    ["Attempt", snapshot.attempt > 1 ? String(snapshot.attempt) : undefined],
    ["Message", message && singleLine(message)],
    ["Waiting on", waitingOn(snapshot)],
    ["Caused by", "error" in snapshot ? causedBy(snapshot.error) : undefined],
    ["Whole process", "process" in snapshot && snapshot.process ? processOf(snapshot.process) : undefined],
    ["Trace", "traceId" in snapshot ? snapshot.traceId : undefined],
    ...Object.entries(snapshot.attributes).map(([name, value]): [string, string] => [
      singleLine(name),
      singleLine(String(value)),
    ]),
  ];
  return pairs.filter((pair): pair is [string, string] => pair[1] !== undefined && pair[1] !== "");
}

/** Without a range where both ends read the same, as when the work itself says how long it takes. */
function remainingOf({ seconds, low, high }: Eta): string {
  const [from, to] = [formatDuration(low), formatDuration(high)];
  return formatDuration(seconds) + (from === to ? "" : ` (${from} to ${to})`);
}

function statusOf(snapshot: Shown): string {
  const word = snapshot.status[0]!.toUpperCase() + snapshot.status.slice(1);
  const details = [
    `${snapshot.estimated ? "~" : ""}${formatPercentage(snapshot.percentage)}`,
    "error" in snapshot ? singleLine([snapshot.error.code, snapshot.error.message].filter(Boolean).join(": ")) : "",
    "reason" in snapshot ? singleLine(snapshot.reason ?? "") : "",
    "counts" in snapshot && snapshot.counts ? countsOf(snapshot.counts) : "",
    "summary" in snapshot ? JSON.stringify(snapshot.summary) : "",
  ].filter((detail) => detail !== "");
  return details.length === 0 ? word : `${word} (${details.join(", ")})`;
}

function causedBy({ causes = [] }: ErrorInfo): string {
  return causes.map(({ code, message }) => singleLine([code, message].filter(Boolean).join(": "))).join(", ");
}

function processOf({ cpuUtilization, memoryBytes, eventLoopUtilization }: ProcessUsage): string {
  const percent = (ratio: number) => `${Math.round(ratio * 100)}%`;
  const loop = eventLoopUtilization === undefined ? "" : `, event loop ${percent(eventLoopUtilization)} busy`;
  return `CPU ${percent(cpuUtilization)}, memory ${formatQuantity(memoryBytes, "By")}${loop}`;
}

function countsOf({ total, completed, failed }: NonNullable<Snapshot["counts"]>): string {
  return `${completed} of ${total} parts completed${failed > 0 ? `, ${failed} failed` : ""}`;
}

function waitingOn(snapshot: Shown): string | undefined {
  const stalled = "stalled" in snapshot ? snapshot.stalled : undefined;
  return stalled?.waitingOn
    .map(({ name, elapsedSeconds }) => `${singleLine(name)} for ${formatDuration(elapsedSeconds)}`)
    .join(", ");
}

/** The parts worth writing out, in their own order; the others in one line. */
function parts(snapshot: Shown, most: number): string[] {
  const { levels, droppedLevels = 0 } = snapshot;
  const chosen = new Set(
    [...levels].sort((a, b) => urgency(b) - urgency(a) || b.elapsedSeconds - a.elapsedSeconds).slice(0, most),
  );
  const total = levels.length + droppedLevels;
  const lines = levels.flatMap((level, index) => {
    if (!chosen.has(level)) return [];
    const name = level.name === level.type ? "" : `: ${singleLine(level.name)}`;
    return [
      "",
      `${singleLine(level.type)} ${index + 1}/${total}${name} (ID: ${singleLine(level.id)})`,
      ...body(level, most),
    ];
  });
  const rest = total - chosen.size;
  if (rest > 0) lines.push("", `and ${rest} more${outcomes(levels, chosen, droppedLevels)}`);
  return lines.map((line) => (line === "" ? "" : `  ${line}`));
}

function outcomes(levels: readonly LevelSnapshot[], chosen: ReadonlySet<LevelSnapshot>, dropped: number): string {
  const counts = new Map<string, number>();
  for (const level of levels) if (!chosen.has(level)) counts.set(level.status, (counts.get(level.status) ?? 0) + 1);
  if (dropped > 0) counts.set("no longer kept one by one", dropped);
  return `: ${[...counts].map(([status, count]) => `${count} ${status}`).join(", ")}`;
}

const urgency = ({ status }: LevelSnapshot): number =>
  status === "failed" ? 2 : status === "running" || status === "paused" ? 1 : 0;

/** "2024-01-15 10:30:00", in UTC. */
const clock = (time: string | undefined): string | undefined => time && `${time.slice(0, 19).replace("T", " ")} UTC`;
