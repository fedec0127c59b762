// The end of an operation that did not complete, as an error: what `error` and `onError` of the hooks tell.

import type { Snapshot } from "../../model.js";

/** The operation failed, was cancelled or was lost; `snapshot` says which, and how far it came. */
export class OperationEndedError extends Error {
  override readonly name = "OperationEndedError";
  readonly snapshot: Snapshot;

  constructor(snapshot: Snapshot) {
    super(messageOf(snapshot));
    this.snapshot = snapshot;
  }
}

/** Undefined while it runs, and when it completed. */
export function endedErrorOf(snapshot: Snapshot | undefined): OperationEndedError | undefined {
  const status = snapshot?.status;
  return status === "failed" || status === "cancelled" || status === "lost"
    ? new OperationEndedError(snapshot!)
    : undefined;
}

function messageOf(snapshot: Snapshot): string {
  const { name, status } = snapshot;
  if (status === "failed") return `${name} failed: ${snapshot.error.message}`;
  if (status === "lost") return `${name} was lost: last seen at ${snapshot.lastSeenAt}`;
  if (status === "cancelled" && snapshot.reason !== undefined) return `${name} was cancelled: ${snapshot.reason}`;
  return `${name} was ${status}`;
}
