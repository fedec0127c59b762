// Values from users, made safe to keep: bounded, copied, of the right type. What is cut off is counted.

import { isAttributeValue } from "../attribute-value.js";
import type { Diagnostics } from "../diagnostics.js";
import type { Attributes, AttributeValue, ErrorInfo, Json } from "../model.js";

export const MAX_TEXT = 1_024;
export const MAX_NAME = 256;
const MAX_ATTRIBUTES = 64;
const MAX_ARRAY = 128;
const MAX_JSON = 16_384;

/** A text of at most `most` characters. Anything else than a string becomes its text. */
export function cleanText(value: unknown, most: number, diagnostics: Diagnostics): string {
  const text = typeof value === "string" ? value : safeString(value);
  if (text.length <= most) return text;
  diagnostics.count("text_clipped");
  return `${text.slice(0, most - 1)}…`;
}

/** A frozen copy of `before` with `added` on top: at most 64 attributes, strings and arrays bounded, other values dropped. */
export function cleanAttributes(
  added: Attributes,
  before: Attributes | undefined,
  diagnostics: Diagnostics,
): Attributes {
  const clean: Record<string, AttributeValue> = { ...before } as Record<string, AttributeValue>;
  let room = MAX_ATTRIBUTES - Object.keys(clean).length;
  let dropped = 0;
  for (const name of Object.keys(added ?? {})) {
    const value = peek(() => added[name]);
    if (value === undefined) continue;
    const isNew = !Object.hasOwn(clean, name);
    if ((isNew && room === 0) || name === "" || name.length > MAX_NAME || !isAttributeValue(value)) dropped++;
    else {
      clean[name] = cleanValue(value, diagnostics);
      if (isNew) room--;
    }
  }
  if (dropped > 0) diagnostics.count("attributes_dropped", dropped);
  return Object.freeze(clean);
}

function cleanValue(value: AttributeValue, diagnostics: Diagnostics): AttributeValue {
  const one = <T>(item: T) => (typeof item === "string" ? cleanText(item, MAX_TEXT, diagnostics) : item);
  if (!Array.isArray(value)) return one(value);
  if (value.length > MAX_ARRAY) diagnostics.count("attributes_dropped", value.length - MAX_ARRAY);
  return Object.freeze(value.slice(0, MAX_ARRAY).map(one)) as AttributeValue;
}

/** A frozen copy of something JSON of at most 16 KiB, or `undefined` for what is too large or not JSON. */
export function cleanJson(value: unknown, diagnostics: Diagnostics): Json | undefined {
  if (value === undefined) return undefined;
  try {
    const text = JSON.stringify(value);
    if (text !== undefined && text.length <= MAX_JSON) {
      return JSON.parse(text, (_key, item) => Object.freeze(item)) as Json;
    }
  } catch {
    // circular, a BigInt, or a toJSON that throws
  }
  diagnostics.count("attributes_dropped");
  return undefined;
}

/** What is kept of an error of any kind, an exotic one included. */
export function cleanError(
  error: unknown,
  given: { readonly code?: string | undefined; readonly details?: Json | undefined },
  diagnostics: Diagnostics,
): ErrorInfo {
  const isError = peek(() => error instanceof Error) === true;
  const own = error as Error & { readonly code?: unknown };
  const code = given.code ?? (isError ? peek(() => own.code) : undefined);
  const details = cleanJson(given.details, diagnostics);
  return Object.freeze({
    type: cleanText(
      isError ? peek(() => own.name || own.constructor.name) || "Error" : typeof error,
      MAX_NAME,
      diagnostics,
    ),
    message: cleanText(isError ? (peek(() => own.message) ?? "unknown") : error, MAX_TEXT, diagnostics),
    ...(typeof code === "string" && { code: cleanText(code, MAX_NAME, diagnostics) }),
    ...(details !== undefined && { details }),
  });
}

const safeString = (value: unknown): string => peek(() => String(value)) ?? typeof value;

/** What `read` gives, or `undefined` when a getter or a proxy of the user throws. */
export function peek<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
