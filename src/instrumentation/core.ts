// What the parts of one instance share. Built by createProgress; every handle has a reference to it.

import type { Diagnostics } from "../diagnostics.js";
import type { EtaHistory } from "../eta-history.js";
import type { Instance } from "../model.js";
import type { Publisher } from "../publisher.js";
import type { Kind } from "../state/kind.js";
import type { LiveState } from "../state/live-state.js";
import type { Sampler } from "../state/sampler.js";
import type { SnapshotContext } from "../state/snapshot.js";
import type { Cleaner } from "./clean.js";
import type { Scopes } from "./context.js";
import type { Crossing } from "./crossing/crossing.js";
import type { Handle } from "./handle.js";
import type { Journal } from "./journal/journal.js";
import type { LostSpans } from "./journal/lost-spans.js";
import type { Instruments } from "./metrics.js";
import type { Settings } from "./options.js";
import type { SpanOwnership } from "./span-ownership.js";
import type { SpanRecorder } from "./span-recorder.js";
import type { Subscribers } from "./subscribers.js";

export interface Core {
  readonly settings: Settings;
  readonly diagnostics: Diagnostics;
  readonly cleaner: Cleaner;
  readonly instance: Instance;
  readonly state: LiveState;
  readonly sampler: Sampler;
  readonly publisher: Publisher;
  readonly recorder: SpanRecorder;
  readonly ownership: SpanOwnership;
  readonly instruments: Instruments;
  readonly scopes: Scopes;
  /** Where running operations are written down, if that is wanted. */
  journal: Journal | undefined;
  /** What completed runs teach about the remaining time of later ones. */
  readonly etaHistory: EtaHistory;
  readonly lostSpans: LostSpans;
  readonly subscribers: Subscribers;
  /** Work for operations of other instances, and theirs for ours. */
  crossing: Crossing;
  /** A handle that has not begun; of the checking class in strict mode. */
  newHandle(
    kind: Kind,
    id: string,
    parent: Handle | undefined,
    name: string | undefined,
    unit: string | undefined,
  ): Handle;
  /** A new operation id: unique in the fleet. */
  newId(): string;
  /** An operation ended: readers hear of it in this turn of the event loop, not at the next tick. */
  endedSoon(): void;
  /** What snapshots need, as of now. */
  snapshotContext(): SnapshotContext;
}

const CORE = Symbol.for("otel-progress.core.v1");

/** Hides the core on the public object, findable by another copy of this package in the process. */
export function attachCore(target: object, core: Core): void {
  Object.defineProperty(target, CORE, { value: core });
}

export function coreOf(target: object): Core {
  const core = (target as { [CORE]?: Core })[CORE];
  if (core === undefined) throw new TypeError("expected an instance made by createProgress()");
  return core;
}
