// Tells who serves MCP clients which resources have changed: every resource at most once per interval, however much happens.
// Reads any source; written to nothing but the notifier.

import { parseDuration } from "../../duration.js";
import { expectedButReceived, ProgressError } from "../../errors.js";
import type { Change, Duration, OperationSource } from "../../model.js";
import { OPERATIONS, operationUri, reportUri } from "./uris.js";

/** `handler.notify` of `createMcpHandler` fits. */
export interface ChangeNotifier {
  /** The list of resources has changed. */
  resourcesChanged(): void;
  resourceUpdated(uri: string): void;
  /** Whether anybody would hear of this one. @default yes */
  wants?(uri: string): boolean;
}
export interface PublishOptions {
  /** Shortest time between two notifications about one resource. @default "1s" */
  readonly interval?: Duration | undefined;
  /** Told when the source fails; then no more changes are told. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

const INTERVAL_MILLIS = 1_000;
/** Told in one round; what is over waits for the next one. */
const MOST = 1_000;

/**
 * Follows `source` until the returned function is called. Never keeps the process alive by itself. Throws ProgressError
 * UNSUPPORTED for a source without changes, INVALID_OPTION for a bad interval.
 */
export function publishChanges(source: OperationSource, to: ChangeNotifier, options: PublishOptions = {}): () => void {
  if (!source.capabilities.includes("watch")) throw new ProgressError("UNSUPPORTED", "this source tells no changes");
  const interval = options.interval === undefined ? INTERVAL_MILLIS : parseDuration(options.interval);
  if (interval === undefined)
    throw expectedButReceived("INVALID_OPTION", "interval", 'a duration such as "1s"', options.interval);
  const stop = new AbortController();
  publish(source, to, interval, stop.signal).catch((error) => stop.signal.aborted || options.onError?.(error));
  return () => stop.abort();
}

/** What changes during a pause is merged by the source: nothing queues up here. */
async function publish(
  source: OperationSource,
  to: ChangeNotifier,
  millis: number,
  signal: AbortSignal,
): Promise<void> {
  const round = new Round(to);
  for await (const change of source.watch({}, { signal })) {
    round.note(change);
    while (!round.done && !signal.aborted) {
      round.tell();
      await pause(millis, signal);
    }
  }
}

class Round {
  readonly #to: ChangeNotifier;
  /** Operations there are; bounded as the source is. */
  readonly #known = new Set<string>();
  /** Operations to be told of; emptied by `tell`. */
  readonly #pending = new Set<string>();
  #list = false;

  constructor(to: ChangeNotifier) {
    this.#to = to;
  }

  get done(): boolean {
    return this.#pending.size === 0;
  }

  note(change: Change): void {
    const changed = change.kind === "snapshot" ? change.operations : change.changed;
    for (const { id } of changed) {
      if (!this.#known.has(id) && change.kind === "update") this.#list = true;
      this.#known.add(id);
      if (change.kind === "update") this.#pending.add(id);
    }
    if (change.kind === "snapshot") return;
    for (const id of change.removed) {
      if (this.#known.delete(id)) this.#list = true;
      this.#pending.add(id);
    }
  }

  tell(): void {
    if (this.#pending.size > 0) this.#updated(OPERATIONS);
    let left = MOST;
    for (const id of this.#pending) {
      this.#pending.delete(id);
      this.#updated(operationUri(id));
      this.#updated(reportUri(id));
      if (--left === 0) break;
    }
    if (this.#list) this.#to.resourcesChanged();
    this.#list = false;
  }

  #updated(uri: string): void {
    if (this.#to.wants?.(uri) ?? true) this.#to.resourceUpdated(uri);
  }
}

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    timer.unref?.();
    signal.addEventListener("abort", done, { once: true });
  });
}
