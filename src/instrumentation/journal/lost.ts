// An operation of a process that died, as it was last seen: kept in the history as lost, told to listeners, and its spans
// ended for it, with their own ids.

import type { Instance, TotalKind } from "../../model.js";
import type { Entry, StageCourse } from "../../state/entry.js";
import type { Core } from "../core.js";
import type { Handle } from "../handle.js";
import type { JournalRecord } from "./records.js";
import type { Found } from "./recovery.js";

/** By whatever way: in a journal, or in the store of a fleet. */
type FoundBy = Omit<Found, "header"> & { readonly header: Pick<Found["header"], "instance"> };

export function tellLost(core: Core, { header, records, lastSeenMillis }: FoundBy): void {
  // An SDK may have come since the last ones were told.
  core.lostSpans.introduce();
  const handles: Handle[] = [];
  for (const record of records) {
    const seen = Math.max(record.startedMillis, record.seenMillis, lastSeenMillis);
    const handle = revive(core, record, header.instance, seen);
    core.lostSpans.add({ handle, record, lastSeenMillis: seen });
    core.recorder.lost(handle);
    core.subscribers.emit(handle, "lost", { lastSeenAt: new Date(seen).toISOString() });
    core.endedSoon();
    handles.push(handle);
  }
  core.journal?.lost(handles);
}

/** Through the same states as any other, so that counts, history and readers agree. */
function revive(core: Core, record: JournalRecord, { id, host, pid }: Instance, seenMillis: number): Handle {
  const { cleaner, settings, state } = core;
  const text = (value: string | undefined) => (value === undefined ? undefined : cleaner.name(value));
  const known = state.get(record.id);
  const kind = state.kinds.operation(cleaner.name(record.type));
  const handle = core.newHandle(kind, cleaner.name(record.id), undefined, text(record.name), text(record.unit));
  handle.more.instance = Object.freeze({ id, ...(host !== undefined && { host }), ...(pid !== undefined && { pid }) });
  state.start(handle, settings.clock.monotonicMillis(), record.total ?? Number.NaN);
  describe(handle, record, seenMillis);
  handle.trace = record.span ?? record.trace;
  state.end(handle, "lost", seenMillis - handle.offset, 1);
  if (record.estimated) handle.outcome = { ...handle.outcome!, estimated: true };
  if (known !== undefined && isLater(known, record)) {
    // That is the one to be found by this id, and the one that readers hear of last.
    state.directory.add(known);
    state.touch(known);
  }
  return handle;
}

function describe(handle: Handle, record: JournalRecord, seenMillis: number): void {
  const { core, more, slab, i, offset } = handle;
  const { cleaner } = core;
  if (record.attributes !== undefined) more.attributes = cleaner.attributes(record.attributes as never);
  if (record.message !== undefined) more.message = cleaner.text(record.message);
  if (record.description !== undefined) more.description = cleaner.text(record.description);
  if (record.stage !== undefined) more.stages = courseAt(handle, cleaner.name(record.stage));
  more.parentId = record.parentId;
  more.totalKind = record.totalKind as TotalKind | undefined;
  more.attempt = record.attempt ?? 1;
  more.attemptBegan = record.attemptBegan ?? 0;
  more.failedItems = record.failedItems ?? 0;
  more.skippedItems = record.skippedItems ?? 0;
  slab!.started[i] = record.startedMillis - offset;
  slab!.moved[i] = record.movedMillis - offset;
  // It worked to its end, unless it was paused.
  const workedUntil = record.paused ? record.seenMillis : seenMillis;
  more.pausedMillis = seenMillis - workedUntil + (record.seenMillis - record.startedMillis - record.workMillis);
  // Done in another process: known, but not done here.
  handle.buf[i] = slab!.seen[i] = more.reportedCount = record.current ?? 0;
  if (record.percentage === undefined) return;
  more.reported = record.percentage / 100;
  slab!.shown[i] = record.percentage;
}

/** Only the stage it was in is known of an operation whose definition is not. */
function courseAt({ kind }: Handle, name: string): StageCourse {
  const stages = kind.plan?.stages ?? [];
  const at = stages.findIndex((stage) => stage.name === name);
  if (at >= 0) return { stages, entered: [], passed: [], current: at };
  return { stages: [{ name, label: name, from: 0, to: 100 }], entered: [], passed: [], current: 0 };
}

function isLater(known: Entry, { startedMillis }: JournalRecord): boolean {
  return known.slab !== undefined || known.offset + known.started > startedMillis;
}
