// What a reader says to the instance that runs an operation. JSON; whoever reaches Redis may write anything there.

export interface CancelMessage {
  /** Id of the operation. */
  readonly cancel: string;
  readonly reason?: string;
}

export function cancelMessage(id: string, reason: string | undefined): string {
  return JSON.stringify({ cancel: id, reason });
}

/** Undefined for anything else. */
export function readMessage(json: string): CancelMessage | undefined {
  try {
    const { cancel, reason } = JSON.parse(json) as Record<string, unknown>;
    if (typeof cancel !== "string" || (reason !== undefined && typeof reason !== "string")) return undefined;
    return { cancel, ...(reason !== undefined && { reason }) };
  } catch {
    return undefined;
  }
}
