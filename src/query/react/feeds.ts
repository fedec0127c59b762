// The feeds that are in use: whoever asks the same shares one. Begun by the first who listens, never by a mere render, and
// stopped shortly after the last has left.

import type { Clock } from "../../clock.js";
import type { OperationSource } from "../../model.js";
import { CONNECTING, Feed, type FeedState } from "./feed.js";
import { type ConnectedSource, keyOf, type Question } from "./question.js";

interface Shared {
  readonly feed: Feed;
  readonly listeners: Set<() => void>;
  /** Calls off the end that is waiting for somebody to come back. */
  stay: () => void;
}

/** A component that is mounted again at once, as StrictMode does, finds its stream still open. */
const LINGER_MILLIS = 100;

export class Feeds {
  readonly #open: (url: string, token: string | undefined) => ConnectedSource;
  readonly #clock: Clock;
  readonly #shared: Map<string, Shared> = new Map();
  readonly #numbers: WeakMap<OperationSource, number> = new WeakMap();
  #lastNumber = 0;

  constructor(open: (url: string, token: string | undefined) => ConnectedSource, clock: Clock) {
    this.#open = open;
    this.#clock = clock;
  }

  /** Streams and polls under way. */
  get size(): number {
    return this.#shared.size;
  }

  keyOf(question: Question): string {
    return keyOf(question, (source) => {
      const number = this.#numbers.get(source) ?? ++this.#lastNumber;
      this.#numbers.set(source, number);
      return number;
    });
  }

  /** What is known to whoever asks this; the same object until something changes. */
  state(key: string): FeedState {
    return this.#shared.get(key)?.feed.state ?? CONNECTING;
  }

  /** `listener` is told when there is a new state. Returns what ends that. */
  subscribe(key: string, question: Question, listener: () => void): () => void {
    const shared = this.#shared.get(key) ?? this.#begin(key, question);
    // Of its own: one function may listen twice.
    const told = () => listener();
    shared.stay();
    shared.listeners.add(told);
    shared.feed.start();
    return () => {
      if (shared.listeners.delete(told) && shared.listeners.size === 0) this.#endSoon(key, shared);
    };
  }

  #begin(key: string, question: Question): Shared {
    const source = question.source ?? this.#open(question.url, question.token);
    const listeners = new Set<() => void>();
    const feed = new Feed(source, question, this.#clock, () => {
      for (const listener of [...listeners]) listener();
    });
    const shared: Shared = { feed, listeners, stay: () => {} };
    this.#shared.set(key, shared);
    return shared;
  }

  #endSoon(key: string, shared: Shared): void {
    shared.stay = this.#clock.every(LINGER_MILLIS, () => {
      shared.stay();
      this.#shared.delete(key);
      shared.feed.stop();
    });
  }
}
