// Callbacks on what happens to operations and levels. Called in order, never from inside the call that caused them, so a
// slow or failing listener is not part of anybody's work; one that fails three times in a row is dropped.

import type { Diagnostics } from "../diagnostics.js";
import { expectedButReceived } from "../errors.js";
import type {
  EventName,
  EventPayloads,
  Filter,
  LevelSnapshot,
  OperationExporter,
  ProgressEvent,
  Snapshot,
} from "../model.js";
import { matches, rowOfEntry, rowOfSnapshot } from "../state/selection.js";
import { snapshotOperation } from "../state/snapshot.js";
import { peek } from "./clean.js";
import { outside } from "./context.js";
import type { Handle } from "./handle.js";

export interface SubscribeOptions<E extends EventName> {
  /** @default all */
  readonly events?: readonly E[] | undefined;
  /** On the operation. */
  readonly filter?: Filter | undefined;
  /** Aborting it unsubscribes. */
  readonly signal?: AbortSignal | undefined;
}

interface Subscriber {
  readonly listener: (event: ProgressEvent) => void;
  readonly events: ReadonlySet<EventName> | undefined;
  readonly filter: Filter | undefined;
  /** Ends the subscription. */
  readonly remove: () => void;
  failures: number;
}

const FAILURES_IN_A_ROW = 3;
/** Events waiting for delivery; the newest are dropped beyond it, and counted. */
const QUEUE_LIMIT = 10_000;

export class Subscribers {
  readonly #diagnostics: Diagnostics;
  readonly #limit: number;
  /** Feeds us what changes at every tick; connected only while somebody wants "updated". */
  readonly #connect: (feed: OperationExporter) => () => void;
  #disconnect: (() => void) | undefined;
  #subscribers: Subscriber[] = [];
  #watchers = 0;
  /** Emptied by every delivery. */
  #queue: ProgressEvent[] = [];
  #scheduled = false;

  constructor(diagnostics: Diagnostics, limit: number, connect: (feed: OperationExporter) => () => void) {
    this.#diagnostics = diagnostics;
    this.#limit = limit;
    this.#connect = connect;
  }

  add<E extends EventName>(listener: (event: ProgressEvent<E>) => void, options: SubscribeOptions<E>): () => void {
    if (typeof listener !== "function") throw expectedButReceived("INVALID_OPTION", "listener", "a function", listener);
    if (this.#full()) return () => {};
    const subscriber: Subscriber = {
      listener: listener as (event: ProgressEvent) => void,
      events: options.events && new Set<EventName>(options.events),
      filter: options.filter,
      remove: () => {
        options.signal?.removeEventListener("abort", remove);
        this.#set(this.#subscribers.filter((other) => other !== subscriber));
      },
      failures: 0,
    };
    const { remove } = subscriber;
    if (options.signal?.aborted) return () => {};
    options.signal?.addEventListener("abort", remove, { once: true });
    this.#set([...this.#subscribers, subscriber]);
    return remove;
  }

  /** A place for a watcher, until the returned function is called; undefined when there is none left. */
  addWatcher(): (() => void) | undefined {
    if (this.#full()) return undefined;
    this.#watchers++;
    return () => {
      this.#watchers--;
    };
  }

  #full(): boolean {
    if (this.#subscribers.length + this.#watchers < this.#limit) return false;
    this.#diagnostics.count("subscribers_refused");
    this.#diagnostics.warnOnce(
      "subscribers",
      `there are ${this.#limit} listeners and watchers (the limit); a further one is refused`,
    );
    return true;
  }

  /** Whether anybody listens to `event`: if not, no snapshot is made. */
  wants(event: EventName): boolean {
    return this.#subscribers.some(({ events }) => events === undefined || events.has(event));
  }

  emit<E extends EventName>(handle: Handle, event: E, payload: EventPayloads[E]): void {
    if (!this.#wantsOf(event, handle)) return;
    const operation = operationOf(handle);
    this.#enqueue({
      event,
      time: now(handle),
      operation,
      ...(!handle.isOperation && { level: handle.snapshot() }),
      ...payload,
    });
  }

  /** Asked before a snapshot is made: events of levels are many. */
  #wantsOf(event: EventName, handle: Handle): boolean {
    const wanting = this.#subscribers.filter(({ events }) => events === undefined || events.has(event));
    if (wanting.length === 0) return false;
    const row = rowOfEntry(handle.operation, handle.core.settings.clock.monotonicMillis());
    return wanting.some(({ filter }) => filter === undefined || this.#passes(row, filter));
  }

  /** An unreadable filter lets everything come to its listener, where it fails and is counted. */
  #passes(row: Parameters<typeof matches>[0], filter: Filter): boolean {
    return peek(() => matches(row, filter)) ?? true;
  }

  #set(subscribers: Subscriber[]): void {
    this.#subscribers = subscribers;
    if (!this.wants("updated")) {
      this.#disconnect?.();
      this.#disconnect = undefined;
    } else if (this.#disconnect === undefined)
      this.#disconnect = this.#connect({ export: (changed) => this.#updated(changed) });
  }

  #updated(changed: readonly Snapshot[]): void {
    for (const operation of changed) {
      if (operation.status === "running") this.#enqueue({ event: "updated", time: operation.updatedAt, operation });
    }
  }

  #enqueue(event: { event: EventName; time: string; operation: Snapshot; level?: LevelSnapshot }): void {
    if (this.#queue.length >= QUEUE_LIMIT) return this.#diagnostics.count("events_dropped");
    this.#queue.push(Object.freeze(event) as ProgressEvent);
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => outside(() => this.#deliver()));
  }

  #deliver(): void {
    this.#scheduled = false;
    const queue = this.#queue;
    this.#queue = [];
    for (const event of queue) for (const subscriber of this.#subscribers) this.#call(subscriber, event);
  }

  #call(subscriber: Subscriber, event: ProgressEvent): void {
    const { events, filter, listener } = subscriber;
    if (events !== undefined && !events.has(event.event)) return;
    try {
      if (filter !== undefined && !matches(rowOfSnapshot(event.operation), filter)) return;
      const result: unknown = listener(event);
      if (!(result instanceof Promise)) subscriber.failures = 0;
      else
        result.then(
          () => {
            subscriber.failures = 0;
          },
          (error) => this.#failed(subscriber, error),
        );
    } catch (error) {
      this.#failed(subscriber, error);
    }
  }

  #failed(subscriber: Subscriber, error: unknown): void {
    this.#diagnostics.failed("callbacks_failed", "a progress listener", error);
    subscriber.failures++;
    this.#dropIfFailing(subscriber);
  }

  #dropIfFailing(subscriber: Subscriber): void {
    if (subscriber.failures < FAILURES_IN_A_ROW) return;
    subscriber.remove();
    this.#diagnostics.warnOnce("subscriber dropped", "a progress listener failed three times in a row and was dropped");
  }
}

function now(handle: Handle): string {
  return new Date(handle.core.settings.clock.epochMillis()).toISOString();
}

/** The operation an event is about; without its levels when the event is about one of them, which comes beside it. */
function operationOf(handle: Handle): Snapshot {
  const context = handle.core.snapshotContext();
  return snapshotOperation(handle.operation, handle.isOperation ? context : { ...context, levels: false });
}
