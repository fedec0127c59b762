// Whose a span is to end. Where others know an operation as running, and would end its spans if this process died, a span is
// ended when they know that it is over: otherwise it might end here and there, and be two spans with one id. Asked by the
// recorder at every end; told by exporters that share operations with other processes.

import type { Diagnostics } from "../diagnostics.js";
import type { Handle } from "./handle.js";

/** Ends that wait; then the oldest is let go, since most waits are for a network that is away. */
const WAITING = 10_000;

interface Waiting {
  readonly operation: Handle;
  readonly number: number;
  readonly finish: () => void;
}

export class SpanOwnership {
  readonly #diagnostics: Diagnostics;
  readonly #guards: Set<(id: string) => boolean> = new Set();
  /** In the order they came. */
  readonly #waiting: Set<Waiting> = new Set();
  #number = 0;

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  /** Number of the latest end that waits, or waited. */
  get number(): number {
    return this.#number;
  }

  /** Calls `finish`, which ends a span, now or when it is certain that the span is ours; never when it is not. */
  end(handle: Handle, finish: () => void): void {
    const operation = handle.operation as Handle;
    if (this.#guards.size === 0 || ![...this.#guards].some((isShared) => isShared(operation.id))) return finish();
    this.#waiting.add({ operation, number: ++this.#number, finish });
    if (this.#waiting.size > WAITING) this.#finish(this.#waiting.values().next().value!);
  }

  /** While `isShared` says so of an operation, ends wait. Returns what ends the guard; what waited is then let go. */
  guard(isShared: (id: string) => boolean): () => void {
    this.#guards.add(isShared);
    return () => {
      this.#guards.delete(isShared);
      for (const one of this.#waiting) this.#finish(one);
    };
  }

  /** The others know the operation as it was when the end of this number had come. */
  confirm(id: string, number: number): void {
    for (const one of this.#waiting) {
      if (one.number > number) return;
      if (one.operation.id === id) this.#finish(one);
    }
  }

  /** Others end the spans of an operation, those that wait included. */
  disown(operation: Handle): void {
    disown(operation);
    for (const one of this.#waiting) if (one.operation === operation) this.#waiting.delete(one);
  }

  #finish(one: Waiting): void {
    this.#waiting.delete(one);
    this.#diagnostics.safely("internal_errors", "a span processor", one.finish);
  }
}

/** The spans of a handle and of all levels below it are not ours to end any more. */
export function disown(handle: Handle): void {
  handle.span = undefined;
  for (const part of handle.extra?.family?.kept ?? []) if (!part.isOperation) disown(part as Handle);
}
