// One operation or level in the live state. Small on purpose: what most of them never need is in Extra, what only ended
// ones have is in Outcome, and the numbers of a running one are in its slab.

import type { Pace } from "../estimator.js";
import type { Forecast } from "../eta/forecast.js";
import type {
  Attributes,
  ErrorInfo,
  Instance,
  Json,
  LevelSnapshot,
  LevelStatus,
  Snapshot,
  StageInfo,
  TotalKind,
} from "../model.js";
import type { Points } from "../points.js";
import { Cell } from "./cell.js";
import type { Family } from "./family.js";
import type { OpenSpan } from "./in-flight.js";
import type { Kind } from "./kind.js";
import type { Simulation } from "./simulation.js";
import type { Slab } from "./slab.js";
import type { UsageSample } from "./usage.js";

/** How it ended. */
export interface EndOptions {
  readonly error?: ErrorInfo | undefined;
  readonly reason?: string | undefined;
  readonly summary?: Json | undefined;
}

/** The final numbers: what the slab held, and how it ended. */
export interface Outcome {
  readonly current: number;
  readonly total: number;
  /** What was shown of both. */
  readonly shownCurrent: number;
  readonly raisedTotal: number;
  readonly started: number;
  readonly offset: number;
  readonly moved: number;
  /** Monotonic milliseconds of the end. */
  readonly ended: number;
  readonly changed: number;
  /** 0 to 1, or NaN when it was never known. */
  readonly fraction: number;
  readonly coverage: number;
  readonly estimated: boolean;
  readonly shown: number;
  readonly how: EndOptions;
  /** Of an operation: the last look at the process. */
  readonly usage: UsageSample | undefined;
  /** Its snapshot, once asked for: nothing of it changes any more, but that parts of it may be folded. */
  snapshot: Snapshot | LevelSnapshot | undefined;
  /** It left the history. */
  forgotten: boolean;
}

/** Where an operation with declared stages is. */
export interface StageCourse {
  readonly stages: readonly StageInfo[];
  /** By position: the level that is or was that stage; undefined for one not entered. */
  readonly entered: (Entry | undefined)[];
  /** Passed over: counts as done. */
  readonly passed: boolean[];
  current: number | undefined;
}

/** Ended parts in the order they ended. */
export interface EndedParts {
  readonly calm: Set<Entry>;
  readonly failed: Set<Entry>;
}

export class Extra {
  description: string | undefined;
  attributes: Attributes | undefined;
  message: string | undefined;
  totalKind: TotalKind | undefined;
  weight: number | undefined;
  /** Of a level that was declared and has not begun: its share may go by its size. */
  announcedTotal: number | undefined;
  /** The parts; exists from the first level, stage or nested operation on. */
  family: Family | undefined;
  stages: StageCourse | undefined;
  pace: Pace | undefined;
  forecast: Forecast | undefined;
  points: Points | undefined;
  failedItems = 0;
  skippedItems = 0;
  /** The guess of how far opaque work is; gone with the first thing it says itself. */
  simulation: Simulation | undefined;
  /** The percentage shown was a guess when it was reached. */
  guessed = false;
  /** With "auto" no stall is called before this many milliseconds without movement: as long as opaque parts may take. */
  patientMillis = 0;
  /** The highest count so far, of one that fell below it: what is counted again is not done again. */
  highest = 0;
  /** Part of what `current` moved since the last tick that is not work done now: failed, skipped. Emptied by every tick. */
  aside = 0;
  /** Items that were done before it began: it takes up the work of another run. */
  beforehand = 0;
  attempt = 1;
  /** Working milliseconds before this attempt. */
  attemptBegan = 0;
  /** Given by the work itself instead of a count, 0 to 1, when, and where the count stood: holds until that moves. */
  reported: number | undefined;
  reportedCount = 0;
  reportedEtaSeconds: number | undefined;
  reportedAt = 0;
  revised = false;
  pausedAt: number | undefined;
  pausedMillis = 0;
  reason: string | undefined;
  summary: Json | undefined;
  cancelRequested: { readonly reason: string | undefined; readonly atEpochMillis: number } | undefined;
  /** Limits of this entry in milliseconds; undefined means the default of the instance. */
  stallTimeout: number | "auto" | undefined;
  timeout: number | undefined;
  abandonAfter: number | undefined;
  /** Monotonic milliseconds since when it is stalled. */
  stalledSince: number | undefined;
  aliveAt = 0;
  /** Of an operation: when it was last told of while it ran, and when it is to be told of next. Monotonic milliseconds. */
  checkpointedAt: number | undefined;
  checkpointAt: number | undefined;
  /** Of an operation: levels ever made (names those without an id), open now, and given a span. */
  levelCount = 0;
  openLevels = 0;
  levelSpans = 0;
  /** Of an operation: parts that ended and are kept, ready to be folded; gone with its end. */
  endedParts: EndedParts | undefined;
  /** Of an operation: spans of others that are open under it, by key. */
  openSpans: Map<string, OpenSpan> | undefined;
  /** Of an operation: levels that are kept, by id. */
  levelsById: Map<string, Entry> | undefined;
  controller: AbortController | undefined;
  /** A signal from outside whose abort is a cancel request, and what stops listening to it. */
  outside: AbortSignal | undefined;
  unfollow: (() => void) | undefined;
  /** Where a lost operation ran; otherwise it is this instance. */
  instance: Instance | undefined;
  /**
   * Counted by another instance: the image of somebody else's operation or level that is worked on here, or of a level that is
   * worked on there. The metrics, exporters and journal of this one leave it out.
   */
  elsewhere = false;
  /** Part of `current` that others counted. */
  contributed = 0;
  /** And what it was a part of there. */
  parentId: string | undefined;
  /** Events written to its span, against their budgets. */
  ownEvents = 0;
  userEvents = 0;
}

export interface TraceIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** What the work had reported itself, unless its count moved since: then that takes its place. */
export function reportOf({ extra, current }: Entry): number | undefined {
  return current === extra?.reportedCount ? extra.reported : undefined;
}

export function forgetReported(extra: Extra): void {
  extra.reported = undefined;
  extra.reportedEtaSeconds = undefined;
}

export class Entry extends Cell {
  readonly kind: Kind;
  readonly id: string;
  readonly parent: Entry | undefined;
  /** Where the numbers are while it runs; undefined before (pending) and after. */
  slab: Slab | undefined = undefined;
  status: LevelStatus = "pending";
  name: string | undefined;
  unit: string | undefined;
  extra: Extra | undefined = undefined;
  outcome: Outcome | undefined = undefined;

  /** Of an operation: the look at the process before its start. */
  usage: UsageSample | undefined = undefined;
  /** Ids of its span, if it has one. */
  trace: TraceIds | undefined = undefined;

  constructor(
    buf: Float64Array,
    kind: Kind,
    id: string,
    parent: Entry | undefined,
    name: string | undefined,
    unit: string | undefined,
  ) {
    super(buf, 0);
    this.kind = kind;
    this.id = id;
    this.parent = parent;
    this.name = name;
    this.unit = unit;
  }

  /** What is rarely needed, made when first written. */
  get more(): Extra {
    this.extra ??= new Extra();
    return this.extra;
  }

  get isOperation(): boolean {
    return this.kind.level === undefined;
  }

  /** See Extra. */
  get elsewhere(): boolean {
    return this.extra?.elsewhere === true;
  }

  /** The operation this belongs to; itself, if it is one. */
  get operation(): Entry {
    let entry: Entry = this;
    while (entry.kind.level !== undefined) entry = entry.parent!;
    return entry;
  }

  /** Of the operation that it is a part of. */
  get parentId(): string | undefined {
    return this.parent === undefined ? this.extra?.parentId : this.parent.operation.id;
  }

  get depth(): number {
    let depth = 0;
    for (let entry = this.parent; entry !== undefined; entry = entry.parent) depth++;
    return depth;
  }

  // The accessors below read the slab while it runs and the outcome afterwards.

  get current(): number {
    return this.slab === undefined ? (this.outcome?.current ?? 0) : this.buf[this.i]!;
  }
  /** What is shown as done: with a total, its settled parts count too ("3 of 10 songs"). */
  get shownCurrent(): number {
    if (this.outcome !== undefined) return this.outcome.shownCurrent;
    const settled = this.total > 0 ? (this.extra?.family?.settled ?? 0) : 0;
    return Math.max(this.current, settled);
  }
  /** The total, raised by what goes beyond it, items or parts; NaN when unknown. */
  get raisedTotal(): number {
    const { outcome, total, shownCurrent } = this;
    if (outcome !== undefined) return outcome.raisedTotal;
    const family = total > 0 ? this.extra?.family : undefined;
    return Math.max(total, shownCurrent, family === undefined ? 0 : family.total - family.excluded);
  }
  /** NaN when unknown. */
  get total(): number {
    if (this.slab !== undefined) return this.slab.total[this.i]!;
    return this.outcome?.total ?? this.extra?.announcedTotal ?? Number.NaN;
  }
  get started(): number {
    return this.slab === undefined ? (this.outcome?.started ?? Number.NaN) : this.slab.started[this.i]!;
  }
  get offset(): number {
    return this.slab === undefined ? (this.outcome?.offset ?? 0) : this.slab.offset[this.i]!;
  }
  get moved(): number {
    return this.slab === undefined ? (this.outcome?.moved ?? Number.NaN) : this.slab.moved[this.i]!;
  }
  /** Stamp of the last change. */
  get changed(): number {
    return this.slab === undefined ? (this.outcome?.changed ?? 0) : this.slab.changed[this.i]!;
  }

  /** Milliseconds of work between the start and `now` (or the end), pauses left out. */
  workMillis(now: number): number {
    const until = this.outcome?.ended ?? this.extra?.pausedAt ?? now;
    return Math.max(0, until - this.started - (this.extra?.pausedMillis ?? 0));
  }
  /** And of this attempt alone. */
  attemptMillis(now: number): number {
    return this.workMillis(now) - (this.extra?.attemptBegan ?? 0);
  }
}
