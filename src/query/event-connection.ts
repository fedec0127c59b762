// An event stream of a server that may go away and come back: read, noticed when it falls silent, and opened again behind
// the last event. For browsers and Node.js alike.

import type { Clock } from "../clock.js";
import { EventParser, type ServerEvent } from "./event-parser.js";
import { HttpSourceError, mediaTypeOf } from "./http-error.js";

export interface ConnectionOptions {
  /** Opens the stream behind an event. Rejects with an HttpSourceError when the server refuses. */
  open(lastEventId: string | undefined, signal: AbortSignal): Promise<Response>;
  /** Called with each event. What it throws is taken for a broken stream, which begins anew. */
  event(event: ServerEvent): void;
  /** The stream is open, or broken and will be opened again. */
  state?: ((state: "open" | "broken", error?: unknown) => void) | undefined;
  /** A stream without a sign of life for so long is broken. */
  readonly silenceMillis: number;
  /** The wait before a second try, doubled with each further one up to `maxRetryMillis`; the server may ask for more. */
  readonly retryMillis: number;
  readonly maxRetryMillis: number;
  readonly clock: Clock;
  /** 0 to 1: spreads those who lost the same server over time. */
  readonly random: () => number;
}

/** Resolves when `signal` aborts. Rejects when the server refuses for good. */
export async function followEvents(options: ConnectionOptions, signal: AbortSignal): Promise<void> {
  const { clock } = options;
  let lastEventId: string | undefined;
  let failures = 0;
  let askedMillis: number | undefined;
  let opened = false;
  const state: ConnectionOptions["state"] = (what, error) => {
    opened ||= what === "open";
    options.state?.(what, error);
  };
  const told = (event: ServerEvent) => {
    try {
      options.event(event);
    } catch (error) {
      lastEventId = undefined;
      throw error;
    }
    lastEventId = event.id;
    failures = 0;
  };
  while (!signal.aborted) {
    const broken = await once({ ...options, state }, lastEventId, told, signal, (millis) => {
      askedMillis = millis;
    });
    if (signal.aborted) return;
    // What was found before and is not found now may be a server that is being replaced.
    const refused = broken instanceof HttpSourceError && broken.permanent && !(opened && broken.status === 404);
    if (refused) throw broken;
    state("broken", broken);
    const millis = Math.max(waitMillis(options, failures++), askedMillis ?? 0, retryAfterMillis(broken));
    await sleep(clock, Math.min(millis, Math.max(options.maxRetryMillis, retryAfterMillis(broken))), signal);
  }
}

function waitMillis({ retryMillis, maxRetryMillis, random }: ConnectionOptions, failures: number): number {
  return Math.min(maxRetryMillis, retryMillis * 2 ** Math.min(failures, 30)) * (0.5 + random() / 2);
}

const MOST_RETRY_AFTER_MILLIS = 60_000;

const retryAfterMillis = (broken: unknown): number =>
  broken instanceof HttpSourceError ? Math.min((broken.retryAfterSeconds ?? 0) * 1000, MOST_RETRY_AFTER_MILLIS) : 0;

/** One connection, until it ends. Gives what broke it, if anything did. */
async function once(
  options: ConnectionOptions,
  lastEventId: string | undefined,
  told: (event: ServerEvent) => void,
  signal: AbortSignal,
  askedFor: (millis: number | undefined) => void,
): Promise<unknown> {
  const connection = new AbortController();
  const abort = () => connection.abort(signal.reason);
  signal.addEventListener("abort", abort);
  const watchdog = new Watchdog(options.clock, options.silenceMillis, () =>
    connection.abort(new Error(`the server was silent for ${options.silenceMillis / 1000} s`)),
  );
  try {
    const response = await options.open(lastEventId, connection.signal);
    if (mediaTypeOf(response) !== "text/event-stream" || response.body === null)
      throw new HttpSourceError(response, `expected an event stream, received ${mediaTypeOf(response)}`);
    options.state?.("open");
    const parser = new EventParser();
    await read(response.body, connection.signal, (text) => {
      watchdog.feed();
      for (const event of parser.push(text)) told(event);
      askedFor(parser.retryMillis);
    });
    connection.signal.throwIfAborted();
    return undefined;
  } catch (error) {
    return connection.signal.aborted ? connection.signal.reason : error;
  } finally {
    watchdog.stop();
    signal.removeEventListener("abort", abort);
    // An answer that was not read is of no use.
    connection.abort();
  }
}

async function read(
  body: ReadableStream<Uint8Array>,
  signal: AbortSignal,
  told: (text: string) => void,
): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const cancel = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener("abort", cancel);
  try {
    for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
      if (signal.aborted) return;
      told(decoder.decode(piece.value, { stream: true }));
    }
  } finally {
    signal.removeEventListener("abort", cancel);
    cancel();
  }
}

/** Barks when it was not fed for so long. */
class Watchdog {
  readonly #clock: Clock;
  readonly #stop: () => void;
  #fed: number;

  constructor(clock: Clock, millis: number, bark: () => void) {
    this.#clock = clock;
    this.#fed = clock.monotonicMillis();
    // Looked at four times as often, so that a timer need not be set for every piece.
    this.#stop = clock.every(millis / 4, () => {
      if (clock.monotonicMillis() - this.#fed >= millis) bark();
    });
  }

  feed(): void {
    this.#fed = this.#clock.monotonicMillis();
  }

  stop(): void {
    this.#stop();
  }
}

function sleep(clock: Clock, millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stop();
      signal.removeEventListener("abort", done);
      resolve();
    };
    const stop = clock.every(Math.max(1, millis), done);
    signal.addEventListener("abort", done);
  });
}
