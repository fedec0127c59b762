import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { describe, expect, it } from "vitest";
import { contextOf } from "../../../src/instrumentation/mcp/trace-context.js";

const TRACE = "0af7651916cd43dd8448eb211c80319c";
const SPAN = "00f067aa0ba902b7";
const read = (meta: Record<string, unknown>) => trace.getSpanContext(contextOf(meta, ROOT_CONTEXT));

describe("the trace of a request", () => {
  it("is that of its traceparent and tracestate", () => {
    const read1 = read({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: "a=1,b=2" })!;
    expect(read1).toMatchObject({ traceId: TRACE, spanId: SPAN, traceFlags: 1, isRemote: true });
    expect(read1.traceState!.serialize()).toBe("a=1,b=2");
    expect(read({ traceparent: `00-${TRACE}-${SPAN}-00` })).toMatchObject({ traceFlags: 0 });
  });

  it("may be said in a version to come, with more flags and fields", () => {
    expect(read({ traceparent: `01-${TRACE}-${SPAN}-ff-more` })).toMatchObject({ traceId: TRACE, traceFlags: 1 });
  });

  it.each([
    [undefined],
    [7],
    [""],
    ["00"],
    [`00-${TRACE}-${SPAN}`],
    [`00-${TRACE}-${SPAN}-01-more`],
    [`ff-${TRACE}-${SPAN}-01`],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`],
    [`00-${"0".repeat(32)}-${SPAN}-01`],
    [`00-${TRACE}-${"0".repeat(16)}-01`],
    [`00-${TRACE}-${SPAN}-01\n`],
  ])("is not taken from %j: the active context stays", (traceparent) => {
    expect(contextOf({ traceparent }, ROOT_CONTEXT)).toBe(ROOT_CONTEXT);
  });

  it("goes without a tracestate that is none, or is too long to be passed on", () => {
    for (const tracestate of [7, "", `a=${"1".repeat(600)}`])
      expect(read({ traceparent: `00-${TRACE}-${SPAN}-01`, tracestate })).not.toHaveProperty("traceState");
  });
});
