// Operations and levels whose spans somebody else writes, by the contract of docs/semantic-conventions.md. Their numbers
// are read from the span's own attributes at every tick, so they have tick resolution.

import { SpanStatusCode } from "@opentelemetry/api";
import * as semconv from "../semconv.js";
import { isCount } from "../state/cell.js";
import type { Core } from "./core.js";
import type { Handle } from "./handle.js";
import { begin } from "./lifecycle.js";
import { setMessage } from "./updates.js";

interface ForeignSpan {
  readonly name: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly status: { readonly code: SpanStatusCode; readonly message?: string };
  spanContext(): { readonly traceId: string; readonly spanId: string };
}

export class Adopted {
  readonly #core: Core;
  /** By span key; bounded by the limits on operations and open levels. */
  readonly #handles = new Map<string, { readonly handle: Handle; readonly span: ForeignSpan }>();
  readonly #read = () => {
    for (const [key, { handle, span }] of this.#handles) {
      // Ended from here, by a timeout or its parent: its span may never end.
      if (handle.slab === undefined) this.#handles.delete(key);
      else read(handle, span.attributes);
    }
  };

  constructor(core: Core) {
    this.#core = core;
    core.state.beforeTick.add(this.#read);
  }

  /** Takes the span in if it says what it is when it starts: `progress.operation.id` or `.type`, or `progress.level.type`. */
  started(span: ForeignSpan, parent: Handle | undefined): void {
    const level = text(span.attributes[semconv.ATTR_LEVEL_TYPE]);
    const handle = level === undefined ? this.#operation(span, parent) : parent && this.#level(span, parent, level);
    if (handle === undefined) return;
    handle.trace = span.spanContext();
    this.#handles.set(keyOf(span.spanContext()), { handle, span });
    begin(handle, Number.NaN, "foreign");
    read(handle, span.attributes);
  }

  /** The operation or level of the span with this key. */
  handleOf(key: string | undefined): Handle | undefined {
    return key === undefined ? undefined : this.#handles.get(key)?.handle;
  }

  ended(span: ForeignSpan): void {
    const found = this.#handles.get(keyOf(span.spanContext()));
    if (found === undefined) return;
    this.#handles.delete(keyOf(span.spanContext()));
    const { handle } = found;
    if (handle.slab === undefined) return;
    read(handle, span.attributes);
    if (span.status.code === SpanStatusCode.ERROR) {
      const type = text(span.attributes[semconv.ATTR_ERROR_TYPE]);
      handle.fail(new Error(span.status.message ?? type ?? "failed"), { code: type });
      return;
    }
    const reason = text(span.attributes[semconv.ATTR_REASON]);
    const status = span.attributes[semconv.ATTR_STATUS];
    if (status === "cancelled") handle.cancel(reason);
    else if (status === "skipped" && !handle.isOperation) handle.skip(reason);
    else handle.complete();
  }

  clear(): void {
    this.#core.state.beforeTick.delete(this.#read);
    this.#handles.clear();
  }

  #operation({ attributes, name }: ForeignSpan, parent: Handle | undefined): Handle | undefined {
    const type = text(attributes[semconv.ATTR_OPERATION_TYPE]);
    const id = text(attributes[semconv.ATTR_OPERATION_ID]);
    if (type === undefined && id === undefined) return undefined;
    const { state, settings, diagnostics } = this.#core;
    const taken = id !== undefined && state.getActive(id) !== undefined;
    if (taken || state.activeCount >= settings.limits.active || this.#tooDeep(parent)) {
      diagnostics.count("operations_refused");
      return undefined;
    }
    const kind = state.kinds.operation(type ?? name);
    const display = text(attributes[semconv.ATTR_OPERATION_NAME]);
    const handle = this.#core.newHandle(
      kind,
      id ?? this.#core.newId(),
      parent,
      display,
      text(attributes[semconv.ATTR_UNIT]),
    );
    if (parent !== undefined) state.adopt(handle);
    return handle;
  }

  #tooDeep(parent: Handle | undefined): boolean {
    return parent !== undefined && parent.depth + 1 >= this.#core.settings.limits.depth;
  }

  #level({ attributes }: ForeignSpan, parent: Handle, type: string): Handle | undefined {
    const { state, settings, diagnostics } = this.#core;
    const operation = parent.operation as Handle;
    const number = ++operation.more.levelCount;
    const id = text(attributes[semconv.ATTR_LEVEL_ID]) ?? String(number);
    const taken = operation.extra?.levelsById?.has(id);
    if (taken || operation.more.openLevels >= settings.limits.openLevels || this.#tooDeep(parent)) {
      diagnostics.count("levels_refused");
      return undefined;
    }
    const kind = state.kinds.level(operation.kind.type, type);
    const display = text(attributes[semconv.ATTR_LEVEL_NAME]);
    const handle = this.#core.newHandle(kind, id, parent, display, text(attributes[semconv.ATTR_UNIT]));
    state.adopt(handle);
    return handle;
  }
}

function read(handle: Handle, attributes: ForeignSpan["attributes"]): void {
  if (handle.slab === undefined) return;
  const current = attributes[semconv.ATTR_CURRENT];
  const total = attributes[semconv.ATTR_TOTAL];
  const message = attributes[semconv.ATTR_MESSAGE];
  if (isCount(current)) handle.buf[handle.i] = current;
  if (isCount(total)) handle.slab.total[handle.i] = total;
  if (typeof message === "string" && message !== handle.extra?.message) setMessage(handle, message);
}

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);

/** A span among all of the process. */
export function keyOf({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }): string {
  return `${traceId}-${spanId}`;
}
