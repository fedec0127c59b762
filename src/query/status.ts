// The small form of an operation: what a progress bar in somebody's application needs, and nothing about the machine it
// runs on. With a tag, so that who polls is told that nothing changed.

import type { Attributes, Snapshot, Status } from "../model.js";
import { wholePercentage } from "../protocol-values.js";
import { toBase64Url } from "./read-tokens.js";

export interface SmallStatus {
  readonly id: string;
  readonly status: Status;
  readonly stage?: string;
  /** Whole percent, rounded down; 100 only when completed. */
  readonly progress?: number;
  readonly message?: string;
  readonly etaSeconds?: number;
  readonly error?: { readonly message: string; readonly code?: string };
  readonly attributes: Attributes;
}

export function smallStatus(snapshot: Snapshot): SmallStatus {
  const { id, status, stage, message, eta, attributes } = snapshot;
  const progress = wholePercentage(snapshot);
  return {
    id,
    status,
    ...(stage !== undefined && { stage }),
    ...(progress !== undefined && { progress }),
    ...(message !== undefined && { message }),
    ...(eta !== undefined && { etaSeconds: Math.round(eta.seconds) }),
    ...(snapshot.status === "failed" && { error: errorOf(snapshot) }),
    attributes,
  };
}

function errorOf({ error }: Extract<Snapshot, { status: "failed" }>): NonNullable<SmallStatus["error"]> {
  return { message: error.message, ...(error.code !== undefined && { code: error.code }) };
}

/** The same for the same text, and for no other. */
export async function tagOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return `"${toBase64Url(new Uint8Array(digest).subarray(0, 15))}"`;
}

/** Whether the reader has what this tag stands for. */
export function hasTag(ifNoneMatch: string | null, tag: string): boolean {
  if (ifNoneMatch === null) return false;
  if (ifNoneMatch.trim() === "*") return true;
  return ifNoneMatch.split(",").some((entry) => entry.trim().replace(/^W\//, "") === tag);
}
