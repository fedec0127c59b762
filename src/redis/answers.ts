// How long a reader waits for Redis: for the next answer, not for all of those that a question takes. Used by source.ts.

import type { Clock } from "../clock.js";
import { ProgressError } from "../errors.js";
import type { Run } from "./client.js";

export class Answers {
  /** Runs a script, and notes when its answer has come. */
  readonly run: Run;
  readonly #clock: Clock;
  readonly #timeoutMillis: number;
  #lastMillis = Number.NEGATIVE_INFINITY;

  constructor(run: Run, clock: Clock, timeoutMillis: number) {
    this.#clock = clock;
    this.#timeoutMillis = timeoutMillis;
    this.run = async (...asked) => {
      const answer = await run(...asked);
      this.#lastMillis = clock.monotonicMillis();
      return answer;
    };
  }

  /** Rejects with SOURCE_FAILED when that does, or when nothing at all has been answered for the timeout. */
  async wait<T>(question: Promise<T>): Promise<T> {
    const asked = this.#clock.monotonicMillis();
    let timer: ReturnType<typeof setTimeout> | undefined;
    let over = false;
    const late = new Promise<never>((_, reject) => {
      const look = () => {
        const left = Math.max(asked, this.#lastMillis) + this.#timeoutMillis - this.#clock.monotonicMillis();
        if (over) return;
        if (left <= 0) return reject(new Error(`no answer within ${this.#timeoutMillis} ms`));
        // When this event loop was blocked, an answer that came in time is still to be read.
        timer = setTimeout(() => setImmediate(look), left);
      };
      look();
    });
    try {
      return await Promise.race([question, late]);
    } catch (error) {
      throw new ProgressError("SOURCE_FAILED", `Redis: ${(error as Error).message}`, { cause: error });
    } finally {
      over = true;
      clearTimeout(timer);
    }
  }
}
