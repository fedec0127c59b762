// The vocabulary every other file speaks: statuses, snapshots, filters, and the two ports
// (OperationSource: can be asked; OperationExporter: is told). Types only.

import type { ExporterHost } from "./exporter-host.js";

/** Milliseconds, or a whole number with a unit: "250ms", "30s", "2m", "1h", "7d". Refused at set-up when negative or not finite. */
export type Duration = number | `${number}${"ms" | "s" | "m" | "h" | "d"}`;
/** Structurally OpenTelemetry's attribute value, repeated so that browser code needs no OpenTelemetry package. */
export type AttributeValue =
  | string
  | number
  | boolean
  | readonly (string | null | undefined)[]
  | readonly (number | null | undefined)[]
  | readonly (boolean | null | undefined)[];
export type Attributes = { readonly [name: string]: AttributeValue | undefined };
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type MaybePromise<T> = T | PromiseLike<T>;

/** How far a total can be trusted. `unknown` shows no percentage at all. */
export type TotalKind = "exact" | "estimate" | "atLeast" | "unknown";
export type Status = "pending" | "running" | "paused" | "completed" | "failed" | "cancelled" | "lost";
export type LevelStatus = Status | "skipped";

/** A stage as a reader sees it: `from` and `to` are percent of the operation, 0 to 100. */
export interface StageInfo<S extends string = string> {
  readonly name: S;
  readonly label: string;
  readonly from: number;
  readonly to: number;
}

// ── snapshots: frozen copies of the state at one moment. What is unknown is absent, never 0 or "" ──

export interface ErrorInfo {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
  readonly details?: Json;
  /** What caused it, and what caused that; of several errors in one each of them; at most 8. */
  readonly causes?: readonly Cause[];
}
/** One error of the chain behind another. */
export interface Cause {
  readonly type: string;
  readonly message: string;
  readonly code?: string;
}

/** Remaining time in seconds; between `low` and `high` about 80 % of runs end. */
export interface Eta {
  readonly seconds: number;
  readonly low: number;
  readonly high: number;
  readonly basis: "rate" | "history" | "blend" | "reported";
}

/** An unfinished span under a stalled operation: what it is probably stuck on. */
export interface WaitingOn {
  readonly name: string;
  readonly elapsedSeconds: number;
  readonly attributes: Attributes;
}

/** What operations and levels have in common. Times are RFC 3339, durations seconds, rates items per second. */
export interface Numbers {
  /** Items settled. With a total, settled levels count when they are more: "3 of 10 songs". */
  readonly current?: number;
  readonly total?: number;
  readonly totalKind?: TotalKind;
  readonly unit?: string;
  /** 0 to 100, never lower than the last one shown, 100 only when completed. Absent when unknown. */
  readonly percentage?: number;
  /** Share (0 to 1) of the weight below whose total is known; absent when all of it is. Then `percentage` is a floor. */
  readonly coverage?: number;
  /** The percentage is, or contains, the guess of `simulate`. */
  readonly estimated?: true;
  /** The raw value fell below the percentage shown. */
  readonly revised?: true;
  /** More items were done, or more parts begun, than `total` was before: it is raised. */
  readonly overrun?: true;
  readonly message?: string;
  readonly description?: string;
  readonly failedItems?: number;
  readonly skippedItems?: number;
  readonly startedAt?: string;
  readonly updatedAt: string;
  readonly progressedAt?: string;
  /** Since the start, time spent paused left out. */
  readonly elapsedSeconds: number;
  readonly rate?: number;
  readonly peakRate?: number;
  /** Over the whole working time of this attempt; its inverse is the time per item. */
  readonly meanRate?: number;
  readonly eta?: Eta;
  readonly attempt: number;
  readonly attributes: Attributes;
}

/**
 * Of the whole process while the operation ran, not of the operation alone: what else ran at the time is in it. The event
 * loop is that of this thread.
 */
export interface ProcessUsage {
  /** User and system time. */
  readonly cpuSeconds: number;
  /** CPU time per elapsed time: 1 is one core, several threads may use more. */
  readonly cpuUtilization: number;
  /** 0 to 1: share of the time the event loop was busy. */
  readonly eventLoopUtilization?: number;
  /** Resident memory now, or at the end. */
  readonly memoryBytes: number;
  /** And how much more that is than at the start; negative when it shrank. Absent in histories that know only the end. */
  readonly memoryGrowthBytes?: number;
}

export interface Stalled {
  readonly seconds: number;
  readonly waitingOn: readonly WaitingOn[];
}
export interface CancelRequested {
  readonly reason?: string;
  readonly at: string;
}

/** The fields that depend on the status. */
export type Ending =
  | {
      readonly status: "pending" | "running";
      readonly stalled?: Stalled;
      readonly cancelRequested?: CancelRequested;
    }
  | { readonly status: "paused"; readonly reason?: string; readonly cancelRequested?: CancelRequested }
  | { readonly status: "completed"; readonly endedAt: string; readonly summary?: Json }
  | { readonly status: "failed"; readonly endedAt: string; readonly error: ErrorInfo }
  | { readonly status: "cancelled"; readonly endedAt: string; readonly reason?: string }
  | { readonly status: "lost"; readonly lastSeenAt: string };

export type LevelSnapshot = Numbers & {
  readonly id: string;
  readonly type: string;
  readonly name: string;
  readonly operationId: string;
  /** Share of the parent, in the parent's weight scheme; absent when it was not given. */
  readonly weight?: number;
  readonly levels: readonly LevelSnapshot[];
  /** Ended levels that were folded into counts to stay within the limit. */
  readonly droppedLevels?: number;
} & (Ending | { readonly status: "skipped"; readonly endedAt: string; readonly reason?: string });

/** The direct parts of an operation, by outcome; skipped and cancelled ones left out. */
export interface Counts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  /** Not settled yet: running, paused or still to begin. */
  readonly pending: number;
}
/** The process it runs in. `host` and `pid` are absent where a tracing backend does not know them. */
export interface Instance {
  readonly id: string;
  readonly host?: string;
  readonly pid?: number;
}

export type Snapshot<S extends string = string> = Numbers &
  Ending & {
    readonly id: string;
    readonly type: string;
    readonly name: string;
    readonly stage?: S;
    readonly parentId?: string;
    readonly traceId?: string;
    readonly spanId?: string;
    readonly instance: Instance;
    readonly counts?: Counts;
    /** Absent for operations shorter than a tick. */
    readonly process?: ProcessUsage;
    readonly levels: readonly LevelSnapshot[];
    readonly droppedLevels?: number;
    /** Progress over time, bounded: seconds since the start, ratio 0 to 1. */
    readonly curve?: readonly (readonly [seconds: number, ratio: number])[];
  };

/** Lets work elsewhere count where it belongs. Plain JSON for any message or queue, without baggage; its fields may be headers. */
export interface Carrier {
  /** W3C trace context of the operation or level; absent without an SDK. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** What it is of, how its owner is reached, a key to it; at most 4,096 characters. Empty when it is not tracked. */
  readonly progress: string;
}

// ── asking ──

export interface Filter {
  /** Exactly this one. */
  readonly id?: string | undefined;
  readonly status?: readonly Status[] | undefined;
  readonly type?: string | undefined;
  /** Case-insensitive, in id, type, name and message. */
  readonly text?: string | undefined;
  /** Started at or after. */
  readonly since?: Date | string | undefined;
  /** Started before. */
  readonly until?: Date | string | undefined;
  /** Of this parent operation; `null` for those that have none. */
  readonly parentId?: string | null | undefined;
}
export interface ListOptions extends Filter {
  /** At most this many. @default 100 */
  readonly limit?: number | undefined;
  /** Latest first for started and updated, longest first for duration. @default "started" */
  readonly sort?: "started" | "updated" | "duration" | undefined;
  /** `false`: the levels are not needed, and a source may leave them out. @default true */
  readonly levels?: boolean | undefined;
}
export interface Stats {
  readonly active: number;
  readonly byStatus: Readonly<Record<Status, number>>;
  /** Active operations by type. */
  readonly byType: Readonly<Record<string, number>>;
  /** Of completed operations, recent ones of each type. */
  readonly meanSeconds?: number;
  readonly p95Seconds?: number;
  /** What the limits on history let go of since the start: ended operations, and levels, which live on as counts. */
  readonly forgotten: { readonly operations: number; readonly levels: number };
  /** What was refused, dropped or ignored since the start, by cause; causes that never occurred are absent. */
  readonly losses: Readonly<Record<string, number>>;
}
/** The whole state first; then every changed operation as a complete snapshot. `missed`: intermediate states left out for a slow reader. */
export type Change =
  | { readonly kind: "snapshot"; readonly operations: readonly Snapshot[] }
  | {
      readonly kind: "update";
      readonly changed: readonly Snapshot[];
      readonly removed: readonly string[];
      readonly missed: number;
    };

/** Anything that can be asked for snapshots: this process, a fleet, a remote server, a tracing backend. */
export interface OperationSource {
  readonly capabilities: readonly ("live" | "watch" | "history" | "control")[];
  requestCancel?(id: string, reason?: string): MaybePromise<boolean>;
  get(id: string): MaybePromise<Snapshot | undefined>;
  list(options?: ListOptions): MaybePromise<readonly Snapshot[]>;
  stats(): MaybePromise<Stats>;
  watch(filter?: Filter, options?: { readonly signal?: AbortSignal | undefined }): AsyncIterable<Change>;
  /**
   * Like `watch`, but told at once, also from inside a blocked event loop; where copying what changed takes long, less often. The
   * whole state first; the first update may repeat some of it. Returns what ends it. Counted by no limit: whoever calls it sees to that.
   */
  follow?(listener: (change: Change) => void, filter?: Filter): () => void;
}

/** Anything snapshots are pushed to. An exporter that throws or rejects is isolated and counted. */
export interface OperationExporter {
  /** Called once, before anything else, with the instance it is added to. */
  connect?(host: ExporterHost): void;
  /** May be driven from inside a blocked loop: `export` must then finish its work before it returns. */
  readonly synchronous?: true;
  /** `changed`: complete snapshots, each operation once; `removed`: ids that left the history. */
  export(changed: readonly Snapshot[], removed: readonly string[]): MaybePromise<void>;
  forceFlush?(): Promise<void>;
  shutdown?(): Promise<void>;
}

// ── events ──

export interface EventPayloads {
  started: Record<never, never>;
  /** `missed`: updates since the last one told that were left out because the listener was busy; absent when none were. */
  updated: { readonly missed?: number };
  stage: { readonly stage: string; readonly previous?: string };
  completed: Record<never, never>;
  failed: { readonly error: ErrorInfo };
  cancelRequested: { readonly reason?: string };
  cancelled: { readonly reason?: string };
  /** Levels only. */
  skipped: { readonly reason?: string };
  paused: { readonly reason?: string };
  resumed: Record<never, never>;
  stalled: { readonly idleSeconds: number; readonly waitingOn: readonly WaitingOn[] };
  recovered: Record<never, never>;
  /** Its process died; found in the journal. */
  lost: { readonly lastSeenAt: string };
}
export type EventName = keyof EventPayloads;
export type ProgressEvent<E extends EventName = EventName> = {
  [N in E]: {
    readonly event: N;
    readonly time: string;
    /** When it happened to a level, its operation is without `levels`. */
    readonly operation: Snapshot;
    /** The level it happened to; absent when it happened to the operation itself. */
    readonly level?: LevelSnapshot;
  } & EventPayloads[N];
}[E];
