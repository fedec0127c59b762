// A writer's end of the way to an owner elsewhere: the newest state, one at a time, and a sign of life while something is open.

import type { Clock } from "../clock.js";
import type { Joining, WriterLink, WriterState } from "../contribution-transport.js";
import { type Run, text } from "./client.js";
import { homeOf, type Keys } from "./schema.js";
import { SHARE } from "./scripts/share.js";

export interface JoinedLinkOptions {
  readonly run: Run;
  readonly keys: Keys;
  readonly clock: Clock;
  /** Of the owner. */
  readonly home: string;
  readonly leaseMillis: number;
  readonly beatMillis: number;
  readonly ttlMillis: number;
  readonly failed: (error: unknown) => void;
}

/** Beats for which the last state is still offered when the writer is done. */
const PATIENCE = 150;

export class JoinedLink implements WriterLink {
  readonly #options: JoinedLinkOptions;
  readonly #joining: Joining;
  readonly #stopBeating: () => void;
  /** Not sent yet. */
  #latest: WriterState | undefined;
  #sending: Promise<void> | undefined;
  #open = true;
  #notice = "";
  #closed = false;
  #left = PATIENCE;

  constructor(options: JoinedLinkOptions, joining: Joining) {
    this.#options = options;
    this.#joining = joining;
    this.#stopBeating = options.clock.every(options.beatMillis, () => this.#beat());
  }

  publish(state: WriterState): boolean {
    this.#latest = state;
    this.#open = state.open;
    void this.flush();
    return true;
  }

  /** Resolves when Redis has it, or could not be reached. */
  flush(): Promise<void> {
    if (this.#latest === undefined) return this.#sending ?? Promise.resolve();
    this.#sending ??= this.#send().finally(() => {
      this.#sending = undefined;
    });
    return this.#sending;
  }

  close(): void {
    this.#closed = true;
    this.#rest();
  }

  #beat(): void {
    if (this.#closed && --this.#left <= 0) this.#latest = undefined;
    this.#rest();
    if (this.#sending !== undefined) return;
    if (this.#latest !== undefined) void this.flush();
    else if (this.#open && !this.#closed) void this.#say("").catch(this.#options.failed);
  }

  #rest(): void {
    if (this.#closed && this.#latest === undefined) this.#stopBeating();
  }

  async #send(): Promise<void> {
    while (this.#latest !== undefined) {
      const state = this.#latest;
      this.#latest = undefined;
      try {
        await this.#say(JSON.stringify(state));
      } catch (error) {
        this.#latest ??= state;
        this.#options.failed(error);
        return;
      }
    }
    this.#rest();
  }

  async #say(state: string): Promise<void> {
    const { run, keys, home, leaseMillis, ttlMillis } = this.#options;
    const { writer, holds, shares, arrivals, notices } = keys.instance(home);
    const { operationId } = this.#joining;
    const field = `${homeOf(this.#joining.writer)}/${operationId}`;
    const said = [field, operationId, state, this.#open ? 1 : 0, leaseMillis, ttlMillis];
    const [known, notice] = (await run(SHARE, [writer, holds, shares, arrivals, notices], said)) as unknown[];
    if (Number(text(known)) === 0) throw new Error("too many work for operations of one instance");
    this.#hear(text(notice));
    // Redis has forgotten what it was told.
    if (Number(text(known)) === 2 && !this.#closed) this.#joining.resend();
  }

  #hear(notice: string): void {
    if (notice === "" || notice === this.#notice) return;
    this.#notice = notice;
    try {
      this.#joining.receive(JSON.parse(notice));
    } catch {
      this.#joining.receive(undefined);
    }
  }
}
