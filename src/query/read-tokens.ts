// Tokens that let their holder read one operation, for a while, and nothing else: an identifier and an expiry, signed with
// HMAC-SHA-256. Nothing is stored; who holds the secret can make them, and changing it revokes all.

import { parseDuration } from "../duration.js";
import { expectedButReceived, ProgressError } from "../errors.js";
import type { Duration } from "../model.js";

export interface ReadTokenOptions {
  /** From now. @default "1h" */
  readonly expiresIn?: Duration | undefined;
  /** Epoch milliseconds. @default Date.now() */
  readonly now?: number | undefined;
}
/** What became of a token that was looked at. */
export type ReadTokenCheck =
  | { readonly ok: true; readonly operationId: string; readonly expiresAt: number }
  | { readonly ok: false; readonly why: "malformed" | "forged" | "expired" };

const PREFIX = "otp1";
const MAX_TOKEN = 4096;
const LEAST_SECRET = 16;
const HMAC = { name: "HMAC", hash: "SHA-256" } as const;

/** Throws ProgressError INVALID_OPTION for a secret of less than 16 characters. */
export function checkSecret(secret: string): void {
  if (typeof secret === "string" && secret.length >= LEAST_SECRET) return;
  // What came is not repeated: it is, or nearly is, a secret.
  throw new ProgressError("INVALID_OPTION", `readTokenSecret: expected at least ${LEAST_SECRET} characters`);
}

/**
 * A token for `Authorization: Bearer …`, or for `?token=…` where no header can be sent, as with EventSource.
 * Throws ProgressError INVALID_OPTION for a short secret or what is no duration.
 */
export async function createReadToken(
  secret: string,
  operationId: string,
  { expiresIn = "1h", now = Date.now() }: ReadTokenOptions = {},
): Promise<string> {
  checkSecret(secret);
  const millis = parseDuration(expiresIn);
  if (millis === undefined) throw expectedButReceived("INVALID_OPTION", "expiresIn", "a duration", expiresIn);
  const payload = new TextEncoder().encode(JSON.stringify([operationId, Math.floor((now + millis) / 1000)]));
  const mac = new Uint8Array(await crypto.subtle.sign(HMAC, await keyOf(secret), signed(payload)));
  return `${PREFIX}.${toBase64Url(payload)}.${toBase64Url(mac)}`;
}

/** Whether somebody meant it as a read token. */
export const looksLikeReadToken = (token: string): boolean => token.startsWith(`${PREFIX}.`);

export async function checkReadToken(secret: string, token: string, now: number = Date.now()): Promise<ReadTokenCheck> {
  const [prefix, body = "", mac = "", ...rest] = token.length <= MAX_TOKEN ? token.split(".") : [];
  const payload = fromBase64Url(body);
  const signature = fromBase64Url(mac);
  if (prefix !== PREFIX || rest.length > 0 || payload === undefined || signature === undefined) {
    return { ok: false, why: "malformed" };
  }
  // Compares in constant time.
  const genuine = await crypto.subtle.verify(HMAC, await keyOf(secret), signature, signed(payload));
  if (!genuine) return { ok: false, why: "forged" };
  const [operationId, expiresAt] = JSON.parse(new TextDecoder().decode(payload)) as [string, number];
  return now < expiresAt * 1000 ? { ok: true, operationId, expiresAt } : { ok: false, why: "expired" };
}

/** With the prefix in front, so that a signature made for anything else is none here. */
function signed(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const prefix = new TextEncoder().encode(`${PREFIX}.`);
  const bytes = new Uint8Array(prefix.length + payload.length);
  bytes.set(prefix);
  bytes.set(payload, prefix.length);
  return bytes;
}

const keyOf = (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey("raw", new TextEncoder().encode(secret), HMAC, false, ["sign", "verify"]);

export function toBase64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** `undefined` for what is not base64url, in its one spelling. */
export function fromBase64Url(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!/^[\w-]+$/.test(text) || text.length % 4 === 1) return undefined;
  const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  return toBase64Url(bytes) === text ? bytes : undefined;
}
