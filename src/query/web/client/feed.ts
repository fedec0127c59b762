// The connection to the event stream: opened, watched, and opened again for as long as the page is there.

import { EventParser, type ServerEvent } from "../../event-parser.js";
import { Refused, type Requests } from "./requests.js";

/** `waiting`: not connected, and tried again soon. `refused`: only another token helps. `absent`: there is nothing to follow. */
export interface Connection {
  readonly state: "connecting" | "live" | "waiting" | "refused" | "absent";
  readonly reason?: string;
}

export interface FeedOptions {
  readonly requests: Requests;
  readonly path: string;
  readonly onEvent: (event: ServerEvent) => void;
  readonly onState: (connection: Connection) => void;
  /** Calls back later; returns what takes that back. */
  readonly later: (fn: () => void, millis: number) => () => void;
}

/** Servers say at least every 15 seconds that they are there; after this silence the connection is dead. */
const SILENCE = 45_000;
/** Of a source that has a history only. */
const NOT_IMPLEMENTED = 501;
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 10_000;

export class Feed {
  readonly #options: FeedOptions;
  #abort: AbortController | undefined;
  #lastEventId: string | undefined;
  #pause = FIRST_PAUSE;
  #stopWaiting = () => {};

  constructor(options: FeedOptions) {
    this.#options = options;
  }

  /** Opens, or opens at once what is waiting to be opened again. */
  open(): void {
    this.#stopWaiting();
    this.#abort?.abort();
    const abort = new AbortController();
    this.#abort = abort;
    this.#options.onState({ state: "connecting" });
    this.#follow(abort.signal).then(
      () => this.#ended(abort, "The server ended the connection"),
      (error: unknown) => this.#failed(abort, error),
    );
  }

  close(): void {
    this.#stopWaiting();
    this.#abort?.abort();
    this.#abort = undefined;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { requests, path, onEvent, onState } = this.#options;
    const headers = this.#lastEventId === undefined ? {} : { "last-event-id": this.#lastEventId };
    const response = await requests.open(path, { accept: "text/event-stream", ...headers }, signal);
    const parser = new EventParser();
    onState({ state: "live" });
    await this.#pieces(response, signal, (text) => {
      for (const event of parser.push(text)) {
        this.#pause = FIRST_PAUSE;
        this.#lastEventId = event.id ?? this.#lastEventId;
        onEvent(event);
      }
    });
  }

  async #pieces(response: Response, signal: AbortSignal, take: (text: string) => void): Promise<void> {
    const reader = response.body!.getReader();
    const decoder = new TextDecoder();
    for (;;) {
      const stop = this.#options.later(() => reader.cancel().catch(() => {}), SILENCE);
      const { done, value } = await reader.read().finally(stop);
      if (done || signal.aborted) return;
      take(decoder.decode(value, { stream: true }));
    }
  }

  #failed(abort: AbortController, error: unknown): void {
    if (!(error instanceof Refused)) return this.#ended(abort, "The server does not answer");
    if (!error.needsToken && error.status !== NOT_IMPLEMENTED) return this.#ended(abort, error.message);
    if (abort !== this.#abort) return;
    this.#options.onState({ state: error.needsToken ? "refused" : "absent", reason: error.message });
  }

  #ended(abort: AbortController, reason: string): void {
    if (abort !== this.#abort) return;
    this.#options.onState({ state: "waiting", reason });
    this.#stopWaiting = this.#options.later(() => this.open(), this.#pause);
    this.#pause = Math.min(LONGEST_PAUSE, this.#pause * 2);
  }
}
