// A notice as one line for people who read a log: what needs attention begins with a word in capitals. Pure.

import { formatDuration, formatPercentage, formatProgress, formatQuantity, formatRate, singleLine } from "../format.js";
import type { ErrorInfo, Snapshot } from "../model.js";
import { paint, type Style } from "../paint.js";
import type { Happening, Notice } from "./notices.js";

export interface LineOptions {
  /** What the line calls the operation; on one line already. */
  readonly name: string;
  /** ANSI colours. */
  readonly color: boolean;
}

const WORDS: Readonly<Partial<Record<Happening | Snapshot["status"], readonly [string, Style?]>>> = {
  stalled: ["STALLED", "yellow"],
  recovered: ["RECOVERED", "green"],
  retried: ["RETRY", "yellow"],
  paused: ["PAUSED", "yellow"],
  resumed: ["RESUMED"],
  cancelRequested: ["CANCELLING", "yellow"],
  completed: ["ok", "green"],
  failed: ["FAILED", "red"],
  cancelled: ["CANCELLED", "yellow"],
  lost: ["LOST", "red"],
};
/** Rates and estimates that are older say nothing of now. */
const FRESH_SECONDS = 5;

/** What an operation is called in a log. */
export function nameOf(snapshot: Snapshot): string {
  return singleLine(snapshot.name) || singleLine(snapshot.id);
}

export function plainLine(notice: Notice, { name, color }: LineOptions): string {
  const { happening, snapshot } = notice;
  const facts =
    happening === "ended" ? results(snapshot) : happening === "started" ? beginning(snapshot) : state(notice);
  const [word, style] = WORDS[happening === "ended" ? snapshot.status : happening] ?? [firstWord(notice)];
  const first = paint({ color, unicode: false }, style, word);
  const known = facts.filter((fact) => fact !== "").join(", ");
  return [first, known === "" ? name : `${name}: ${known}`].filter((part) => part !== "").join(" ");
}

/** What was heard of too late to be a start is said to run. */
function firstWord({ happening, snapshot }: Notice): string {
  if (happening !== "started") return "";
  return snapshot.elapsedSeconds < 1 ? "start" : "running";
}

function beginning(snapshot: Snapshot): string[] {
  const { id, type, name, total, unit, attempt, elapsedSeconds } = snapshot;
  const isNew = elapsedSeconds < 1;
  return [
    name === type ? "" : singleLine(type),
    ...(isNew
      ? [total === undefined ? "" : formatQuantity(total, unit)]
      : [...counts(snapshot), after(elapsedSeconds)]),
    attempt > 1 ? `attempt ${attempt}` : "",
    `id ${singleLine(id)}`,
  ];
}

function state({ happening, snapshot, silentSeconds }: Notice): string[] {
  const { rate, unit, eta, stage, message, attempt } = snapshot;
  const isFresh = silentSeconds < FRESH_SECONDS && happening !== "retried";
  const runs = snapshot.status === "running";
  return [
    happening === "retried" ? `attempt ${attempt}` : "",
    // A word in front says it already.
    snapshot.status === "paused" && happening !== "paused" ? "paused" : "",
    idle(snapshot, silentSeconds),
    reason(snapshot),
    ...counts(snapshot),
    isFresh ? formatRate(rate, unit) : "",
    isFresh && eta !== undefined ? `eta ${formatDuration(eta.seconds)}` : "",
    stage === undefined ? "" : singleLine(stage),
    message === undefined ? "" : singleLine(message),
    after(snapshot.elapsedSeconds + (runs ? silentSeconds : 0)),
  ];
}

function results(snapshot: Snapshot): string[] {
  const { current, total, unit, failedItems, skippedItems, elapsedSeconds, rate, meanRate, attempt, traceId } =
    snapshot;
  const whole = snapshot.status === "completed";
  return [
    snapshot.status === "failed" ? errorText(snapshot.error) : reason(snapshot),
    whole ? "" : percentage(snapshot),
    formatProgress(current, whole && current === total ? undefined : total, unit),
    `in ${formatDuration(elapsedSeconds)}`,
    formatRate(meanRate ?? rate, unit),
    failedItems === undefined ? "" : `${formatQuantity(failedItems)} failed`,
    skippedItems === undefined ? "" : `${formatQuantity(skippedItems)} skipped`,
    attempt > 1 ? `attempt ${attempt}` : "",
    whole || traceId === undefined ? "" : `trace ${traceId}`,
  ];
}

function counts(snapshot: Snapshot): string[] {
  return [percentage(snapshot), formatProgress(snapshot.current, snapshot.total, snapshot.unit)];
}

/** A guess, and a floor, is said to be one. */
function percentage({ percentage, estimated, coverage }: Snapshot): string {
  const text = formatPercentage(percentage);
  if (text === "") return "";
  return estimated ? `~${text}` : coverage === undefined ? text : `>${text}`;
}

function after(seconds: number): string {
  return `after ${formatDuration(seconds)}`;
}

function idle(snapshot: Snapshot, silentSeconds: number): string {
  if (!("stalled" in snapshot) || snapshot.stalled === undefined) return "";
  const { seconds, waitingOn } = snapshot.stalled;
  const names = waitingOn.map(({ name }) => singleLine(name)).join(", ");
  const idle = `no progress for ${formatDuration(seconds + silentSeconds)}`;
  return names === "" ? idle : `${idle}, waiting on ${names}`;
}

function reason(snapshot: Snapshot): string {
  if ("reason" in snapshot) return singleLine(snapshot.reason ?? "");
  return "cancelRequested" in snapshot ? singleLine(snapshot.cancelRequested?.reason ?? "") : "";
}

/** "ENOSPC: disk full, caused by EIO: no answer"; what a message says itself is not said twice. */
function errorText({ causes = [], ...error }: ErrorInfo): string {
  const texts = [error, ...causes].map(({ code, type, message }) => {
    const text = singleLine(message);
    const label = singleLine(code ?? (type === "Error" ? "" : type));
    return label === "" || text.includes(label) ? text : text === "" ? label : `${label}: ${text}`;
  });
  return texts.filter((text) => text !== "").join(", caused by ");
}
