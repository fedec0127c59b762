// Changes as they come in, for one who reads them in his own time: the whole state first, then the latest of each operation.

import type { Change, Snapshot } from "./model.js";
import { Unread } from "./unread.js";

type Result = IteratorResult<Change, undefined>;
interface Waiting {
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export class ChangeReader implements AsyncIterableIterator<Change, undefined> {
  readonly #begin: () => void;
  readonly #left: () => void;
  #begun = false;
  /** Not read yet. */
  #first: readonly Snapshot[] | undefined;
  /** Undefined before the whole state has come. */
  #unread: Unread | undefined;
  #waiting: Waiting[] = [];
  #over = false;
  #error: unknown;

  /** `begin` is called when the first change is wanted; `left` when he who reads wants no more. */
  constructor(begin: () => void, left: () => void) {
    this.#begin = begin;
    this.#left = left;
  }

  /** One that comes later than the first is told as what is new and what is gone. */
  snapshot(operations: readonly Snapshot[]): void {
    if (this.#over) return;
    if (this.#unread === undefined) {
      this.#first = operations;
      this.#unread = new Unread(operations);
    } else this.#unread.replace(operations);
    this.#give();
  }

  update(changed: readonly Snapshot[], removed: readonly string[], missed: number): void {
    if (this.#over) return;
    if (this.#unread === undefined) throw new Error("an update came before the whole state");
    for (const snapshot of changed) this.#unread.note(snapshot);
    for (const id of removed) this.#unread.gone(id);
    this.#unread.skip(missed);
    this.#give();
  }

  /** There is no more to come. What is here is still given; then an error, once. */
  end(error?: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#error = error;
    this.#give();
  }

  /** Nothing more is wanted. */
  leave(): void {
    this.#unread = this.#first = undefined;
    this.end();
  }

  next(): Promise<Result> {
    if (!this.#begun) {
      this.#begun = true;
      if (!this.#over) this.#begin();
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
      this.#give();
    });
  }

  return(): Promise<Result> {
    this.#left();
    this.leave();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  #give(): void {
    while (this.#waiting.length > 0) {
      const change = this.#take();
      if (change === undefined && !this.#over) return;
      const { resolve, reject } = this.#waiting.shift()!;
      if (change !== undefined) resolve({ done: false, value: change });
      else if (this.#error === undefined) resolve({ done: true, value: undefined });
      else {
        reject(this.#error);
        this.#error = undefined;
      }
    }
  }

  #take(): Change | undefined {
    const first = this.#first;
    this.#first = undefined;
    if (first !== undefined) return { kind: "snapshot", operations: first };
    return this.#unread === undefined || this.#unread.empty ? undefined : this.#unread.take();
  }
}
