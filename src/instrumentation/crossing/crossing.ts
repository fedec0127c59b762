// Work that crosses processes, of one instance: carriers of its own operations, and joining those of others. The way of a
// contribution: increment on an image (joined.ts) → complete state, once per tick (writer-state.ts) → a transport → checked
// (state-check.ts, owned.ts) → taken over (writer.ts).

import { context, type SpanContext, trace } from "@opentelemetry/api";
import { atMost } from "../../clock.js";
import type { ContributionTransport } from "../../contribution-transport.js";
import { expectedButReceived } from "../../errors.js";
import type { Attributes, Carrier } from "../../model.js";
import type { Entry } from "../../state/entry.js";
import type { Drive } from "../../state/sampler.js";
import type { Core } from "../core.js";
import type { Handle } from "../handle.js";
import { NoopHandle } from "../no-op.js";
import { atExit } from "../process-exit.js";
import { refuseGenerator } from "../scoped.js";
import { isGenerator, promised, settleWith } from "../settling.js";
import { encodeTarget, type ReadCarrier, readCarrier, type Target, traceCarrier } from "./carrier.js";
import { Joined } from "./joined.js";
import { Keys } from "./keys.js";
import { Owned } from "./owned.js";

/** Operations of others that are known here at once; of those that nothing is done for, the oldest are forgotten first. */
const MAX_JOINED = 1_000;
const FLUSH_MILLIS = 5_000;

type AnyScoped = (scope: never) => unknown;

export class Crossing {
  readonly #core: Core;
  readonly keys: Keys = new Keys();
  readonly #transports: ContributionTransport[] = [];
  readonly #owned = new Map<string, Owned>();
  readonly #joined = new Map<string, Joined>();
  /** What this whole process was started to work for. */
  readonly #surrounding: ReadCarrier | undefined;
  #forgetExit: (() => void) | undefined;

  constructor(core: Core, surrounding: string | undefined) {
    this.#core = core;
    if (surrounding !== undefined && surrounding !== "") this.#surrounding = this.#readText(surrounding);
  }

  /** Nothing is waiting for its owner. */
  get quiet(): boolean {
    for (const joined of this.#joined.values()) if (!joined.isQuiet) return false;
    return true;
  }

  /** Carriers made from now on name it too; the one added last comes first. */
  add(transport: ContributionTransport): () => void {
    this.#transports.unshift(transport);
    return () => {
      const at = this.#transports.indexOf(transport);
      if (at >= 0) this.#transports.splice(at, 1);
    };
  }

  carrier(handle: Handle): Carrier {
    const operation = handle.operation as Handle;
    const { key, addresses, instance } = operation.elsewhere ? this.#joinedOf(operation) : this.#reach(operation);
    const target: Target = {
      operationId: operation.id,
      operationType: operation.type,
      levelId: handle === operation ? undefined : handle.id,
      levelType: handle === operation ? undefined : handle.type,
      instance,
      key,
      addresses,
    };
    return traceCarrier(spanOf(handle), encodeTarget(target));
  }

  #joinedOf(operation: Handle): Pick<Target, "key" | "addresses" | "instance"> {
    for (const { target } of this.#joined.values()) if (target.operationId === operation.id) return target;
    return { key: "-", addresses: [], instance: "-" };
  }

  #reach(operation: Handle): Pick<Target, "key" | "addresses" | "instance"> {
    const instance = this.#core.instance.id;
    if (operation.outcome !== undefined) return { key: this.keys.make(operation.id), addresses: [], instance };
    let owned = this.#owned.get(operation.id);
    if (owned === undefined) {
      owned = new Owned(operation, this.keys);
      this.#owned.set(operation.id, owned);
      for (const transport of this.#transports) owned.reachBy(transport);
    }
    owned.handedOut();
    return { key: owned.key, addresses: owned.addresses, instance };
  }

  join(given: unknown, fn: AnyScoped): unknown {
    const core = this.#core;
    if (typeof fn !== "function")
      return core.diagnostics.misuse(expectedButReceived("INVALID_OPTION", "join", "a function", fn), "join");
    const read = readCarrier(given);
    if (read.wrong) this.#refuse();
    const { target, span } = read;
    if (target === undefined || !core.settings.enabled) return this.#untracked(span, fn, undefined);
    if (target.instance === core.instance.id) return this.#here(target, span, fn);
    const joined = this.#joinedFor(target);
    if (joined === undefined) return this.#untracked(span, fn, undefined);
    const image = joined.enter(target, span);
    return this.#run(image, span, fn, () => joined.leave());
  }

  #run(scope: Handle, span: SpanContext | undefined, fn: AnyScoped, left: () => void): unknown {
    return settleWith(
      {
        returned: (value) => {
          left();
          if (isGenerator(value)) refuseGenerator(scope);
        },
        threw: left,
      },
      () => this.#core.scopes.runJoined(scope, span, () => promised(fn(scope as never))),
    );
  }

  /** A carrier that came back to where it was made: the operation itself, unless it has ended. */
  #here(target: Target, span: SpanContext | undefined, fn: AnyScoped): unknown {
    const { state, diagnostics } = this.#core;
    const operation = state.get(target.operationId) as Handle | undefined;
    const level = target.levelId === undefined ? operation : operation?.extra?.levelsById?.get(target.levelId);
    if (!this.keys.fits(target.operationId, target.key)) {
      this.#refuse();
      return this.#untracked(span, fn, undefined);
    }
    const current = this.#owned.get(target.operationId)?.key === target.key;
    if (current && level?.slab !== undefined) return this.#run(level as Handle, span, fn, () => {});
    diagnostics.count("late_updates");
    return this.#untracked(span, fn, level as Handle | undefined);
  }

  #untracked(span: SpanContext | undefined, fn: AnyScoped, around: Handle | undefined): unknown {
    const scope = new NoopHandle(this.#core, "join", around?.id ?? this.#core.newId(), around?.operationId, [around]);
    const here = context.active();
    return context.with(span === undefined ? here : trace.setSpanContext(here, span), () => scope.run(fn));
  }

  #refuse(): void {
    const { diagnostics } = this.#core;
    diagnostics.count("carriers_refused");
    diagnostics.warnOnce("carrier", "a carrier that is none was joined; the work runs, and is not counted");
  }

  /** What a top-level operation is a part of: what this process was started for. */
  around(): { readonly image: Handle; readonly span: SpanContext | undefined } | undefined {
    const { target, span } = this.#surrounding ?? {};
    if (target === undefined || target.instance === this.#core.instance.id) return undefined;
    const joined = this.#joinedFor(target);
    return joined === undefined ? undefined : { image: joined.image(target, span), span };
  }

  #joinedFor(target: Target): Joined | undefined {
    const name = `${target.instance} ${target.key}`;
    let joined = this.#joined.get(name);
    if (joined !== undefined) return joined;
    if (this.#joined.size >= MAX_JOINED && !this.#forgetOldest()) {
      this.#core.diagnostics.count("contributions_dropped");
      return undefined;
    }
    joined = new Joined(this.#core, target, this.#transports);
    this.#joined.set(name, joined);
    this.#forgetExit ??= atExit(() => {
      for (const other of this.#joined.values()) other.leaveOpen();
    });
    return joined;
  }

  #forgetOldest(): boolean {
    for (const [name, joined] of this.#joined) if (joined.isQuiet) return this.#joined.delete(name);
    return false;
  }

  /** After every tick of the sampler. */
  tick(drive: Drive): void {
    for (const joined of this.#joined.values()) joined.tick(drive);
    for (const owned of this.#owned.values()) owned.tell();
  }

  /** It is about to end, or is looked at: what was done for it before counts. */
  takeOver(handle: Entry): void {
    if (this.#owned.size > 0) this.#owned.get(handle.operation.id)?.drain();
  }

  ended(handle: Handle): void {
    if (handle.parent?.elsewhere === true && this.#joined.size > 0)
      for (const joined of this.#joined.values()) joined.settle();
    if (!handle.isOperation || this.#owned.size === 0) return;
    this.#owned.get(handle.id)?.close();
    this.#owned.delete(handle.id);
  }

  cancelRequested(handle: Handle): void {
    if (!handle.elsewhere) this.#owned.get(handle.operation.id)?.tell();
    else if (handle.isOperation)
      for (const joined of this.#joined.values()) if (joined.operationId === handle.id) joined.cancelRequested();
  }

  event(image: Handle, name: string, attributes: Attributes): void {
    for (const joined of this.#joined.values()) if (joined.event(image, name, attributes)) return;
  }

  /** Takes over what has arrived from others. */
  drain(): void {
    for (const owned of this.#owned.values()) owned.drain();
  }

  async forceFlush(): Promise<void> {
    if (this.#joined.size === 0) return;
    await atMost(FLUSH_MILLIS, Promise.all([...this.#joined.values()].map((joined) => joined.flush())));
  }

  async shutdown(): Promise<void> {
    await this.forceFlush();
    this.#forgetExit?.();
    for (const owned of this.#owned.values()) owned.close();
    this.#owned.clear();
    for (const transport of this.#transports)
      this.#core.diagnostics.safely("internal_errors", `transport ${transport.name}`, () => transport.shutdown?.());
  }

  #readText(text: string): ReadCarrier | undefined {
    try {
      const read = readCarrier(JSON.parse(text));
      if (!read.wrong) return read;
    } catch {
      // counted below, like anything else that is none
    }
    this.#refuse();
    return undefined;
  }
}

/** The span of a handle, or of what is around it, where it has none of its own. */
function spanOf(handle: Handle): SpanContext | undefined {
  let at: Handle | undefined = handle;
  while (at !== undefined && at.trace === undefined) at = at.parent as Handle | undefined;
  return at?.trace as SpanContext | undefined;
}
