// All traces of a search, however many, in answers of bounded size. A Jaeger gives the first so many in an order that depends on its
// storage; an answer that is full may lack any of them. So its time is parted in two, and each part asked for again, the later one
// first: once an answer is not full, everything from its beginning on has been seen.

import type { Snapshot } from "../../model.js";
import * as semconv from "../../semconv.js";
import { AnswerTooLarge, failed, type JaegerClient, type Wanted, type Window } from "./client.js";
import { operationsOf } from "./family-tree.js";
import { serviceOf, snapshotOf } from "./snapshots.js";
import { readTrace, type Trace, traceIdOf } from "./untrusted.js";

/** Traces of one answer. */
const PAGE = 100;
/** Answers for one question, so that a storage in which time does not part anything is left alone some time. */
const MAX_ANSWERS = 200;

export interface ReadingOptions {
  /** Traces read at most. */
  readonly limit: number;
  readonly nowMicros: number;
  /** Of this service alone. */
  readonly service: string | undefined;
  readonly passes: (snapshot: Snapshot) => boolean;
  /** No more are wanted once so many began at or after what is all read. */
  readonly enough: number;
}

export class Reading {
  readonly #client: JaegerClient;
  readonly #options: ReadingOptions;
  readonly #seen = new Set<string>();
  #answers = 0;
  readonly found: Snapshot[] = [];
  /** Spans and traces that could not be read. */
  malformed = 0;
  /** There may be more than what was read. */
  incomplete = false;

  constructor(client: JaegerClient, options: ReadingOptions) {
    this.#client = client;
    this.#options = options;
  }

  async read(wanted: Wanted, whole: Window): Promise<void> {
    const waiting = [whole];
    let page = Math.min(PAGE, this.#options.limit);
    for (let window = waiting.pop(); window !== undefined; window = waiting.pop()) {
      if (this.#seen.size >= this.#options.limit || this.#answers++ >= MAX_ANSWERS) {
        this.incomplete = true;
        return;
      }
      const traces = await this.#ask(wanted, window, page);
      if (traces === "too large") {
        page = smaller(page);
        waiting.push(window);
        continue;
      }
      const starts = this.#take(traces, window);
      if (traces.length >= page) {
        waiting.push(...parted(window, starts));
        if (window.fromMicros === window.toMicros) this.incomplete = true;
      } else if (this.#enoughFrom(window.fromMicros)) return;
    }
  }

  async #ask(wanted: Wanted, window: Window, page: number): Promise<readonly unknown[] | "too large"> {
    try {
      return await this.#client.traces(wanted, window, page);
    } catch (error) {
      if (error instanceof AnswerTooLarge) return "too large";
      throw error;
    }
  }

  /** Returns when the spans in it began that are about progress, within the window. */
  #take(traces: readonly unknown[], window: Window): number[] {
    const starts: number[] = [];
    for (const one of traces) {
      const trace = this.#isNew(one) ? readTrace(one) : undefined;
      if (trace === undefined) continue;
      this.malformed += trace.malformed;
      this.#rebuild(trace);
      for (const { tags, startMicros } of trace.spans) {
        const inside = startMicros > window.fromMicros && startMicros <= window.toMicros;
        if (inside && tags.has(semconv.ATTR_OPERATION_ID)) starts.push(startMicros);
      }
    }
    return starts.sort((a, b) => a - b);
  }

  #isNew(trace: unknown): boolean {
    const id = traceIdOf(trace);
    if (id === undefined) this.malformed++;
    if (id === undefined || this.#seen.has(id) || this.#seen.size >= this.#options.limit) return false;
    this.#seen.add(id);
    return true;
  }

  #rebuild(trace: Trace): void {
    const { service, nowMicros, passes } = this.#options;
    for (const operation of operationsOf(trace)) {
      if (service !== undefined && serviceOf(operation) !== service) continue;
      const snapshot = snapshotOf(operation, nowMicros);
      if (passes(snapshot)) this.found.push(snapshot);
    }
  }

  #enoughFrom(micros: number): boolean {
    const later = this.found.filter(({ startedAt }) => Date.parse(startedAt ?? "") * 1000 >= micros);
    return later.length >= this.#options.enough;
  }
}

function smaller(page: number): number {
  if (page > 1) return Math.ceil(page / 4);
  throw failed("/api/traces", "a single trace is too large to be read");
}

/** The later half last. Nothing when it cannot be parted. */
function parted({ fromMicros, toMicros }: Window, starts: readonly number[]): Window[] {
  if (fromMicros >= toMicros) return [];
  const middle = starts[Math.floor(starts.length / 2)] ?? Math.ceil((fromMicros + toMicros) / 2);
  return [
    { fromMicros, toMicros: middle - 1 },
    { fromMicros: middle, toMicros },
  ];
}
