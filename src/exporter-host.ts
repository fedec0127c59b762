// What an exporter may ask of the instance that feeds it, when it shares the operations of that instance with other processes.
// Types only: offered by instrumentation/, used by redis/.

import type { ContributionTransport } from "./contribution-transport.js";
import type { Loss } from "./diagnostics.js";
import type { Instance, Snapshot } from "./model.js";

export interface ExporterHost {
  readonly instance: Instance;
  get(id: string): Snapshot | undefined;
  /** Everything: what runs, and what has ended and is still kept. */
  all(): readonly Snapshot[];
  /** False when it is not running. */
  requestCancel(id: string, reason?: string): boolean;
  /**
   * For how many seconds a running operation has not moved, and how many it may not until it is stalled; undefined when it is stalled, or
   * never is.
   */
  idleOf(id: string): readonly [idle: number, limit: number] | undefined;
  /** What another instance needs to tell that a running operation was lost with this process, and to end its spans: JSON, for `lost`. */
  recordOf(id: string): string | undefined;
  /** An operation of a process that died, by the record of it: told here, and its spans ended here. */
  lost(record: string, seenMillis: number): void;
  /** Others have taken a running operation for lost: its spans are theirs to end. The work goes on. */
  disown(id: string): void;
  /**
   * While `isShared` says so of an operation, others would end its spans if this process died: they are ended here when the
   * others know, as told by `confirm`. Returns what ends the guard.
   */
  guardSpans(isShared: (id: string) => boolean): () => void;
  /** Number of the latest end of a span that waits, or waited. */
  spansEnded(): number;
  /** The others know the operation as it was when the end of this number had come. */
  confirm(id: string, spansEnded: number): void;
  /** One more way between carriers and their owners. Returns what removes it. */
  addTransport(transport: ContributionTransport): () => void;
  /** Something was lost. */
  count(loss: Loss, n?: number): void;
  /** Something failed: counted, and said once. */
  failed(loss: Loss, what: string, error: unknown): void;
}
