// Values from users, made safe to keep: bounded, copied, of the right type. What is cut off is counted.

import { isAttributeValue } from "../attribute-value.js";
import type { Diagnostics } from "../diagnostics.js";
import { describe } from "../errors.js";
import { clip } from "../format.js";
import type { Attributes, AttributeValue, Cause, ErrorInfo, Json } from "../model.js";

const MAX_NAME = 256;
const MAX_ARRAY = 128;
const MAX_JSON = 16_384;
const MAX_CAUSES = 8;

export interface CleanLimits {
  /** Characters of a message, a description, a reason, a text attribute. */
  readonly textLength: number;
  /** Attributes of an operation or level. */
  readonly attributes: number;
}

export class Cleaner {
  readonly #limits: CleanLimits;
  readonly #diagnostics: Diagnostics;

  constructor(limits: CleanLimits, diagnostics: Diagnostics) {
    this.#limits = limits;
    this.#diagnostics = diagnostics;
  }

  /** A text within the limit. Anything else than a string becomes its text. */
  text(value: unknown): string {
    return this.#clip(value, this.#limits.textLength);
  }

  /** An id, a type, a display name, a unit: at most 256 characters. */
  name(value: unknown): string {
    return this.#clip(value, MAX_NAME);
  }

  /** A display name or a unit that may not be given: nothing and no text are none. */
  given(value: unknown): string | undefined {
    return value === undefined || value === null || value === "" ? undefined : this.name(value);
  }

  /** An id as it is kept, to find what bears it. */
  id(value: unknown): string {
    return typeof value === "string" && value.length <= MAX_NAME ? value : clip(safeString(value), MAX_NAME);
  }

  #clip(value: unknown, most: number): string {
    const text = typeof value === "string" ? value : safeString(value);
    if (text.length <= most) return text;
    this.#diagnostics.count("text_clipped");
    return clip(text, most);
  }

  /** A frozen copy of `before` with `added` on top: strings and arrays bounded, other values and those over the limit dropped. */
  attributes(added: Attributes, before?: Attributes): Attributes {
    const clean: Record<string, AttributeValue> = { ...before } as Record<string, AttributeValue>;
    let room = this.#limits.attributes - Object.keys(clean).length;
    let dropped = 0;
    for (const name of Object.keys(added ?? {})) {
      const value = peek(() => added[name]);
      if (value === undefined) continue;
      const isNew = !Object.hasOwn(clean, name);
      if ((isNew && room <= 0) || name === "" || name.length > MAX_NAME || !isAttributeValue(value)) {
        dropped++;
        this.#sayDropped(name, value);
      } else {
        clean[name] = this.#value(value);
        if (isNew) room--;
      }
    }
    if (dropped > 0) this.#diagnostics.count("attributes_dropped", dropped);
    return Object.freeze(clean);
  }

  #sayDropped(name: string, value: unknown): void {
    const error = isAttributeValue(value)
      ? `at most ${this.#limits.attributes} are kept, with names of 1 to ${MAX_NAME} characters; it is dropped`
      : `expected a text, a number, true, false or a list of them, received ${describe(value)}; it is dropped`;
    const key = isAttributeValue(value) ? "attributes" : "attribute value";
    this.#diagnostics.warnOnce(key, `attribute ${describe(name)}: ${error}`);
  }

  #value(value: AttributeValue): AttributeValue {
    const one = <T>(item: T) => (typeof item === "string" ? this.text(item) : item);
    if (!Array.isArray(value)) return one(value);
    if (value.length > MAX_ARRAY) this.#diagnostics.count("attributes_dropped", value.length - MAX_ARRAY);
    return Object.freeze(value.slice(0, MAX_ARRAY).map(one)) as AttributeValue;
  }

  /** A frozen copy of something JSON of at most 16 KiB, or `undefined` for what is too large or not JSON. */
  json(value: unknown): Json | undefined {
    if (value === undefined) return undefined;
    try {
      const text = JSON.stringify(value);
      if (text !== undefined && text.length <= MAX_JSON) {
        return JSON.parse(text, (_key, item) => Object.freeze(item)) as Json;
      }
    } catch {
      // circular, a BigInt, or a toJSON that throws
    }
    this.#diagnostics.count("attributes_dropped");
    this.#diagnostics.warnOnce(
      "json",
      `a summary or details: expected JSON of at most ${MAX_JSON} characters; dropped`,
    );
    return undefined;
  }

  /** What is kept of an error of any kind, an exotic one included, and of the errors behind it. */
  error(
    error: unknown,
    given: { readonly code?: string | undefined; readonly details?: Json | undefined } = {},
  ): ErrorInfo {
    const { type, message, code } = this.#cause(error, given.code);
    const details = this.json(given.details);
    const causes = this.#causes(error);
    return Object.freeze({
      type,
      message,
      ...(code !== undefined && { code }),
      ...(details !== undefined && { details }),
      ...(causes.length > 0 && { causes: Object.freeze(causes) }),
    });
  }

  /** What is nearest first, everything once, however it goes in circles. */
  #causes(error: unknown): Cause[] {
    const found = new Set<unknown>([error]);
    // What is added to it is come to as well.
    for (const at of found) {
      for (const cause of causesOf(at)) if (found.size <= MAX_CAUSES) found.add(cause);
    }
    return [...found].slice(1).map((cause) => Object.freeze(this.#cause(cause, undefined)));
  }

  #cause(error: unknown, givenCode: string | undefined): Cause {
    const isError = isErrorLike(error);
    const own = error as Error & { readonly code?: unknown };
    const code = givenCode ?? (isError ? peek(() => own.code) : undefined);
    return {
      type: this.name(isError ? peek(() => own.name || own.constructor.name) || "Error" : typeof error),
      message: this.text(isError ? (peek(() => own.message) ?? "unknown") : error),
      ...(typeof code === "string" && { code: this.name(code) }),
    };
  }
}

/** Errors of other realms and of clients that throw plain objects are none to `instanceof`. */
export function isErrorLike(value: unknown): value is Error {
  return (
    peek(
      () => value instanceof Error || (typeof value === "object" && typeof (value as Error).message === "string"),
    ) === true
  );
}

const firstOf = (list: unknown): unknown[] => (Array.isArray(list) ? list.slice(0, MAX_CAUSES) : []);

/** What is behind an error: its cause, and of several in one each. */
function causesOf(error: unknown): unknown[] {
  if (!isErrorLike(error)) return [];
  const cause = peek(() => error.cause);
  const several = peek(() => firstOf((error as AggregateError).errors)) ?? [];
  return [cause, ...several].filter((each) => each !== undefined && each !== null);
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
