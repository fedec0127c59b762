// One view with what feeds it and those who read it.

import type { Change, Filter, OperationSource } from "../model.js";
import type { Encoded } from "./frame.js";
import type { Reader } from "./reader.js";
import type { View } from "./view.js";

/** Counted since the hub began; see EventStats. */
export interface Losses {
  dropped: number;
  missed: number;
  failed: number;
}

export class Channel {
  readonly key: string;
  readonly view: View;
  readonly #losses: Losses;
  readonly #readers: Set<Reader> = new Set();
  #stop: () => void = () => {};
  /** Since when nobody reads it, as told by `leave`. */
  emptySince: number | undefined;
  /** Called when the source has no more to say. */
  onEnd: () => void = () => {};

  constructor(key: string, view: View, losses: Losses) {
    this.key = key;
    this.view = view;
    this.#losses = losses;
  }

  get size(): number {
    return this.#readers.size;
  }

  /** Begins to follow the source: at once if that can, which tells it from inside a blocked event loop too. */
  feed(source: OperationSource, filter: Filter): void {
    if (source.follow !== undefined) {
      this.#stop = source.follow((change) => this.#told(change), filter);
      return;
    }
    const stop = new AbortController();
    this.#stop = () => stop.abort();
    this.#pump(source, filter, stop.signal);
  }

  add(reader: Reader): void {
    this.#readers.add(reader);
    this.emptySince = undefined;
    this.#tell(reader);
  }

  /** Returns whether it was among the readers. */
  leave(reader: Reader, now: number): boolean {
    if (!this.#readers.delete(reader)) return false;
    if (this.#readers.size === 0) this.emptySince = now;
    return true;
  }

  /** Drops who takes nothing, and tells those who can take again; with a heartbeat for who heard nothing. */
  lookAfter(now: number, patienceMillis: number, heartbeat: Encoded | undefined): void {
    for (const reader of [...this.#readers]) {
      this.#safely(reader, () => {
        if (reader.stuckMillis(now) >= patienceMillis) {
          this.#losses.dropped++;
          reader.close();
        } else if (heartbeat !== undefined) reader.beat(heartbeat);
      });
      this.#tell(reader);
    }
  }

  /** Ends the feed and closes every reader. */
  end(): void {
    this.#stop();
    for (const reader of [...this.#readers]) this.#safely(reader, () => reader.close());
  }

  #told(change: Change): void {
    this.view.apply(change);
    for (const reader of [...this.#readers]) this.#tell(reader);
  }

  #tell(reader: Reader): void {
    this.#safely(reader, () => {
      this.#losses.missed += reader.tell();
    });
  }

  /** A reader whose sink throws is closed. */
  #safely(reader: Reader, fn: () => void): void {
    try {
      fn();
    } catch {
      this.#losses.failed++;
      try {
        reader.close();
      } catch {
        // Counted already.
      }
    }
  }

  /** When the source has no more to say, or fails, the streams end: their readers come again, and so do we. */
  async #pump(source: OperationSource, filter: Filter, signal: AbortSignal): Promise<void> {
    try {
      for await (const change of source.watch(filter, { signal })) {
        if (signal.aborted) return;
        this.#told(change);
      }
    } catch {
      if (!signal.aborted) this.#losses.failed++;
    }
    if (!signal.aborted) this.onEnd();
  }
}
