// Questions to a Jaeger over its query API: bounded in time and size, with errors that say what was asked and what came.

import { expectedButReceived, ProgressError } from "../../errors.js";
import { dataOf, errorsOf } from "./untrusted.js";

export interface ClientOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMillis: number;
  /** Of one answer. @default 32 MiB; a trace of an operation with a thousand levels has about two */
  readonly maxBytes?: number;
}
/** What spans have that are looked for: all of it the same span. */
export interface Wanted {
  readonly service: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The name of the span. */
  readonly operation?: string;
}
/** When they began, both ends included. Microseconds since 1970. */
export interface Window {
  readonly fromMicros: number;
  readonly toMicros: number;
}

const MAX_BYTES = 32 * 2 ** 20;

/** An answer that is too large to be read: less must be asked for. */
export class AnswerTooLarge extends Error {}

export class JaegerClient {
  readonly #base: string;
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#base = checkedBase(options.url);
    this.#options = options;
  }

  async services(): Promise<readonly string[]> {
    const names = await this.#ask("services", new URLSearchParams());
    return names.filter((name) => typeof name === "string");
  }

  /** Whole traces with such a span, at most `limit`, in whatever order the storage has. */
  traces(
    { service, tags, operation }: Wanted,
    { fromMicros, toMicros }: Window,
    limit: number,
  ): Promise<readonly unknown[]> {
    const query = new URLSearchParams({
      service,
      tags: JSON.stringify(tags),
      start: String(fromMicros),
      end: String(toMicros),
      limit: String(limit),
      // As it was stored: times are not to be moved by guesses about clocks.
      raw: "true",
    });
    if (operation !== undefined) query.set("operation", operation);
    return this.#ask("traces", query);
  }

  async #ask(what: string, query: URLSearchParams): Promise<readonly unknown[]> {
    const signal = AbortSignal.timeout(this.#options.timeoutMillis);
    const path = `/api/${what}`;
    try {
      const response = await fetch(`${this.#base}${path}?${query}`, {
        headers: { accept: "application/json", ...this.#options.headers },
        // Headers may hold what nobody else is to see.
        redirect: "manual",
        signal,
      });
      return await readAnswer(path, response, this.#options.maxBytes ?? MAX_BYTES);
    } catch (error) {
      if (error instanceof ProgressError || error instanceof AnswerTooLarge) throw error;
      if (signal.aborted) throw failed(path, `no answer within ${this.#options.timeoutMillis} ms`);
      throw failed(path, reasonOf(error), error);
    }
  }
}

function checkedBase(url: string): string {
  const parsed = typeof url === "string" && URL.canParse(url) ? new URL(url) : undefined;
  if (parsed === undefined || !["http:", "https:"].includes(parsed.protocol)) {
    throw expectedButReceived("INVALID_OPTION", "url", 'an address such as "http://localhost:16686"', url);
  }
  if (parsed.username === "" && parsed.password === "") return `${parsed.origin}${parsed.pathname.replace(/\/+$/, "")}`;
  throw new ProgressError("INVALID_OPTION", "url: expected no user and password in it; give them as `headers`");
}

async function readAnswer(path: string, response: Response, maxBytes: number): Promise<readonly unknown[]> {
  const { status } = response;
  if (status >= 300 && status < 400) {
    await response.body?.cancel();
    throw failed(path, `it answered ${status}, a redirect; is the url the whole of its base path?`);
  }
  const text = await readText(response, maxBytes);
  const answer = parsed(text);
  if (status !== 200) throw failed(path, `it answered ${status}${shown(errorsOf(answer) ?? text)}`);
  const data = dataOf(answer);
  if (data !== undefined) return data;
  throw failed(path, `expected an answer of Jaeger's API${shown(errorsOf(answer) ?? text)}`);
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const decoder = new TextDecoder();
  const parts: string[] = [];
  let bytes = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += chunk.byteLength;
    // Leaving the loop cancels what is still to come.
    if (bytes > maxBytes) throw new AnswerTooLarge(`over ${maxBytes} bytes`);
    parts.push(decoder.decode(chunk, { stream: true }));
  }
  return parts.join("") + decoder.decode();
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** As one line, and not all of it. */
function shown(text: string): string {
  const line = text
    .slice(0, 200)
    .replace(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return line === "" ? "" : `: ${line}`;
}

/** `fetch` says why only in the cause. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error & { cause?: { code?: unknown; message?: unknown } };
  return String(cause?.code ?? cause?.message ?? message);
}

export function failed(path: string, why: string, cause?: unknown): ProgressError {
  return new ProgressError("SOURCE_FAILED", `Jaeger, ${path}: ${why}`, { cause });
}
