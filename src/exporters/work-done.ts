// The progress of one operation as LSP values: begin, reports, end. Pure: snapshot in, value out. Read by lsp-progress.ts.

import { activityOf } from "../activity.js";
import { singleLine } from "../format.js";
import type { Snapshot } from "../model.js";
import { wholePercentage } from "../protocol-values.js";
import { hasEnded } from "../status-changes.js";

/** What is said with `$/progress` of work; the types of `vscode-languageserver-protocol` with these names fit. */
export type WorkDoneProgressValue =
  | { kind: "begin"; title: string; cancellable?: boolean; message?: string; percentage?: number }
  | { kind: "report"; cancellable?: boolean; message?: string; percentage?: number }
  | { kind: "end"; message?: string };

export class WorkDone {
  /** Whole percent, never falling; undefined for good when it was not known at the beginning: so LSP wants it. */
  #percentage: number | undefined;
  #message: string | undefined;
  #cancellable: boolean | undefined;

  /** The next value to send; undefined when nothing is new. */
  next(snapshot: Snapshot, cancellable: boolean): WorkDoneProgressValue | undefined {
    if (hasEnded(snapshot)) return { kind: "end", message: outcomeOf(snapshot) };
    const begun = this.#message !== undefined;
    const before = [this.#percentage, this.#message, this.#cancellable];
    const whole = wholePercentage(snapshot);
    if (!begun) this.#percentage = whole;
    else if (this.#percentage !== undefined) this.#percentage = Math.max(this.#percentage, whole ?? 0);
    this.#message = activityOf(snapshot);
    // Asked once, it need not be asked again.
    this.#cancellable = cancellable && !("cancelRequested" in snapshot && snapshot.cancelRequested !== undefined);
    const now = [this.#percentage, this.#message, this.#cancellable];
    if (begun && now.every((value, index) => value === before[index])) return undefined;
    const value = {
      cancellable: this.#cancellable,
      message: this.#message,
      ...(this.#percentage !== undefined && { percentage: this.#percentage }),
    };
    return begun ? { kind: "report", ...value } : { kind: "begin", title: singleLine(snapshot.name), ...value };
  }
}

function outcomeOf(snapshot: Snapshot): string {
  const why = "error" in snapshot ? snapshot.error.message : "reason" in snapshot ? snapshot.reason : undefined;
  return singleLine(why === undefined ? snapshot.status : `${snapshot.status}: ${why}`);
}
