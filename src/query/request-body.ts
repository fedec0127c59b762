// The one body that is ever read: `{ "reason": "…" }`, small, JSON, or nothing at all.

import { RequestProblem } from "./problem.js";

export const MAX_BODY_BYTES = 8192;
export const MAX_REASON = 1024;

/** The reason for a cancellation, if one was given. */
export async function readReason(request: Request): Promise<string | undefined> {
  const text = await readText(request);
  const nothing = text.trim() === "";
  const type = request.headers.get("content-type");
  if (nothing && type === null) return undefined;
  // A form of somebody's page could send anything else without asking first, an empty one too.
  if (!/^application\/json\s*(;|$)/i.test(type ?? "")) throw new RequestProblem("unsupported-media-type");
  if (nothing) return undefined;
  const reason = reasonIn(text);
  if (reason === undefined || (typeof reason === "string" && reason.length <= MAX_REASON)) return reason;
  throw new RequestProblem("invalid-body", `reason: expected text of at most ${MAX_REASON} characters`);
}

function reasonIn(text: string): unknown {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    throw new RequestProblem("invalid-body", "expected JSON");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RequestProblem("invalid-body", 'expected an object such as {"reason": "no longer needed"}');
  }
  const stranger = Object.keys(body).find((name) => name !== "reason");
  if (stranger !== undefined) throw new RequestProblem("invalid-body", "only reason is known here");
  return (body as { reason?: unknown }).reason;
}

/** Stops reading where it becomes too much. */
async function readText(request: Request): Promise<string> {
  if (Number(request.headers.get("content-length") ?? 0) > MAX_BODY_BYTES) throw new RequestProblem("body-too-large");
  if (request.body === null) return "";
  const decoder = new TextDecoder("utf-8", { fatal: true });
  let [text, bytes] = ["", 0];
  for await (const chunk of request.body as unknown as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BODY_BYTES) throw new RequestProblem("body-too-large");
    text += decode(decoder, chunk);
  }
  return text + decode(decoder);
}

function decode(decoder: TextDecoder, chunk?: Uint8Array): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new RequestProblem("invalid-body", "expected UTF-8");
  }
}
