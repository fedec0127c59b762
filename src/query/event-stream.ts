// Changes of a source to any number of readers, live. Readers with the same filter share one view: what changed is encoded
// once for all of them and written from inside the source's tick, so that it leaves also while the event loop is blocked.
// Nothing is queued: who is slow gets one update with everything since, who takes nothing is dropped, and both are counted.

import { type Clock, systemClock } from "../clock.js";
import { expectedButReceived } from "../errors.js";
import type { Filter, OperationSource, Snapshot } from "../model.js";
import { Channel, type Losses } from "./channel.js";
import { Heartbeat } from "./frame.js";
import { type EventSink, Reader } from "./reader.js";
import { View } from "./view.js";

export type { EventSink } from "./reader.js";

export interface EventHubOptions {
  /** Takes away what readers must not see. Called once for each state of an operation; one that it throws on is not shown. */
  readonly redact?: ((snapshot: Snapshot) => Snapshot) | undefined;
  /** Silence after which a reader is told that the connection lives. @default 15000 */
  readonly heartbeatMillis?: number | undefined;
  /** A reader that takes nothing for so long is dropped. @default 30000 */
  readonly patienceMillis?: number | undefined;
  /** How long a view is kept up to date for readers that come back. @default 30000 */
  readonly lingerMillis?: number | undefined;
  readonly clock?: Clock | undefined;
}

export interface EventStats {
  readonly subscribers: number;
  /** Different filters that are followed; those that wait for readers to come back included. */
  readonly views: number;
  /** Readers that were dropped because they took nothing. */
  readonly dropped: number;
  /** States left out for slow readers, and for those that came back. */
  readonly missed: number;
  /** Views that ended because their source failed, and listeners and sinks that threw. */
  readonly failed: number;
}

/** How often those who are behind are looked after; ticks of the source come by themselves. */
const LOOK_MILLIS = 100;
/** Views kept without a reader. */
const MAX_LINGERING = 1_000;

export class EventHub {
  readonly #source: OperationSource;
  readonly #redact: ((snapshot: Snapshot) => Snapshot) | undefined;
  readonly #clock: Clock;
  readonly #millis: { readonly heartbeat: number; readonly patience: number; readonly linger: number };
  readonly #heartbeat: Heartbeat = new Heartbeat();
  readonly #channels: Map<string, Channel> = new Map();
  /** Those of them that nobody reads, in the order in which they were left. */
  readonly #lingering: Set<Channel> = new Set();
  /** Shared by the views: each state of an operation is encoded once. */
  readonly #encoded: WeakMap<Snapshot, string> = new WeakMap();
  readonly #losses: Losses = { dropped: 0, missed: 0, failed: 0 };
  #subscribers = 0;
  #stopTimer: (() => void) | undefined;
  #lastBeat = 0;
  #closed = false;

  constructor(source: OperationSource, options: EventHubOptions = {}) {
    this.#source = source;
    this.#redact = options.redact;
    this.#clock = options.clock ?? systemClock;
    this.#millis = {
      heartbeat: millisOf(options, "heartbeatMillis", 15_000),
      patience: millisOf(options, "patienceMillis", 30_000),
      linger: millisOf(options, "lingerMillis", 30_000),
    };
  }

  get subscribers(): number {
    return this.#subscribers;
  }

  stats(): EventStats {
    return { subscribers: this.#subscribers, views: this.#channels.size, ...this.#losses };
  }

  /**
   * Writes what passes `filter` to `sink`: the whole state, then updates; after `lastEventId` only what is new since, if that
   * is known. Returns what ends it, which does not close the sink.
   */
  open(filter: Filter, sink: EventSink, lastEventId?: string): () => void {
    if (this.#closed) {
      sink.close();
      return () => {};
    }
    const channel = this.#channelOf(filter);
    const reader = new Reader(channel.view, sink, lastEventId, (leaving) => this.#left(channel, leaving));
    this.#lingering.delete(channel);
    this.#subscribers++;
    this.#startTimer();
    channel.add(reader);
    return () => reader.leave();
  }

  /** Ends every stream. */
  close(): void {
    this.#closed = true;
    for (const channel of this.#channels.values()) this.#end(channel);
  }

  #channelOf(filter: Filter): Channel {
    const key = keyOf(filter);
    const known = this.#channels.get(key);
    if (known !== undefined) return known;
    const view = new View(
      newEpoch(),
      (snapshot) => this.#encode(snapshot),
      () => new Date(this.#clock.epochMillis()).toISOString(),
    );
    const channel = new Channel(key, view, this.#losses);
    channel.feed(this.#source, filter);
    channel.onEnd = () => this.#end(channel);
    this.#channels.set(key, channel);
    return channel;
  }

  #left(channel: Channel, reader: Reader): void {
    if (!channel.leave(reader, this.#clock.monotonicMillis())) return;
    this.#subscribers--;
    if (channel.size > 0 || this.#channels.get(channel.key) !== channel) return;
    this.#lingering.add(channel);
    if (this.#lingering.size > MAX_LINGERING) this.#end(this.#lingering.values().next().value!);
  }

  #end(channel: Channel): void {
    if (this.#channels.get(channel.key) === channel) this.#channels.delete(channel.key);
    this.#lingering.delete(channel);
    channel.end();
    if (this.#channels.size > 0) return;
    this.#stopTimer?.();
    this.#stopTimer = undefined;
  }

  #startTimer(): void {
    if (this.#stopTimer !== undefined) return;
    this.#lastBeat = this.#clock.monotonicMillis();
    this.#stopTimer = this.#clock.every(LOOK_MILLIS, () => this.#look());
  }

  #look(): void {
    const now = this.#clock.monotonicMillis();
    const { heartbeat, patience, linger } = this.#millis;
    const beats = now - this.#lastBeat >= heartbeat;
    if (beats) this.#lastBeat = now;
    for (const channel of this.#channels.values()) {
      channel.lookAfter(now, patience, beats ? this.#heartbeat : undefined);
      if (channel.emptySince !== undefined && now - channel.emptySince >= linger) this.#end(channel);
    }
  }

  /** What cannot be redacted does not leave. */
  #encode(snapshot: Snapshot): string | undefined {
    const known = this.#encoded.get(snapshot);
    if (known !== undefined) return known;
    try {
      const json = JSON.stringify(this.#redact === undefined ? snapshot : this.#redact(snapshot));
      this.#encoded.set(snapshot, json);
      return json;
    } catch {
      this.#losses.failed++;
      return undefined;
    }
  }
}

/** The same for filters that mean the same. */
function keyOf({ id, status, type, text, since, until, parentId }: Filter): string {
  const statuses = status === undefined ? undefined : [...new Set(status)].sort();
  const times = [since, until].map((time) => (time === undefined ? undefined : String(new Date(time).getTime())));
  // What is undefined becomes null in an array: a parent that must be none is told apart.
  return JSON.stringify([id, statuses, type, text, ...times, parentId === null ? false : parentId]);
}

function newEpoch(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function millisOf(
  options: EventHubOptions,
  name: "heartbeatMillis" | "patienceMillis" | "lingerMillis",
  otherwise: number,
): number {
  const millis = options[name] ?? otherwise;
  if (!(millis >= 0)) throw expectedButReceived("INVALID_OPTION", name, "milliseconds, 0 or more", millis);
  return millis;
}
