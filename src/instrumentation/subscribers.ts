// Callbacks on what happens to operations and levels. Called in order, never from inside the call that caused them, so a
// slow or failing listener is not part of anybody's work; one that fails three times in a row is dropped.

import type { Diagnostics } from "../diagnostics.js";
import { expectedButReceived } from "../errors.js";
import { GRANULARITIES, type Granularity } from "../granularity.js";
import type { EventName, EventPayloads, LevelSnapshot, OperationExporter, ProgressEvent, Snapshot } from "../model.js";
import { rowOfEntry } from "../state/selection.js";
import { snapshotOperation } from "../state/snapshot.js";
import { outside } from "./context.js";
import type { Handle } from "./handle.js";
import { EVENT_NAMES, type SubscribeOptions, Subscription } from "./subscription.js";

/** Events waiting for delivery; the newest are dropped beyond it, and counted. */
const QUEUE_LIMIT = 10_000;

export class Subscribers {
  readonly #diagnostics: Diagnostics;
  readonly #limit: number;
  readonly #granularity: Granularity;
  /** Feeds us what changes at every tick; connected only while somebody wants "updated". */
  readonly #connect: (feed: OperationExporter) => () => void;
  #disconnect: (() => void) | undefined;
  #subscriptions: Subscription[] = [];
  #watchers = 0;
  /** Emptied by every delivery. */
  #queue: ProgressEvent[] = [];
  #scheduled = false;

  constructor(
    diagnostics: Diagnostics,
    limit: number,
    granularity: Granularity,
    connect: (feed: OperationExporter) => () => void,
  ) {
    this.#diagnostics = diagnostics;
    this.#limit = limit;
    this.#granularity = granularity;
    this.#connect = connect;
  }

  add<E extends EventName>(listener: (event: ProgressEvent<E>) => void, options: SubscribeOptions<E>): () => void {
    if (typeof listener !== "function") throw expectedButReceived("INVALID_OPTION", "listener", "a function", listener);
    const granularity = this.#granularityOf(options.granularity);
    checkEvents(options.events);
    if (options.signal?.aborted || this.#full()) return () => {};
    const subscription: Subscription = new Subscription(
      listener as (event: ProgressEvent) => void,
      options,
      granularity,
      this.#diagnostics,
      () => {
        options.signal?.removeEventListener("abort", subscription.remove);
        this.#set(this.#subscriptions.filter((other) => other !== subscription));
      },
    );
    options.signal?.addEventListener("abort", subscription.remove, { once: true });
    this.#set([...this.#subscriptions, subscription]);
    return subscription.remove;
  }

  /** The coarser of what is asked for and what the instance emits. */
  #granularityOf(given: Granularity | undefined): Granularity {
    if (given === undefined) return this.#granularity;
    if (!GRANULARITIES.includes(given))
      throw expectedButReceived("INVALID_OPTION", "granularity", `one of ${GRANULARITIES.join(", ")}`, given);
    return GRANULARITIES[Math.min(GRANULARITIES.indexOf(given), GRANULARITIES.indexOf(this.#granularity))]!;
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
    if (this.#subscriptions.length + this.#watchers < this.#limit) return false;
    this.#diagnostics.count("subscribers_refused");
    this.#diagnostics.warnOnce(
      "subscribers",
      `there are ${this.#limit} listeners and watchers (the limit); a further one is refused`,
    );
    return true;
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
    const wanting = this.#subscriptions.filter((subscription) => subscription.wants(event, !handle.isOperation));
    if (wanting.length === 0) return false;
    const row = rowOfEntry(handle.operation, handle.core.settings.clock.monotonicMillis());
    return wanting.some((subscription) => subscription.passes(row));
  }

  #set(subscriptions: Subscription[]): void {
    this.#subscriptions = subscriptions;
    if (!subscriptions.some((subscription) => subscription.wants("updated", false))) {
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
    for (const event of queue) for (const subscription of this.#subscriptions) subscription.tell(event);
  }
}

/** A name that is none would never be told of. */
function checkEvents(events: unknown): void {
  if (events === undefined) return;
  const expected = `a list of some of ${EVENT_NAMES.join(", ")}`;
  if (!Array.isArray(events)) throw expectedButReceived("INVALID_OPTION", "events", expected, events);
  const unknown = events.find((name) => !EVENT_NAMES.includes(name));
  if (unknown !== undefined) throw expectedButReceived("INVALID_OPTION", "events", expected, unknown);
}

function now(handle: Handle): string {
  return new Date(handle.core.settings.clock.epochMillis()).toISOString();
}

/** The operation an event is about; without its levels when the event is about one of them, which comes beside it. */
function operationOf(handle: Handle): Snapshot {
  const context = handle.core.snapshotContext();
  return snapshotOperation(handle.operation, handle.isOperation ? context : { ...context, levels: false });
}
