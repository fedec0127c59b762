// How work that is done in another thread, process or machine reaches the operation it belongs to: the port between
// instrumentation/crossing/ (what is said) and the transports (how it gets there). Types only.
//
// The *owner* is the instance that started the operation and gives out carriers. A *writer* is an instance that joined one: one
// writer per instance and operation, however often it joins. What a writer says is its complete state so far, never a difference,
// so a transport may drop, repeat, delay and reorder: the newest state of each writer is enough, and an older one does no harm.
// A transport queues nothing: while it cannot send it keeps no state but the last one, or none, and asks for it with `resend`.

import type { Attributes, ErrorInfo, Json, LevelStatus, TotalKind } from "./model.js";

/** Everything that one writer has done for one operation. Plain JSON; untrusted where it arrives. */
export interface WriterState {
  /** Of this format. */
  readonly version: 1;
  readonly operationId: string;
  /** From the carrier: proves that the writer was given one of this operation. Compared in constant time by the owner. */
  readonly key: string;
  /** Unique in the fleet. */
  readonly writer: string;
  /** Grows with every state of this writer. Of one with an older number nothing counts. */
  readonly sequence: number;
  /** Something of it is still under way. A writer that is gone without having said `false` has vanished. */
  readonly open: boolean;
  /** One for the operation, one for each level, that it joined; bounded. */
  readonly parts: readonly PartState[];
  /** Somebody asked there for cancellation of the whole operation. */
  readonly cancelRequested?: { readonly reason?: string };
}

/** What a writer did on an operation or level that is not its own. */
export interface PartState extends Shares {
  /** The level's id at the owner; absent for the operation itself. */
  readonly levelId?: string;
  /** Unix milliseconds of the last message, so that the newest of all writers is the one that is shown. */
  readonly messageAt?: number;
  /** Grows with every heartbeat. */
  readonly heartbeats?: number;
  /** The last events of the user, numbered from 1 in the order they happened; bounded. */
  readonly events?: readonly { readonly number: number; readonly name: string; readonly attributes: Attributes }[];
}

/** A level that the writer began, or an operation of its own inside of what it joined. */
export interface LevelState extends Shares {
  /** At the owner: ids without a name of the user's are made unique by the writer's. */
  readonly id: string;
  readonly type: string;
  readonly name?: string;
  readonly unit?: string;
  readonly description?: string;
  readonly status: LevelStatus;
  readonly total?: number;
  readonly totalKind?: TotalKind;
  readonly weight?: number;
  /** Of work that cannot say how far it is. */
  readonly expectedMillis?: number;
  readonly attempt?: number;
  /** Unix milliseconds. */
  readonly startedAt?: number;
  readonly endedAt?: number;
  /** When paused, cancelled or skipped. */
  readonly reason?: string;
  readonly error?: ErrorInfo;
  readonly summary?: Json;
}

/** What is counted by each writer on its own and summed over all of them. */
interface Shares {
  readonly current: number;
  readonly failedItems?: number;
  readonly skippedItems?: number;
  /** 0 to 1, known by the work itself instead of a count. */
  readonly reported?: number;
  readonly message?: string;
  readonly attributes?: Attributes;
  /** Levels below that are open, and the ones that ended last; bounded. */
  readonly levels?: readonly LevelState[];
  /** All levels below that have ended so far, those listed among them. */
  readonly ended?: EndedLevels;
}

export interface EndedLevels {
  readonly completed: number;
  readonly failed: number;
  /** Skipped and cancelled. */
  readonly excluded: number;
}

/** Everything that the owner tells its writers. Plain JSON; untrusted where it arrives. */
export interface OwnerNotice {
  readonly version: 1;
  readonly operationId: string;
  /** Of the operation that is meant: one before or after it may have the same id. */
  readonly key: string;
  /** The operation has ended: what comes now is too late. */
  readonly ended: boolean;
  /** What is to stop, the operation itself or joined levels: their signals abort at the writers too. */
  readonly aborted: readonly { readonly levelId?: string; readonly reason?: string }[];
}

/** One way from writers to owners. Nothing of it may throw into the work or keep the process alive. */
export interface ContributionTransport {
  /** One lower-case word: names its addresses in carriers. */
  readonly name: string;
  /**
   * An operation of this instance gets its first carrier: receive for it from now on, until the link is closed. `undefined` when
   * nobody could reach it this way.
   */
  own(operation: OwnedOperation): OwnerLink | undefined;
  /** Work for an operation of another instance. `undefined` when its address cannot be reached from here: another transport is tried. */
  join(joining: Joining): WriterLink | undefined;
  /** The instance is shut down: listens no more. Operations that still run are told before. */
  shutdown?(): void;
}

export interface OwnedOperation {
  readonly operationId: string;
  readonly key: string;
  /** What arrived: a WriterState, if the writer is honest. Checked here; never throws. */
  receive(state: unknown): void;
  /** The writer died, as far as this transport can tell: what it has open ends as lost. May come twice, or too early. */
  vanished(writer: string): void;
}

export interface OwnerLink {
  /** For carriers: printable, at most 256 characters. What it gives away is in docs/security.md. */
  readonly address: string;
  /** The newest notice, to every writer that is there now and, while the link is open, to those that come later. */
  tell(notice: OwnerNotice): void;
  /** Receives at once what has arrived already: called before an end, after which it would be too late. */
  drain?(): void;
  /** A carrier of it was made: somebody may join by that when this process has ended. */
  handedOut?(): void;
  /** The operation has ended and everybody has been told. */
  close(): void;
}

export interface Joining {
  readonly operationId: string;
  readonly key: string;
  readonly writer: string;
  /** Of the owner, from the carrier: untrusted. */
  readonly address: string;
  /** What arrived: an OwnerNotice, if the owner is honest. Checked here; never throws. */
  receive(notice: unknown): void;
  /** The way is free (again), and what was sent before may be lost: the newest state is published at once. */
  resend(): void;
}

export interface WriterLink {
  /** `publish` has handed over when it returns: it may be driven from inside a blocked event loop. */
  readonly synchronous?: true;
  /** Called at most once per tick. `false`: not taken; offered again, in its newest form, at the next tick. */
  publish(state: WriterState): boolean;
  /** Resolves when the owner has the last state that was taken, or when that cannot be known. Never rejects. */
  flush?(): Promise<void>;
  /** The writer is done, and has published that it is. What was taken is still delivered, if need be while the process waits. */
  close(): void;
}
