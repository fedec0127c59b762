// One listener: what it wants, what it is told and when it is dropped. A listener that returns a promise is busy until that
// settles: what happens meanwhile waits for it in order, of the updates of an operation only the latest.

import type { Diagnostics } from "../diagnostics.js";
import { type Granularity, tells } from "../granularity.js";
import type { EventName, Filter, ProgressEvent } from "../model.js";
import { matches, type Row, rowOfSnapshot } from "../state/selection.js";
import { peek } from "./clean.js";
import { promised } from "./settling.js";

export interface SubscribeOptions<E extends EventName> {
  /** @default all */
  readonly events?: readonly E[] | undefined;
  /** On the operation. */
  readonly filter?: Filter | undefined;
  /** At most that of the instance, which is the default. */
  readonly granularity?: Granularity | undefined;
  /** Aborting it unsubscribes. */
  readonly signal?: AbortSignal | undefined;
}

/** All there are: the compiler misses none. */
export const EVENT_NAMES: readonly string[] = Object.keys({
  started: true,
  updated: true,
  stage: true,
  completed: true,
  failed: true,
  cancelRequested: true,
  cancelled: true,
  skipped: true,
  paused: true,
  resumed: true,
  stalled: true,
  recovered: true,
  lost: true,
} satisfies Record<EventName, true>);

type Listener = (event: ProgressEvent) => unknown;

const FAILURES_IN_A_ROW = 3;
/** Events that wait for one busy listener; further ones are dropped and counted. */
const HELD = 10_000;

export class Subscription {
  readonly #listener: Listener;
  readonly #events: ReadonlySet<EventName> | undefined;
  readonly #filter: Filter | undefined;
  readonly #granularity: Granularity;
  readonly #diagnostics: Diagnostics;
  /** Ends it. */
  readonly remove: () => void;
  #failures = 0;
  #busy = false;
  #over = false;
  /** In the order they happened. */
  readonly #held = new Set<ProgressEvent>();
  /** The update of an operation among them, and how many it stands for besides itself. */
  readonly #updates = new Map<string, { readonly event: ProgressEvent; readonly missed: number }>();

  constructor(
    listener: Listener,
    options: SubscribeOptions<EventName>,
    granularity: Granularity,
    diagnostics: Diagnostics,
    remove: () => void,
  ) {
    this.#listener = listener;
    this.#events = options.events && new Set<EventName>(options.events);
    this.#filter = options.filter;
    this.#granularity = granularity;
    this.#diagnostics = diagnostics;
    this.remove = () => {
      this.#over = true;
      this.#held.clear();
      this.#updates.clear();
      remove();
    };
  }

  wants(event: EventName, ofLevel: boolean): boolean {
    return (this.#events === undefined || this.#events.has(event)) && tells(this.#granularity, event, ofLevel);
  }

  /** An unreadable filter lets everything come to its listener, where it fails and is counted. */
  passes(row: Row): boolean {
    const filter = this.#filter;
    return filter === undefined || (peek(() => matches(row, filter)) ?? true);
  }

  tell(event: ProgressEvent): void {
    if (this.#over || !this.wants(event.event, event.level !== undefined)) return;
    if (this.#busy) this.#hold(event);
    else this.#call(event);
  }

  #hold(event: ProgressEvent): void {
    const { id } = event.operation;
    const before = event.event === "updated" ? this.#updates.get(id) : undefined;
    if (before === undefined && this.#held.size >= HELD) return this.#diagnostics.count("events_dropped");
    // A later state must not overtake what happened before it.
    if (before !== undefined) this.#held.delete(before.event);
    if (event.event === "updated")
      this.#updates.set(id, { event, missed: before === undefined ? 0 : before.missed + 1 });
    this.#held.add(event);
  }

  /** The listener is ready again: it is told what waits, until it is busy with some of it. */
  #release(): void {
    this.#busy = false;
    for (const event of this.#held) {
      this.#held.delete(event);
      this.#call(this.#withMissed(event));
      if (this.#busy) return;
    }
  }

  #withMissed(event: ProgressEvent): ProgressEvent {
    if (event.event !== "updated") return event;
    const { id } = event.operation;
    const { missed } = this.#updates.get(id)!;
    this.#updates.delete(id);
    return missed > 0 ? Object.freeze({ ...event, missed }) : event;
  }

  #call(event: ProgressEvent): void {
    try {
      if (this.#filter !== undefined && !matches(rowOfSnapshot(event.operation), this.#filter)) return;
      const result = promised(this.#listener(event));
      if (!(result instanceof Promise)) this.#failures = 0;
      else this.#wait(result);
    } catch (error) {
      this.#failed(error);
    }
  }

  #wait(result: Promise<unknown>): void {
    this.#busy = true;
    result.then(
      () => {
        this.#failures = 0;
        this.#release();
      },
      (error) => {
        this.#failed(error);
        this.#release();
      },
    );
  }

  #failed(error: unknown): void {
    this.#diagnostics.failed("callbacks_failed", "a progress listener", error);
    if (++this.#failures < FAILURES_IN_A_ROW) return;
    this.remove();
    this.#diagnostics.warnOnce("subscriber dropped", "a progress listener failed three times in a row and was dropped");
  }
}
