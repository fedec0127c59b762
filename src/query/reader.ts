// One that reads a view, over a connection that may be slow: it gets a frame when it has taken the one before, and is given
// up when it takes nothing for too long.

import type { Encoded, Framing } from "./frame.js";
import type { View } from "./view.js";

/** Where frames of one reader go. When its other end is gone, call what `open` returned. */
export interface EventSink {
  /** Takes everything, at once: what does not go out now is `waiting`. */
  write(bytes: Uint8Array): void;
  /** Bytes that were written and are not gone yet. */
  readonly waiting: number;
  /** Nothing more will be written. What is waiting then belongs to one that took nothing for long: it need not be kept. */
  close(): void;
  /** The form the bytes are wanted in. @default "stream" */
  readonly framing?: Framing;
}

export class Reader {
  readonly #view: View;
  readonly #sink: EventSink;
  readonly #framing: Framing;
  readonly #leave: (reader: Reader) => void;
  /** The state it has been told; undefined before the first frame. */
  #told: number | undefined;
  /** What was waiting at the last look, and since when no less is. */
  #waiting = 0;
  #waitingSince = 0;
  /** Whether something was written since the last heartbeat. */
  #wrote = false;
  #closed = false;

  /** `leave` is called once, when it is closed or left. */
  constructor(view: View, sink: EventSink, lastEventId: string | undefined, leave: (reader: Reader) => void) {
    this.#view = view;
    this.#sink = sink;
    this.#framing = sink.framing ?? "stream";
    this.#told = view.sequenceOf(lastEventId);
    this.#leave = leave;
  }

  /** Tells what is new, if it can take it. Returns how many states are left out for it. */
  tell(): number {
    const { sequence } = this.#view;
    if (this.#closed || sequence === 0 || this.#told === sequence || this.#sink.waiting > 0) return 0;
    const difference = this.#told === undefined ? undefined : this.#view.since(this.#told);
    this.#told = sequence;
    this.#write(difference?.frame ?? this.#view.whole());
    return difference?.missed ?? 0;
  }

  /** Says that the connection lives, unless that was seen since the last time. */
  beat(heartbeat: Encoded): void {
    if (!this.#closed && !this.#wrote && this.#sink.waiting === 0) this.#write(heartbeat);
    this.#wrote = false;
  }

  /** Milliseconds in which it took nothing of what waits for it; 0 when nothing waits. */
  stuckMillis(now: number): number {
    const { waiting } = this.#sink;
    if (waiting === 0 || waiting < this.#waiting || this.#waiting === 0) this.#waitingSince = now;
    this.#waiting = waiting;
    return now - this.#waitingSince;
  }

  close(): void {
    if (this.#closed) return;
    this.leave();
    this.#sink.close();
  }

  /** Its other end is gone. */
  leave(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#leave(this);
  }

  #write(encoded: Encoded): void {
    this.#wrote = true;
    this.#sink.write(encoded.bytes(this.#framing));
  }
}
