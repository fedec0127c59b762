// What a row says, as text. Pure: time comes in as seconds since the snapshot arrived.

import { formatDuration, formatPercentage, formatProgress, formatRate } from "../../../format.js";
import type { LevelSnapshot, LevelStatus, Snapshot, Stalled, WaitingOn } from "../../../model.js";
import { hasEnded } from "../../../status-changes.js";

export type Shown = Snapshot | LevelSnapshot;
/** What a row looks like: its status, or that it stands still. */
export type Tone = LevelStatus | "stalled";

/** Seconds without progress from which on it is worth a word. */
const IDLE_SECONDS = 10;

const stalledOf = (shown: Shown): Stalled | undefined => ("stalled" in shown ? shown.stalled : undefined);
export const toneOf = (shown: Shown): Tone => (stalledOf(shown) === undefined ? shown.status : "stalled");

/** Time that passes is told in whole seconds, and in whole minutes from ten on: a number that flickers is not read. */
function calmDuration(seconds: number): string {
  const step = seconds < 600 ? 1 : 60;
  return formatDuration(Math.max(0, Math.floor(seconds / step) * step));
}

/** How long something took, from beginning to end. */
export const wholeDuration = (seconds: number): string => (seconds < 0.1 ? "<0.1s" : formatDuration(seconds));

/** "~" before a guess, "≥" before what can only be more. */
export function percentText(shown: Shown): string {
  const text = formatPercentage(shown.percentage);
  if (text === "") return "";
  if (shown.estimated) return `~${text}`;
  return shown.coverage === undefined ? text : `≥${text}`;
}

/** The same for those who hear it. */
export function spokenProgress(shown: Shown): string {
  const { percentage, current, total, unit } = shown;
  const kind = shown.estimated ? "about " : shown.coverage === undefined ? "" : "at least ";
  const share = percentage === undefined ? "" : `${kind}${Math.floor(percentage)} percent`;
  return [share, formatProgress(current, total, unit)].filter(Boolean).join(", ") || "unknown";
}

/** "3 of 10 files", with what failed or was left out among them. */
export function amountText(shown: Shown): string {
  const { current, total, unit, failedItems, skippedItems } = shown;
  const done = shown.status === "completed" && current === total;
  return [
    formatProgress(current, done ? undefined : total, unit),
    failedItems === undefined ? "" : `${failedItems} failed`,
    skippedItems === undefined ? "" : `${skippedItems} skipped`,
  ]
    .filter(Boolean)
    .join(", ");
}

/** Of what has ended, the rate over all of it. */
export function rateText(shown: Shown): string {
  if (hasEnded(shown)) return formatRate(shown.meanRate, shown.unit);
  return toneOf(shown) === "running" ? formatRate(shown.rate, shown.unit) : "";
}

/** Seconds of work until now. A snapshot may be older than the frame it came in: then only its times of day are right. */
function elapsedSeconds(shown: Shown, arrived: number, age: number): number {
  if (shown.status !== "running") return shown.elapsedSeconds;
  const started = Date.parse(shown.startedAt!);
  const paused = (Date.parse(shown.updatedAt) - started) / 1000 - shown.elapsedSeconds;
  return paused > 1 ? shown.elapsedSeconds + age : Math.max(shown.elapsedSeconds, (arrived - started) / 1000) + age;
}

export function elapsedText(shown: Shown, arrived: number, age: number): string {
  if (shown.startedAt === undefined) return "";
  if (hasEnded(shown)) return wholeDuration(shown.elapsedSeconds);
  return `for ${calmDuration(elapsedSeconds(shown, arrived, age))}`;
}

/** "3m left", and between what it probably is: "2m 40s to 4m". Of what stands idle "a moment left" would not be believed. */
export function etaText(shown: Shown, age: number, idle: boolean): { readonly left: string; readonly range: string } {
  const { eta } = shown;
  if (eta === undefined || shown.status !== "running" || stalledOf(shown)) return { left: "", range: "" };
  const [low, left, high] = [eta.low, eta.seconds, eta.high].map((seconds) => calmDuration(seconds - age));
  if (left === "0s" && idle) return { left: "", range: "" };
  return {
    left: left === "0s" ? "a moment left" : `${left} left`,
    range: low === high || high === "0s" ? "" : low === "0s" ? `up to ${high}` : `${low} to ${high}`,
  };
}

/** Seconds since something moved, for a row that reports at all. */
function idleSeconds(shown: Shown, arrived: number, age: number): number | undefined {
  const { current, percentage, estimated, progressedAt, startedAt } = shown;
  const since = progressedAt ?? startedAt;
  if (shown.status !== "running" || estimated || since === undefined) return undefined;
  if (current === undefined && percentage === undefined) return undefined;
  return Math.max(0, (arrived - Date.parse(since)) / 1000) + age;
}

export function idleText(shown: Shown, arrived: number, age: number): string {
  const idle = stalledOf(shown) ? undefined : idleSeconds(shown, arrived, age);
  return idle === undefined || idle < IDLE_SECONDS ? "" : `idle ${calmDuration(idle)}`;
}

/** The sentence under the bar: what is wrong, else what the work says of itself. */
export function noteText(shown: Shown, arrived: number, age: number): string {
  const stalled = stalledOf(shown);
  if (stalled !== undefined) {
    const { seconds, waitingOn } = stalled;
    const idle = Math.max(seconds + age, idleSeconds(shown, arrived, age) ?? 0);
    const waits = waitingOn.length === 0 ? "" : `, waiting on ${waitsText(waitingOn, idle - seconds)}`;
    return `No progress for ${calmDuration(idle)}${waits}`;
  }
  if (shown.status === "failed") return [shown.error.code, shown.error.message].filter(Boolean).join(": ");
  if (shown.status === "lost") {
    return `Its process is gone; last seen ${agoText(arrived + age * 1000 - Date.parse(shown.lastSeenAt))}`;
  }
  if ("cancelRequested" in shown && shown.cancelRequested !== undefined) {
    const { reason } = shown.cancelRequested;
    return reason === undefined ? "Asked to cancel" : `Asked to cancel: ${reason}`;
  }
  if ("reason" in shown && shown.reason !== undefined) return shown.reason;
  return shown.message ?? "";
}

function waitsText([first, ...others]: readonly WaitingOn[], since: number): string {
  const more = others.length === 0 ? "" : ` and ${others.length} more`;
  return `${first!.name} for ${calmDuration(first!.elapsedSeconds + since)}${more}`;
}

/** "just now", "5 minutes ago", "3 days ago". */
export function agoText(millis: number): string {
  const seconds = millis / 1000;
  if (!(seconds >= 60)) return "just now";
  const [count, unit] =
    seconds < 3_600
      ? [seconds / 60, "minute"]
      : seconds < 86_400
        ? [seconds / 3_600, "hour"]
        : [seconds / 86_400, "day"];
  const whole = Math.floor(count);
  return `${whole} ${unit}${whole === 1 ? "" : "s"} ago`;
}

const WORDS: Readonly<Record<Tone, string>> = {
  pending: "Waiting to start",
  running: "Running",
  stalled: "Stalled",
  paused: "Paused",
  completed: "Completed",
  failed: "Failed",
  cancelled: "Cancelled",
  lost: "Lost",
  skipped: "Skipped",
};
export const toneText = (tone: Tone): string => WORDS[tone];

/** Where the trace of an operation is shown; only the web's own addresses, whatever the template says. */
export function traceAddress(template: string | undefined, { traceId, spanId }: Snapshot): string | undefined {
  if (template === undefined || traceId === undefined) return undefined;
  const address = template
    .replaceAll("{traceId}", encodeURIComponent(traceId))
    .replaceAll("{spanId}", encodeURIComponent(spanId ?? ""));
  return /^(https?:\/\/|\/(?!\/))/i.test(address) ? address : undefined;
}
