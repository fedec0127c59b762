// A server of this package as an OperationSource: the same questions and answers as in the process itself. Needs `fetch` and
// nothing else, so it runs in browsers and in Node.js.

import { ChangeReader } from "../change-reader.js";
import { type Clock, systemClock } from "../clock.js";
import { parseDuration } from "../duration.js";
import { expectedButReceived } from "../errors.js";
import type {
  Change,
  Duration,
  Filter,
  ListOptions,
  MaybePromise,
  OperationSource,
  Snapshot,
  Stats,
} from "../model.js";
import { followEvents } from "./event-connection.js";
import type { ServerEvent } from "./event-parser.js";
import { queryOf } from "./filter-query.js";
import { errorOf, HttpSourceError, lostConnection } from "./http-error.js";

export interface HttpSourceOptions {
  /** Of the server, with its base path: "http://127.0.0.1:4680". In browsers it may be relative to the page. */
  readonly url: string | URL;
  /** Sent as `Authorization: Bearer …`; a function is asked before every request. */
  readonly token?: string | (() => MaybePromise<string | undefined>) | undefined;
  /** Sent with every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Whether the server lets operations be cancelled: it is named among the capabilities. @default false */
  readonly control?: boolean | undefined;
  /** For the answer to one question. @default "30s" */
  readonly timeout?: Duration | undefined;
  /** A stream without a sign of life for so long is opened again; servers give one at least every 30 seconds. @default "45s" */
  readonly silenceTimeout?: Duration | undefined;
  /** The first wait before a reconnect; doubled each time, up to 15 seconds. @default "500ms" */
  readonly retryDelay?: Duration | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
  readonly clock?: Clock | undefined;
}

export interface HttpWatchOptions {
  readonly signal?: AbortSignal | undefined;
  /** Told when the stream is open, and when it broke and will be opened again. */
  readonly onConnection?: ((state: "open" | "broken", error?: unknown) => void) | undefined;
}

export interface HttpSource extends OperationSource {
  get(id: string): Promise<Snapshot | undefined>;
  list(options?: ListOptions): Promise<readonly Snapshot[]>;
  stats(): Promise<Stats>;
  /** False when it is not running, or not known. */
  requestCancel(id: string, reason?: string): Promise<boolean>;
  /**
   * Goes on when the server goes away and comes back: then with what changed meanwhile. Throws HttpSourceError when the server
   * refuses.
   */
  watch(filter?: Filter, options?: HttpWatchOptions): AsyncIterableIterator<Change>;
}

/** Throws ProgressError INVALID_OPTION for what is no address. */
export function createHttpSource(options: HttpSourceOptions): HttpSource {
  return new RemoteSource(options);
}

const MAX_RETRY_MILLIS = 15_000;
/** What a server gives at most on one page. */
const PAGE = 1000;
const DEFAULT_LIMIT = 100;

class RemoteSource implements HttpSource {
  readonly capabilities: OperationSource["capabilities"];
  readonly #base: URL;
  readonly #options: HttpSourceOptions;
  readonly #millis: { readonly timeout: number; readonly silence: number; readonly retry: number };

  constructor(options: HttpSourceOptions) {
    this.#options = options;
    this.#millis = {
      timeout: millisOf("timeout", options.timeout ?? "30s"),
      silence: millisOf("silenceTimeout", options.silenceTimeout ?? "45s"),
      retry: millisOf("retryDelay", options.retryDelay ?? "500ms"),
    };
    this.#base = baseOf(options.url);
    this.capabilities = ["live", "watch", "history", ...(options.control === true ? (["control"] as const) : [])];
  }

  async get(id: string): Promise<Snapshot | undefined> {
    if (id === "") return undefined;
    // Segments of dots are no names in an address.
    if (/^\.{1,2}$/.test(id)) return (await this.list({ id, limit: 1 }))[0];
    return orElse(undefined, async () => {
      const response = await this.#ask(`operations/${encodeURIComponent(id)}`);
      return (await response.json()) as Snapshot;
    });
  }

  async list(options: ListOptions = {}): Promise<readonly Snapshot[]> {
    const { limit = DEFAULT_LIMIT, sort, ...filter } = options;
    const operations: Snapshot[] = [];
    let cursor: string | undefined;
    while (operations.length < Math.floor(limit)) {
      const parameters = queryOf(filter);
      parameters.set("levels", options.levels === false ? "none" : "tree");
      parameters.set("limit", String(Math.min(PAGE, Math.floor(limit) - operations.length)));
      if (sort !== undefined) parameters.set("sort", sort);
      if (cursor !== undefined) parameters.set("cursor", cursor);
      const response = await this.#ask(`operations?${parameters}`);
      const page = (await response.json()) as { operations: Snapshot[]; nextCursor?: string };
      operations.push(...page.operations);
      cursor = page.nextCursor;
      if (cursor === undefined) break;
    }
    return operations;
  }

  async stats(): Promise<Stats> {
    const response = await this.#ask("stats");
    return (await response.json()) as Stats;
  }

  async requestCancel(id: string, reason?: string): Promise<boolean> {
    return orElse(false, async () => {
      const response = await this.#ask(`operations/${encodeURIComponent(id)}/cancel`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(reason === undefined ? {} : { reason }),
      });
      await response.body?.cancel();
      return true;
    });
  }

  watch(filter: Filter = {}, options: HttpWatchOptions = {}): AsyncIterableIterator<Change> {
    const stop = new AbortController();
    const leave = () => {
      options.signal?.removeEventListener("abort", leave);
      stop.abort();
      reader.leave();
    };
    const begin = () => {
      this.#follow(filter, options, reader, stop.signal).then(
        () => reader.end(),
        (error) => reader.end(error),
      );
    };
    const reader = new ChangeReader(begin, leave);
    options.signal?.addEventListener("abort", leave);
    if (options.signal?.aborted === true) leave();
    return reader;
  }

  #follow(filter: Filter, options: HttpWatchOptions, reader: ChangeReader, signal: AbortSignal): Promise<void> {
    const { silence: silenceMillis, retry: retryMillis } = this.#millis;
    return followEvents(
      {
        open: (lastEventId, connection) => this.#open(filter, lastEventId, connection),
        event: (event) => tell(reader, event),
        state: options.onConnection,
        silenceMillis,
        retryMillis,
        maxRetryMillis: Math.max(retryMillis, MAX_RETRY_MILLIS),
        clock: this.#options.clock ?? systemClock,
        random: Math.random,
      },
      signal,
    );
  }

  async #open(filter: Filter, lastEventId: string | undefined, signal: AbortSignal): Promise<Response> {
    const response = await this.#fetch(`events?${queryOf(filter)}`, {
      signal,
      headers: { accept: "text/event-stream", ...(lastEventId !== undefined && { "last-event-id": lastEventId }) },
    });
    if (response.ok) return response;
    throw await errorOf(response);
  }

  async #ask(path: string, init: RequestInit = {}): Promise<Response> {
    const signal = AbortSignal.timeout(this.#millis.timeout);
    const request = () => this.#fetch(path, { ...init, signal });
    // Asking twice does no harm, so what failed with the connection is asked again, on a new one, as browsers do by themselves.
    const safe = (init.method ?? "GET") === "GET";
    const response = await request().catch((error) => {
      if (safe && lostConnection(error)) return request();
      throw error;
    });
    if (response.ok) return response;
    throw await errorOf(response);
  }

  async #fetch(path: string, init: RequestInit): Promise<Response> {
    const { token, headers, fetch = globalThis.fetch } = this.#options;
    const bearer = typeof token === "function" ? await token() : token;
    return fetch(new URL(path, this.#base), {
      cache: "no-store",
      ...init,
      headers: {
        accept: "application/json",
        ...headers,
        ...(bearer !== undefined && { authorization: `Bearer ${bearer}` }),
        ...(init.headers as Record<string, string> | undefined),
      },
    });
  }
}

/** An operation that is unknown, or has ended, is no failure of the question. */
async function orElse<T>(otherwise: T, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const type = error instanceof HttpSourceError ? error.problem?.type : undefined;
    if (type === "urn:otel-progress:unknown-operation" || type === "urn:otel-progress:conflict") return otherwise;
    throw error;
  }
}

function tell(reader: ChangeReader, { event, data }: ServerEvent): void {
  if (event === "snapshot") {
    const { operations } = JSON.parse(data) as { operations: Snapshot[] };
    reader.snapshot(operations);
  } else if (event === "update") {
    const { changed, removed, missed } = JSON.parse(data) as Change & { kind: "update" };
    reader.update(changed, removed, missed);
  }
}

function baseOf(url: string | URL): URL {
  const here = globalThis.location?.href;
  const base = URL.canParse(url, here) ? new URL(url, here) : undefined;
  if (base === undefined || !/^https?:$/.test(base.protocol))
    throw expectedButReceived("INVALID_OPTION", "url", "an address with http: or https:", String(url));
  base.search = base.hash = "";
  if (!base.pathname.endsWith("/")) base.pathname += "/";
  return base;
}

function millisOf(name: string, duration: Duration): number {
  const millis = parseDuration(duration);
  if (millis !== undefined && millis > 0) return millis;
  throw expectedButReceived("INVALID_OPTION", name, 'milliseconds or a duration such as "30s"', duration);
}
