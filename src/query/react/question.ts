// What a hook asks for, as plain data, and the key by which two hooks that ask for the same are known.

import { parseDuration } from "../../duration.js";
import { expectedButReceived } from "../../errors.js";
import type { Change, Duration, Filter, ListOptions, OperationSource } from "../../model.js";

/** `connecting`: nothing came yet. `reconnecting`: it broke and is tried again. `closed`: nothing more will come. */
export type Connection = "connecting" | "open" | "reconnecting" | "closed";

/** A source that tells the state of its connection as well, where it has one. */
export interface ConnectedSource extends OperationSource {
  watch(
    filter?: Filter,
    options?: {
      readonly signal?: AbortSignal | undefined;
      readonly onConnection?: ((state: "open" | "broken", error?: unknown) => void) | undefined;
    },
  ): AsyncIterable<Change>;
}

/** Where to ask, and how. */
export interface PlaceOptions {
  /** Address of the progress server, absolute or relative to the page: "/progress". @default "/" */
  readonly url?: string | undefined;
  /** Sent as `Authorization: Bearer …`. A new one opens a new stream. */
  readonly token?: string | undefined;
  /** Ask again every so often instead of following a stream; at least 100 ms. @default a stream */
  readonly pollInterval?: Duration | undefined;
  /** Asked instead of `url`: what a test or a story provides, or `progress.live` in the same process. Must stay the same object. */
  readonly source?: OperationSource | undefined;
}

/** Everything that makes a difference to what comes back. */
export interface Question {
  readonly url: string;
  readonly token: string | undefined;
  readonly source: OperationSource | undefined;
  readonly pollMillis: number | undefined;
  readonly filter: Filter;
  /** Of a list that is polled. One that is streamed is ordered and cut by whoever shows it. */
  readonly order: Pick<ListOptions, "limit" | "sort">;
}

const LEAST_MILLIS = 100;

/** Throws ProgressError INVALID_OPTION for an interval that is none. */
export function questionOf(options: ListOptions, place: PlaceOptions): Question {
  const { limit, sort, ...filter } = options;
  const pollMillis = intervalOf(place.pollInterval);
  return {
    url: place.url ?? "/",
    token: place.token,
    source: place.source,
    pollMillis,
    filter,
    order: pollMillis === undefined ? {} : { limit, sort },
  };
}

function intervalOf(interval: Duration | undefined): number | undefined {
  if (interval === undefined) return undefined;
  const millis = parseDuration(interval);
  if (millis !== undefined && millis >= LEAST_MILLIS) return millis;
  throw expectedButReceived("INVALID_OPTION", "pollInterval", `a duration of at least ${LEAST_MILLIS} ms`, interval);
}

/** The same for questions that mean the same. `numberOf` tells sources apart. */
export function keyOf({ filter, order, ...place }: Question, numberOf: (source: OperationSource) => number): string {
  const { id, status, type, text, since, until, parentId } = filter;
  return JSON.stringify({
    ...(place.source === undefined ? { url: place.url, token: place.token } : { source: numberOf(place.source) }),
    poll: place.pollMillis,
    id,
    status: status === undefined ? undefined : [...new Set(status)].sort(),
    type,
    text,
    since: timeOf(since),
    until: timeOf(until),
    parentId,
    limit: order.limit,
    sort: order.sort,
  });
}

/** What is no date is kept as it is, for the source to refuse. */
function timeOf(time: Date | string | undefined): string | undefined {
  return typeof time === "object" && !Number.isNaN(time.getTime()) ? time.toISOString() : (time as string | undefined);
}
