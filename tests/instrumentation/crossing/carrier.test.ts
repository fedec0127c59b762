import { createTraceState, type SpanContext } from "@opentelemetry/api";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeTarget, readCarrier, type Target, traceCarrier } from "../../../src/instrumentation/crossing/carrier.js";

const span: SpanContext = { traceId: "a".repeat(32), spanId: "b".repeat(16), traceFlags: 1 };
const target: Target = {
  operationId: "job 7",
  operationType: "import",
  levelId: undefined,
  levelType: undefined,
  instance: "i",
  key: "n.d",
  addresses: [["process", "/tmp/x:y/s"]],
};

describe("a carrier", () => {
  it("says what it was made of, whatever the ids hold, in characters that headers may have", () => {
    const id = fc.string({ minLength: 1, maxLength: 40, unit: "binary" });
    fc.assert(
      fc.property(id, id, id, (operationId, levelId, address) => {
        const made: Target = { ...target, operationId, levelId, levelType: "part", addresses: [["wire", address]] };
        const text = encodeTarget(made);
        expect(text).toMatch(/^[\x21-\x7e]+$/);
        expect(readCarrier({ progress: text })).toEqual({ span: undefined, target: made, wrong: false });
      }),
    );
  });

  it("leaves out addresses that make it too long, and is empty when ids do", () => {
    const long = `/${"é".repeat(250)}`;
    const text = encodeTarget({
      ...target,
      addresses: [
        ["a", long],
        ["b", long],
        ["c", long],
        ["d", "/s"],
      ],
    });
    expect(text.length).toBeLessThanOrEqual(4_096);
    expect(readCarrier({ progress: text }).target?.addresses.map(([name]) => name)).toEqual(["a", "b", "d"]);
    expect(encodeTarget({ ...target, operationId: "字".repeat(256), levelId: "字".repeat(256) })).toBe("");
  });

  it("holds the trace as W3C has it, and nothing else when there is none", () => {
    const state = createTraceState("a=1,b=2");
    expect(traceCarrier({ ...span, traceState: state }, "p")).toEqual({
      traceparent: `00-${span.traceId}-${span.spanId}-01`,
      tracestate: "a=1,b=2",
      progress: "p",
    });
    expect(traceCarrier(span)).toEqual({ traceparent: `00-${span.traceId}-${span.spanId}-01`, progress: "" });
    expect(traceCarrier(undefined)).toEqual({ progress: "" });
    expect(traceCarrier({ ...span, traceId: "0".repeat(32) })).toEqual({ progress: "" });
  });
});

describe("reading a carrier", () => {
  const traceparent = `00-${span.traceId}-${span.spanId}-01`;

  it("takes its fields from headers too, which may have come twice", () => {
    const headers = {
      host: "x",
      traceparent: [traceparent, "00-x"],
      tracestate: "a=1",
      progress: [encodeTarget(target)],
    };
    const read = readCarrier(headers);
    expect([read.target, read.wrong]).toEqual([target, false]);
    expect(read.span).toMatchObject({ ...span, isRemote: true });
    expect(read.span?.traceState?.serialize()).toBe("a=1");
  });

  it.each([
    "",
    "00",
    `00-${"0".repeat(32)}-${span.spanId}-01`,
    `00-${span.traceId}-${"0".repeat(16)}-01`,
    `ff-${span.traceId}-${span.spanId}-01`,
    `${traceparent}-more`,
    traceparent.toUpperCase(),
    5,
  ])("has no trace by %j", (wrong) => {
    expect(readCarrier({ traceparent: wrong, progress: "" })).toEqual({
      span: undefined,
      target: undefined,
      wrong: false,
    });
  });

  it("understands what later versions of the trace context have in common with this one", () => {
    expect(readCarrier({ traceparent: `01-${span.traceId}-${span.spanId}-01-more` }).span).toMatchObject(span);
  });

  const good = encodeTarget(target);
  it.each([
    null,
    5,
    "text",
    { progress: 7 },
    { progress: "x" },
    { progress: good.replace("v=1", "v=2") },
    { progress: good.replace("op=job+7", "op=") },
    { progress: good.replace(/key=[^&]*/, "") },
    { progress: good.replace("type=import", `type=${"x".repeat(257)}`) },
    { progress: `${good}&level=x` },
    { progress: good + "&x=".padEnd(4_096, "y") },
  ])("is wrong: %j", (wrong) => {
    expect(readCarrier(wrong)).toMatchObject({ target: undefined, wrong: true });
  });

  it("passes over addresses that are none, and more than eight", () => {
    const addresses = readCarrier({ progress: `${good}&at=x&at=:y&${"at=w:1&".repeat(20)}` }).target!.addresses;
    expect(addresses).toEqual([["process", "/tmp/x:y/s"], ...Array(5).fill(["w", "1"])]);
  });
});
