// From a source to an exporter: what another process, a fleet or a server knows, told like what runs here.

import { checkMethods } from "../errors.js";
import type { Change, Filter, OperationExporter, OperationSource, Snapshot } from "../model.js";
import { hasEnded } from "../status-changes.js";

export interface ExportFromOptions {
  /** @default everything */
  readonly filter?: Filter | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Tells `exporter` what changes in `source`, until the signal is aborted or the source ends; then shuts the exporter down. What had
 * ended before is not told, and nothing twice, also when the source begins anew after a broken connection. Does not keep the process
 * alive while the source waits. Rejects with what the source or the exporter fails with, and with ProgressError INVALID_OPTION for
 * what is none.
 */
export async function exportFrom(
  source: OperationSource,
  exporter: OperationExporter,
  { filter, signal }: ExportFromOptions = {},
): Promise<void> {
  checkMethods("source", source, ["watch"], ", such as progress.live");
  checkMethods("exporter", exporter, ["export"]);
  const told = new Told();
  try {
    for await (const change of source.watch(filter, { signal })) {
      const { changed, removed } = told.newIn(change);
      if (changed.length + removed.length > 0) await exporter.export(changed, removed);
    }
    await exporter.forceFlush?.();
  } finally {
    await exporter.shutdown?.();
  }
}

/** What the source had when it last spoke: no more than the source has. */
class Told {
  #versions: Map<string, string> | undefined;

  newIn(change: Change): { changed: readonly Snapshot[]; removed: readonly string[] } {
    if (change.kind === "snapshot") return this.#anew(change.operations);
    for (const snapshot of change.changed) this.#versions?.set(snapshot.id, versionOf(snapshot));
    for (const id of change.removed) this.#versions?.delete(id);
    return change;
  }

  #anew(operations: readonly Snapshot[]): { changed: readonly Snapshot[]; removed: readonly string[] } {
    const before = this.#versions;
    this.#versions = new Map(operations.map((snapshot) => [snapshot.id, versionOf(snapshot)]));
    const changed = operations.filter((snapshot) =>
      before === undefined ? !hasEnded(snapshot) : before.get(snapshot.id) !== versionOf(snapshot),
    );
    const removed = [...(before?.keys() ?? [])].filter((id) => !this.#versions!.has(id));
    return { changed, removed };
  }
}

function versionOf({ updatedAt, status }: Snapshot): string {
  return `${updatedAt} ${status}`;
}
