// A Jaeger as an OperationSource: the history of every process that sends its spans there, rebuilt from them. What has ended is
// as the live source told it, as far as spans hold it; what runs is as of its last marker.

import { systemClock } from "../clock.js";
import { parseDuration } from "../duration.js";
import { expectedButReceived, ProgressError } from "../errors.js";
import { historyStats } from "../history-stats.js";
import type { Change, Duration, Filter, ListOptions, OperationSource, Snapshot, Stats } from "../model.js";
import { matches, rowOfSnapshot, select } from "../state/selection.js";
import { JaegerClient } from "./jaeger/client.js";
import { Reading } from "./jaeger/reading.js";
import { searchesFor, windowFor } from "./jaeger/searches.js";

export interface JaegerSourceOptions {
  /** Of its query service, with its base path if it has one: "http://localhost:16686". */
  readonly url: string;
  /** Sent with every request: `{ authorization: "Bearer …" }`. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** `service.name` of the processes to ask for. @default all services; each is one more question */
  readonly service?: string | undefined;
  /** Traces read at most for one answer; what is older is left out then. @default 2000 */
  readonly limit?: number | undefined;
  /** Of one request to Jaeger. @default "10s" */
  readonly timeout?: Duration | undefined;
  /** How far back is looked when a question says nothing about it (`since`). @default "7d" */
  readonly lookback?: Duration | undefined;
}

const DEFAULT_LIMIT = 100;
const MAX_TRACES = 100_000;
/** Services asked at the same time. */
const AT_ONCE = 4;

/** Throws ProgressError INVALID_OPTION; its methods reject with SOURCE_FAILED when Jaeger does not answer as expected. */
export function createJaegerSource(options: JaegerSourceOptions): OperationSource {
  return new JaegerSource(options);
}

class JaegerSource implements OperationSource {
  readonly capabilities = ["history"] as const;
  readonly #client: JaegerClient;
  readonly #service: string | undefined;
  readonly #limit: number;
  readonly #lookbackMillis: number;
  #malformed = 0;
  #incomplete = 0;

  constructor({ url, headers = {}, service, limit = 2_000, timeout = "10s", lookback = "7d" }: JaegerSourceOptions) {
    if (service === "") throw expectedButReceived("INVALID_OPTION", "service", "the name of a service", service);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_TRACES) {
      throw expectedButReceived("INVALID_OPTION", "limit", `a whole number from 1 to ${MAX_TRACES}`, limit);
    }
    this.#client = new JaegerClient({ url, headers, timeoutMillis: millisOf("timeout", timeout) });
    this.#service = service;
    this.#limit = limit;
    this.#lookbackMillis = millisOf("lookback", lookback);
  }

  /** Of several runs with that id the latest. */
  async get(id: string): Promise<Snapshot | undefined> {
    const [latest] = await this.list({ id, limit: 1 });
    return latest;
  }

  async list(options: ListOptions = {}): Promise<readonly Snapshot[]> {
    const limit = Math.max(0, Math.floor(options.limit ?? DEFAULT_LIMIT));
    const inOrder = (options.sort ?? "started") === "started";
    const { found } = await this.#read(options, inOrder ? limit : Number.POSITIVE_INFINITY);
    const chosen = select(found, rowOfSnapshot, options);
    return Object.freeze(options.levels === false ? chosen.map(withoutLevels) : chosen);
  }

  /** Of what is found within `lookback` and `limit`: not since the start of anything. */
  async stats(): Promise<Stats> {
    const { found } = await this.#read({}, Number.POSITIVE_INFINITY);
    const losses = { malformed_spans: this.#malformed, incomplete_answers: this.#incomplete };
    return historyStats(found, losses);
  }

  watch(): AsyncIterable<Change> {
    throw new ProgressError(
      "UNSUPPORTED",
      "watch: Jaeger tells no changes, it can only be asked; watch the source of the process or of a server instead",
    );
  }

  async #read(filter: Filter, enough: number): Promise<Reading> {
    const nowMillis = systemClock.epochMillis();
    const reading = new Reading(this.#client, {
      limit: this.#limit,
      nowMicros: nowMillis * 1000,
      service: this.#service,
      passes: (snapshot) => matches(rowOfSnapshot(snapshot), filter),
      enough,
    });
    const window = windowFor(filter, this.#lookbackMillis, nowMillis);
    if (window === undefined || enough === 0) return reading;
    const searches = searchesFor(filter);
    await eachAtOnce(AT_ONCE, searches.length === 0 ? [] : await this.#services(), async (service) => {
      for (const search of searches) await reading.read({ service, ...search }, window);
    });
    this.#malformed += reading.malformed;
    if (reading.incomplete) this.#incomplete++;
    return reading;
  }

  async #services(): Promise<readonly string[]> {
    return this.#service === undefined ? this.#client.services() : [this.#service];
  }
}

const withoutLevels = (snapshot: Snapshot): Snapshot => Object.freeze({ ...snapshot, levels: Object.freeze([]) });

function millisOf(what: string, value: Duration): number {
  const millis = parseDuration(value);
  if (millis !== undefined && millis > 0) return millis;
  throw expectedButReceived("INVALID_OPTION", what, 'milliseconds or a duration such as "10s" or "7d"', value);
}

async function eachAtOnce<T>(most: number, items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const rest = [...items];
  const worker = async (): Promise<void> => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: most }, worker));
}
