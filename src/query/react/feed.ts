// What one question is answered, kept up to date: from a stream that is opened again when it breaks, or by asking again and
// again. Knows nothing of React: a state that is replaced, never changed, and a listener that is told.

import type { Clock } from "../../clock.js";
import type { Change, Snapshot } from "../../model.js";
import { hasEnded } from "../../status-changes.js";
import type { ConnectedSource, Connection, Question } from "./question.js";

export interface FeedState {
  /** What is known, by id. Kept while the connection is away. */
  readonly operations: ReadonlyMap<string, Snapshot>;
  readonly connection: Connection;
  /** Why the connection is away: the first of the errors since it was there. */
  readonly error: Error | undefined;
}

/** Before anybody has asked, on a server too. */
export const CONNECTING: FeedState = Object.freeze({
  operations: new Map(),
  connection: "connecting",
  error: undefined,
});
/** Nothing is asked. */
export const IDLE: FeedState = Object.freeze({ operations: new Map(), connection: "closed", error: undefined });

const FIRST_PAUSE_MILLIS = 250;
const LONGEST_PAUSE_MILLIS = 8_000;

export class Feed {
  readonly #source: ConnectedSource;
  readonly #question: Question;
  readonly #clock: Clock;
  readonly #changed: () => void;
  #state: FeedState = CONNECTING;
  #opened = false;
  /** Breaks in a row, without an update between them. */
  #breaks = 0;
  #stop: AbortController | undefined;

  /** `changed` is called whenever there is a new state. */
  constructor(source: ConnectedSource, question: Question, clock: Clock, changed: () => void) {
    this.#source = source;
    this.#question = question;
    this.#clock = clock;
    this.#changed = changed;
  }

  get state(): FeedState {
    return this.#state;
  }

  /** Once more when it is closed: the operation may have been run again, the refusal may be over. */
  start(): void {
    if (this.#stop?.signal.aborted === false) return;
    this.#stop = new AbortController();
    this.#run(this.#stop.signal);
  }

  /** Nothing is told any more. */
  stop(): void {
    this.#stop?.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { pollMillis } = this.#question;
    while (!signal.aborted) {
      try {
        if (pollMillis === undefined) await this.#follow(signal);
        else await this.#ask(signal);
      } catch (thrown) {
        if (!signal.aborted) this.#failed(errorOf(thrown));
      }
      if (!signal.aborted) await this.#pause(pollMillis ?? pauseMillis(this.#breaks++), signal);
    }
  }

  /** Until the stream ends or throws, or the operation has ended. */
  async #follow(signal: AbortSignal): Promise<void> {
    const onConnection = (state: "open" | "broken", reason: unknown = "The connection broke") => {
      if (signal.aborted) return;
      if (state === "broken") this.#broke(errorOf(reason));
      // One that is closed, and asked once more, stays so until there is an answer.
      else if (this.#state.connection !== "closed") this.#set({ connection: "open", error: undefined });
    };
    for await (const change of this.#source.watch(this.#question.filter, { signal, onConnection })) {
      if (signal.aborted) return;
      if (change.kind === "update") this.#breaks = 0;
      this.#know(applied(this.#state.operations, change));
      if (signal.aborted) return;
    }
    if (!signal.aborted) this.#broke(new Error("The stream ended"));
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { filter, order } = this.#question;
    const one = filter.id === undefined ? undefined : await this.#source.get(filter.id);
    const operations = filter.id === undefined ? await this.#source.list({ ...filter, ...order }) : [one];
    if (!signal.aborted) this.#know(new Map(operations.flatMap((found) => (found ? [[found.id, found]] : []))));
  }

  #know(operations: ReadonlyMap<string, Snapshot>): void {
    const { id } = this.#question.filter;
    const known = id === undefined ? undefined : this.#state.operations.get(id);
    this.#opened = true;
    // The server may have forgotten by now what ended long ago.
    if (known !== undefined && hasEnded(known) && !operations.has(known.id)) return this.stop();
    const one = id === undefined ? undefined : operations.get(id);
    const ended = one !== undefined && hasEnded(one);
    this.#set({ operations, connection: ended ? "closed" : "open", error: undefined });
    // Nothing more can come: the connection is given back.
    if (ended) this.stop();
  }

  #failed(error: Error): void {
    if (!isFinal(error, this.#opened)) return this.#broke(error);
    this.#set({ connection: "closed", error });
    this.stop();
  }

  #broke(error: Error): void {
    const first = this.#state.connection === "reconnecting" ? this.#state.error : undefined;
    this.#set({ connection: "reconnecting", error: first ?? error });
  }

  #set(news: Partial<FeedState>): void {
    const { operations, connection, error } = this.#state;
    const next = { operations, connection, error, ...news };
    if (next.operations === operations && next.connection === connection && next.error === error) return;
    this.#state = Object.freeze(next);
    this.#changed();
  }

  #pause(millis: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const over = () => {
        stop();
        signal.removeEventListener("abort", over);
        resolve();
      };
      const stop = this.#clock.every(millis, over);
      signal.addEventListener("abort", over);
    });
  }
}

const pauseMillis = (breaks: number): number => Math.min(FIRST_PAUSE_MILLIS * 2 ** breaks, LONGEST_PAUSE_MILLIS);

function applied(known: ReadonlyMap<string, Snapshot>, change: Change): ReadonlyMap<string, Snapshot> {
  if (change.kind === "snapshot") return new Map(change.operations.map((snapshot) => [snapshot.id, snapshot]));
  const operations = new Map(known);
  for (const id of change.removed) operations.delete(id);
  for (const snapshot of change.changed) operations.set(snapshot.id, snapshot);
  return operations;
}

const errorOf = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)));

/** Refusals that asking again will not change. What was found before and is not now may be a server that is being restarted. */
function isFinal(error: Error & { readonly status?: unknown }, opened: boolean): boolean {
  const { status } = error;
  if (typeof status !== "number") return false;
  if (status === 404) return !opened;
  return status === 501 || (status >= 400 && status < 500 && ![408, 425, 429].includes(status));
}
