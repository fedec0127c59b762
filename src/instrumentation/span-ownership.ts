// Whose a span is to end. Of an operation that others may have taken for lost meanwhile, the end of its spans waits until that
// is known: a span ended twice, here and there, would be two spans with one id. Asked by the recorder at every end; told by
// exporters that share operations with other processes.

import type { Diagnostics } from "../diagnostics.js";
import type { Handle } from "./handle.js";

/** Ends that wait; then the oldest is let go, since most doubts are a network that is away. */
const WAITING = 10_000;

interface Waiting {
  readonly operation: Handle;
  readonly finish: () => void;
}

export class SpanOwnership {
  readonly #diagnostics: Diagnostics;
  readonly #guards: Set<(id: string) => boolean> = new Set();
  #waiting: Waiting[] = [];

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** Calls `finish`, which ends a span, now or when it is certain that the span is ours; never when it is not. */
  end(handle: Handle, finish: () => void): void {
    const operation = handle.operation as Handle;
    if (![...this.#guards].some((inDoubt) => inDoubt(operation.id))) return finish();
    this.#waiting.push({ operation, finish });
    if (this.#waiting.length > WAITING) this.#finish(this.#waiting.splice(0, 1));
  }

  /** Returns what ends the guard; what waited for it is then let go. */
  guard(inDoubt: (id: string) => boolean): () => void {
    this.#guards.add(inDoubt);
    return () => {
      this.#guards.delete(inDoubt);
      this.confirm();
    };
  }

  /** What is not disowned is ours, unless another guard has doubts. */
  confirm(): void {
    if (this.#waiting.length === 0) return;
    const inDoubt = ({ operation }: Waiting) => [...this.#guards].some((guard) => guard(operation.id));
    const certain = this.#waiting.filter((one) => !inDoubt(one));
    this.#waiting = this.#waiting.filter(inDoubt);
    this.#finish(certain);
  }

  /** Others end the spans of an operation, those that wait included. */
  disown(operation: Handle): void {
    disown(operation);
    this.#waiting = this.#waiting.filter((one) => one.operation !== operation);
  }

  #finish(waiting: readonly Waiting[]): void {
    for (const { finish } of waiting) this.#diagnostics.safely("internal_errors", "a span processor", finish);
  }
}

/** The spans of a handle and of all levels below it are not ours to end any more. */
export function disown(handle: Handle): void {
  handle.span = undefined;
  for (const part of handle.extra?.family?.kept ?? []) if (!part.isOperation) disown(part as Handle);
}
