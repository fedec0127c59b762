// The trace a request belongs to: `traceparent` and `tracestate` of its `_meta`, in the format of W3C Trace Context, whatever
// propagator the application has for its own protocols. `baggage` is left alone: it would leave again with every HTTP call.

import {
  type Context,
  context,
  createTraceState,
  isSpanContextValid,
  type SpanContext,
  trace,
} from "@opentelemetry/api";
import type { RequestMeta } from "./request.js";

/** Version, trace id, span id, flags; versions to come may have more behind a further dash. */
const TRACEPARENT = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;
/** Characters; what W3C Trace Context says has to be passed on at least. */
const MAX_TRACESTATE = 512;

/** The active context with the caller's span as the parent of what starts in it; unchanged when there is none, or a wrong one. */
export function contextOf(meta: RequestMeta, active: Context = context.active()): Context {
  const caller = callerOf(meta["traceparent"], meta["tracestate"]);
  return caller === undefined ? active : trace.setSpanContext(active, caller);
}

function callerOf(traceparent: unknown, tracestate: unknown): SpanContext | undefined {
  const found = typeof traceparent === "string" ? TRACEPARENT.exec(traceparent) : null;
  if (found === null) return undefined;
  const [, version, traceId, spanId, flags, more] = found;
  if (version === "ff" || (version === "00" && more !== undefined)) return undefined;
  const caller: SpanContext = {
    traceId: traceId!,
    spanId: spanId!,
    // Those that are defined: sampled.
    traceFlags: Number.parseInt(flags!, 16) & 1,
    isRemote: true,
    ...(isTracestate(tracestate) && { traceState: createTraceState(tracestate) }),
  };
  return isSpanContextValid(caller) ? caller : undefined;
}

const isTracestate = (value: unknown): value is string =>
  typeof value === "string" && value !== "" && value.length <= MAX_TRACESTATE;
