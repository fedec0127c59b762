// This process as an OperationSource, answered at once.

import type { Change, Filter, ListOptions, OperationSource, Snapshot, Stats } from "../model.js";
import { matches, rowOfEntry, rowOfSnapshot, select, statistics } from "../state/selection.js";
import { snapshotOperation } from "../state/snapshot.js";
import type { Core } from "./core.js";
import type { Definition } from "./definition.js";
import type { Handle } from "./handle.js";

export interface LiveSource extends OperationSource {
  /** Running, or ended and still kept. Exact at the moment of the call. */
  get(id: string): Snapshot | undefined;
  get<S extends string>(definition: Definition<S>, id: string): Snapshot<S> | undefined;
  /** Running and ended operations; at most 100 unless told. */
  list(options?: ListOptions): readonly Snapshot[];
  stats(): Stats;
  requestCancel(id: string, reason?: string): boolean;
  /** Forgets the ended operations. */
  clearHistory(): void;
}

export function createLiveSource(core: Core): LiveSource {
  const { state } = core;
  const all = () => [...state.active(), ...state.retention.finished()];
  return {
    capabilities: ["live", "watch", "history", "control"],
    get(given: string | Definition, id?: string): Snapshot<never> | undefined {
      const entry = state.get(typeof given === "string" ? given : id!);
      if (entry === undefined || (typeof given !== "string" && entry.kind.type !== given.type)) return undefined;
      return snapshotOperation(entry, core.snapshotContext()) as Snapshot<never>;
    },
    list(options: ListOptions = {}) {
      const context = core.snapshotContext();
      const chosen = select(all(), (entry) => rowOfEntry(entry, context.now), options);
      return Object.freeze(chosen.map((entry) => snapshotOperation(entry, context)));
    },
    stats: () => statistics(state),
    watch: (filter = {}, options = {}) => watch(core, filter, options.signal),
    requestCancel(id, reason) {
      const entry = state.getActive(id);
      if (entry === undefined) return false;
      (entry as Handle).requestCancel(reason);
      return true;
    },
    clearHistory: () => state.clearHistory(),
  };
}

/** What happened since the watcher last looked: the latest of each operation, and how many states it did not see. */
class Pending {
  readonly changed: Map<string, Snapshot> = new Map();
  readonly removed: Set<string> = new Set();
  missed = 0;

  get empty(): boolean {
    return this.changed.size === 0 && this.removed.size === 0;
  }
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
  const passes = (snapshot: Snapshot) => matches(rowOfSnapshot(snapshot), filter);
  const since = core.state.stamp();
  const context = core.snapshotContext();
  const first = [...core.state.active(), ...core.state.retention.finished()]
    .filter((entry) => core.state.get(entry.id) === entry) // of two with one id the later one
    .map((entry) => snapshotOperation(entry, context))
    .filter(passes);
  const leave = core.subscribers.addWatcher();
  if (leave === undefined) {
    yield { kind: "snapshot", operations: Object.freeze(first) };
    return undefined;
  }
  const known = new Set(first.map(({ id }) => id));
  let pending = new Pending();
  const remove = core.publisher.add(
    {
      export(changed, removed) {
        for (const snapshot of changed) note(snapshot, passes(snapshot), known, pending);
        for (const id of removed) if (known.delete(id)) pending.removed.add(id);
        if (!pending.empty) wait.wake();
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
      if (pending.empty && wait.closing) return undefined;
      if (pending.empty) {
        await new Promise<void>((resolve) => {
          wait.wake = resolve;
        });
        continue;
      }
      const { changed, removed, missed } = pending;
      pending = new Pending();
      yield { kind: "update", changed: [...changed.values()], removed: [...removed], missed };
    }
    return undefined;
  } finally {
    signal?.removeEventListener("abort", abort);
    remove();
    leave();
  }
}

/** One that no longer passes the filter is gone for this watcher. */
function note(snapshot: Snapshot, passes: boolean, known: Set<string>, pending: Pending): void {
  const { id } = snapshot;
  if (passes) {
    if (pending.changed.has(id)) pending.missed++;
    pending.changed.set(id, snapshot);
    pending.removed.delete(id);
    known.add(id);
  } else if (known.delete(id)) {
    pending.changed.delete(id);
    pending.removed.add(id);
  }
}
