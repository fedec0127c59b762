// Which handle is the active one here. Ours travels in our own AsyncLocalStorage, because OpenTelemetry's context
// propagates nothing without an SDK; the OpenTelemetry context carries it too, for contexts passed on by hand.

import { AsyncLocalStorage } from "node:async_hooks";
import { type Context, context, createContextKey, type SpanContext, trace } from "@opentelemetry/api";
import type { Handle } from "./handle.js";

/** Inside of untracked work nothing is active to be counted on; an operation in it still belongs to what is around it. */
class Untracked {
  readonly around: Handle | undefined;

  constructor(around: Handle | undefined) {
    this.around = around;
  }
}

/** Runs a function outside of whatever the caller's context is: ours is not to be pinned to, nor seen in, some user's request. */
export const outside: <T>(fn: () => T) => T = AsyncLocalStorage.snapshot();

/** What is active here, of one instance, and of others around it. */
interface Scope {
  readonly of: Scopes;
  readonly handle: Handle | Untracked;
  readonly outer: Scope | undefined;
}

/** One for all instances: on Node 20 every AsyncLocalStorage ever used slows down every promise of the process. */
const storage = new AsyncLocalStorage<Scope | undefined>();

export class Scopes {
  /** Of this instance alone: another instance's handle in the same context is none of ours. */
  readonly #key = createContextKey(`otel-progress active ${Math.random()}`);

  /**
   * The innermost handle around the caller that has not ended; undefined once its operation has. A context passed on by
   * hand says so on purpose, so it wins over where the call happens to come from.
   */
  active(here: Context = context.active()): Handle | undefined {
    const handle = this.handleOf(here) ?? this.#stored();
    return handle instanceof Untracked ? undefined : this.openAt(handle);
  }

  /** What an operation that starts here is a part of. */
  around(here: Context = context.active()): Handle | undefined {
    const handle = this.handleOf(here) ?? this.#stored();
    return this.openAt(handle instanceof Untracked ? handle.around : handle);
  }

  /** `handle`, or the nearest level around it that has not ended; undefined once its operation has. */
  openAt(handle: Handle | undefined): Handle | undefined {
    let at = handle;
    while (at?.outcome !== undefined) {
      if (at.isOperation) return undefined;
      at = at.parent as Handle;
    }
    return at;
  }

  /** The handle an OpenTelemetry context carries. */
  handleOf(carrier: Context): Handle | undefined {
    return carrier.getValue(this.#key) as Handle | undefined;
  }

  /** Runs `fn` with `handle` active, and with its span as OpenTelemetry's active span. */
  run<T>(handle: Handle, fn: () => T): T {
    return this.#store(handle, () => context.with(this.within(handle), fn));
  }

  /** Runs untracked work: deep code finds no active handle, instead of one that is none of its business. */
  runUntracked<T>(fn: () => T): T {
    const here = context.active();
    return this.#store(new Untracked(this.around(here)), () => context.with(here.deleteValue(this.#key), fn));
  }

  #store<T>(handle: Handle | Untracked, fn: () => T): T {
    const here = storage.getStore();
    // What was active of this instance is around `handle` anyway.
    const outer = here?.of === this ? here.outer : here;
    return storage.run({ of: this, handle, outer }, fn);
  }

  #stored(): Handle | Untracked | undefined {
    let scope = storage.getStore();
    while (scope !== undefined && scope.of !== this) scope = scope.outer;
    return scope?.handle;
  }

  /** Runs `fn` with `handle` active and a span of another process as OpenTelemetry's active span. */
  runJoined<T>(handle: Handle, span: SpanContext | undefined, fn: () => T): T {
    return this.#store(handle, () => context.with(this.joined(handle, span), fn));
  }

  /** The context for what is started under `handle`, as a child of that span. */
  joined(handle: Handle, span: SpanContext | undefined, here: Context = context.active()): Context {
    return (span === undefined ? here : trace.setSpanContext(here, span)).setValue(this.#key, handle);
  }

  /**
   * The context for what is started under `handle`. Where the active context is already inside of it, that one is used:
   * a span that others opened in between becomes the parent, as it should.
   */
  within(handle: Handle, active: Context = context.active()): Context {
    if (this.handleOf(active) === handle) return active;
    return this.#around(handle, active).setValue(this.#key, handle);
  }

  /** With its own span, or for a level beyond the budget, which has none, the context of what is around it. */
  #around({ span, parent, trace: ids, outcome }: Handle, active: Context): Context {
    if (span !== undefined) return trace.setSpan(active, span);
    // Somebody else's span: only its context is known.
    if (ids !== undefined && outcome === undefined) return trace.setSpanContext(active, ids as SpanContext);
    return parent === undefined ? active : this.within(parent as Handle, active);
  }
}
