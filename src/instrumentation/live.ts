// This process as an OperationSource, answered at once.

import type { Change, Filter, ListOptions, OperationSource, Snapshot, Stats } from "../model.js";
import { matches, rowOfEntry, rowOfSnapshot, select, statistics } from "../state/selection.js";
import { snapshotOperation } from "../state/snapshot.js";
import { Unread } from "../unread.js";
import type { Core } from "./core.js";
import { type Definition, isDefinition } from "./definition.js";
import { Followers } from "./followers.js";
import type { Handle } from "./handle.js";

export interface LiveSource extends OperationSource {
  /** Running, or ended and still kept. Exact at the moment of the call. */
  get(id: string): Snapshot | undefined;
  get<S extends string>(definition: Definition<S>, id: string): Snapshot<S> | undefined;
  /** Running and ended operations; at most 100 unless told. */
  list(options?: ListOptions): readonly Snapshot[];
  stats(): Stats;
  requestCancel(id: string, reason?: string): boolean;
  follow(listener: (change: Change) => void, filter?: Filter): () => void;
  /** Forgets the ended operations. */
  clearHistory(): void;
}

export function createLiveSource(core: Core): LiveSource {
  const { cleaner, state } = core;
  function* all() {
    yield* state.active();
    yield* state.retention.finished();
  }
  const followers = new Followers(core.diagnostics, (feed) => core.publisher.add(feed, state.stamp(), { paced: true }));
  return {
    capabilities: ["live", "watch", "history", "control"],
    get(given: string | Definition, id?: string): Snapshot<never> | undefined {
      const entry = state.get(cleaner.id(isDefinition(given) ? id : given));
      if (entry === undefined || (isDefinition(given) && entry.kind.type !== given.type)) return undefined;
      core.crossing.takeOver(entry);
      return snapshotOperation(entry, core.snapshotContext()) as Snapshot<never>;
    },
    list(options: ListOptions = {}) {
      const context = { ...core.snapshotContext(), levels: options.levels !== false };
      const chosen = select(all(), (entry) => rowOfEntry(entry, context.now), options);
      return Object.freeze(chosen.map((entry) => snapshotOperation(entry, context)));
    },
    stats: () => statistics(state),
    watch: (filter = {}, options = {}) => watch(core, filter, options.signal),
    follow: (listener, filter = {}) => followers.add(listener, filter, present(core, filter)),
    requestCancel(id, reason) {
      const entry = state.getActive(cleaner.id(id));
      if (entry === undefined) return false;
      (entry as Handle).requestCancel(reason);
      return true;
    },
    clearHistory: () => state.clearHistory(),
  };
}

/** What passes the filter now; of two operations with one id the later one. */
function present({ state, snapshotContext }: Core, filter: Filter): Snapshot[] {
  const context = snapshotContext();
  const one = filter.id === undefined ? undefined : state.get(filter.id);
  const all =
    filter.id === undefined ? [...state.active(), ...state.retention.finished()] : one === undefined ? [] : [one];
  return all
    .filter((entry) => state.get(entry.id) === entry && matches(rowOfEntry(entry, context.now), filter))
    .map((entry) => snapshotOperation(entry, context));
}

/** What a waiting watch is told from outside. */
interface Wait {
  /** It is left: nothing more is wanted. */
  over: boolean;
  /** The instance is shut down: what is pending is still given. */
  closing: boolean;
  wake(): void;
}

/** A stream that can be left while it waits: a generator alone would answer `return()` only after its next change. */
function watch(core: Core, filter: Filter, signal: AbortSignal | undefined): AsyncIterableIterator<Change> {
  const wait: Wait = { over: false, closing: false, wake: () => {} };
  const changes = follow(core, filter, signal, wait);
  return {
    next: () => changes.next(),
    return: () => {
      wait.over = true;
      wait.wake();
      return changes.return(undefined);
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}

/** Over the limit a watcher gets the present state, and its stream ends; so it does when the instance is shut down. */
async function* follow(
  core: Core,
  filter: Filter,
  signal: AbortSignal | undefined,
  wait: Wait,
): AsyncGenerator<Change, undefined> {
  const since = core.state.stamp();
  const first = present(core, filter);
  const leave = core.subscribers.addWatcher();
  if (leave === undefined) {
    yield { kind: "snapshot", operations: Object.freeze(first) };
    return undefined;
  }
  const unread = new Unread(first);
  const remove = core.publisher.add(
    {
      export(changed, removed) {
        for (const snapshot of changed) unread.note(snapshot, matches(rowOfSnapshot(snapshot), filter));
        for (const id of removed) unread.gone(id);
        if (!unread.empty) wait.wake();
      },
      async shutdown() {
        wait.closing = true;
        wait.wake();
      },
    },
    since,
  );
  const abort = () => {
    wait.over = true;
    wait.wake();
  };
  if (signal?.aborted === true) wait.over = true;
  else signal?.addEventListener("abort", abort);
  try {
    yield { kind: "snapshot", operations: Object.freeze(first) };
    while (!wait.over) {
      if (unread.empty && wait.closing) return undefined;
      if (unread.empty) {
        await new Promise<void>((resolve) => {
          wait.wake = resolve;
        });
        continue;
      }
      yield unread.take();
    }
    return undefined;
  } finally {
    signal?.removeEventListener("abort", abort);
    remove();
    leave();
  }
}
