// An instance as its exporters see it, when they share its operations with other processes.

import type { ExporterHost } from "../exporter-host.js";
import { stalledAt } from "../state/deadlines.js";
import { snapshotOperation } from "../state/snapshot.js";
import type { Core } from "./core.js";
import type { Handle } from "./handle.js";
import { tellLost } from "./journal/lost.js";
import { readShared } from "./journal/reading.js";
import { recordOf } from "./journal/records.js";

export function hostOf(core: Core): ExporterHost {
  const { state, instance, ownership, diagnostics } = core;
  return {
    instance,
    get(id) {
      const entry = state.get(id);
      return entry === undefined || entry.elsewhere ? undefined : snapshotOperation(entry, core.snapshotContext());
    },
    all() {
      const context = core.snapshotContext();
      // In the order they ended, then what runs: of two operations with one id the later one comes last.
      const entries = [...[...state.retention.finished()].reverse(), ...state.active()];
      return entries.filter(({ elsewhere }) => !elsewhere).map((entry) => snapshotOperation(entry, context));
    },
    requestCancel(id, reason) {
      const entry = state.getActive(id) as Handle | undefined;
      if (entry === undefined || entry.elsewhere) return false;
      entry.requestCancel(reason);
      return true;
    },
    idleOf(id) {
      const entry = state.getActive(id);
      if (entry?.status !== "running" || entry.elsewhere) return undefined;
      const at = stalledAt(entry, core.settings.timeLimits);
      if (at === Number.POSITIVE_INFINITY) return undefined;
      return [(state.clock.monotonicMillis() - entry.moved) / 1000, (at - entry.moved) / 1000];
    },
    recordOf(id) {
      const entry = state.getActive(id);
      return entry === undefined ? undefined : JSON.stringify({ instance, op: recordOf(entry as Handle) });
    },
    lost(record, seenMillis) {
      const shared = readShared(record);
      if (shared === undefined) return diagnostics.count("fleet_damaged");
      tellLost(core, { header: shared, records: [shared.op], lastSeenMillis: seenMillis });
    },
    disown(id) {
      const entry = state.get(id);
      if (entry !== undefined) ownership.disown(entry as Handle);
    },
    guardSpans: (isShared) => ownership.guard(isShared),
    spansEnded: () => ownership.number,
    addTransport: (transport) => core.crossing.add(transport),
    confirm: (id, spansEnded) => ownership.confirm(id, spansEnded),
    count: (loss, n) => diagnostics.count(loss, n),
    failed: (loss, what, error) => diagnostics.failed(loss, what, error),
  };
}
