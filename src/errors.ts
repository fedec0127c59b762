// The one error class of the package. Outside strict mode misuse never throws; see diagnostics.ts.

export type ProgressErrorCode =
  | "UNKNOWN_STAGE"
  | "UNKNOWN_LEVEL"
  | "INVALID_NUMBER"
  | "DUPLICATE_ID"
  | "INVALID_TRANSITION"
  | "ENDED"
  | "INVALID_OPTION"
  | "LIMIT"
  | "CANCELLED"
  | "TIMEOUT"
  | "ABANDONED"
  | "UNFINISHED"
  | "UNSUPPORTED"
  | "SOURCE_FAILED";

/** What went wrong, as a code for programs and as a sentence for people: what was expected, what came. */
export class ProgressError extends Error {
  override readonly name = "ProgressError";
  readonly code: ProgressErrorCode;
  // Declared only: a field of a class exists even when nothing is put into it.
  declare readonly expected?: string;
  declare readonly received?: string;

  constructor(
    code: ProgressErrorCode,
    message: string,
    context: { expected?: string; received?: string; cause?: unknown } = {},
  ) {
    super(message, context.cause === undefined ? undefined : { cause: context.cause });
    this.code = code;
    if (context.expected !== undefined) this.expected = context.expected;
    if (context.received !== undefined) this.received = context.received;
  }
}

/** The refusal of a value, as one sentence. */
export function expectedButReceived(
  code: ProgressErrorCode,
  what: string,
  expected: string,
  received: unknown,
): ProgressError {
  const shown = describe(received);
  return new ProgressError(code, `${what}: expected ${expected}, received ${shown}`, { expected, received: shown });
}

/** Throws INVALID_OPTION for what does not have all of these methods. `such` goes on with what is expected: ", such as …". */
export function checkMethods(what: string, given: unknown, names: readonly string[], such = ""): void {
  const methods = (given ?? {}) as Readonly<Record<string, unknown>>;
  if (names.every((name) => typeof methods[name] === "function")) return;
  const calls = names
    .map((name) => `${name}()`)
    .join(", ")
    .replace(/, ([^,]*)$/, " and $1");
  throw expectedButReceived("INVALID_OPTION", what, `an object with ${calls}${such}`, given);
}

/** Throws INVALID_OPTION for an option that nobody knows: misspelt ones must not be taken for none. */
export function checkNames(what: string, given: object, known: readonly string[]): void {
  const stranger = Object.keys(given).find((name) => !known.includes(name));
  if (stranger !== undefined) throw expectedButReceived("INVALID_OPTION", what, `one of ${known.join(", ")}`, stranger);
}

/** A short text for any value, safe for objects whose `toString` throws. */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 80 ? `${value.slice(0, 80)}…` : value);
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "an array" : "an object";
  if (typeof value === "function") return "a function";
  return String(value);
}
