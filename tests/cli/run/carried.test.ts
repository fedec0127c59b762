import { propagation, ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { afterEach, beforeEach, expect, it } from "vitest";
import { contextOf, environmentFor } from "../../../src/cli/run/carried.js";
import { createProgress, type Operation } from "../../../src/index.js";
import { createTestProgress, type TestProgress } from "../../../src/testing.js";

/** One that writes what W3C's does, and a field with a name that no variable can have. */
const propagator = {
  inject: (
    here: typeof ROOT_CONTEXT,
    carrier: unknown,
    setter: { set(c: unknown, key: string, value: string): void },
  ) => {
    const ids = trace.getSpanContext(here);
    if (ids === undefined) return;
    setter.set(carrier, "traceparent", `00-${ids.traceId}-${ids.spanId}-01`);
    setter.set(carrier, "2-x.sampled", "yes");
  },
  extract: (
    here: typeof ROOT_CONTEXT,
    carrier: unknown,
    getter: { get(c: unknown, key: string): unknown; keys(c: unknown): string[] },
  ) => {
    const [, traceId, spanId] = String(getter.get(carrier, "traceparent")).split("-");
    if (traceId === undefined || spanId === undefined || !getter.keys(carrier).includes("traceparent")) return here;
    return trace.setSpanContext(here, { traceId, spanId, traceFlags: 1 });
  },
  fields: () => ["traceparent"],
};
const CARRIER = () => JSON.stringify(op.carrier());
const PARENT = "00-0102030405060708090a0b0c0d0e0f10-0102030405060708-01";

let test: TestProgress;
let op: Operation;
beforeEach(() => {
  test = createTestProgress();
  op = test.progress.start("tool") as Operation;
});
afterEach(() => {
  propagation.disable();
  return test.progress.shutdown();
});

it("comes from the environment and goes into another, under names that variables may have", () => {
  propagation.setGlobalPropagator(propagator as never);
  const here = contextOf({ TRACEPARENT: PARENT });
  expect(trace.getSpanContext(here)?.spanId).toBe("0102030405060708");
  const before = { PATH: "/bin", TRACEPARENT: "old" };
  expect(environmentFor(op, before, here)).toEqual({
    PATH: "/bin",
    TRACEPARENT: PARENT,
    _2_X_SAMPLED: "yes",
    PROGRESS_CARRIER: CARRIER(),
  });
  expect(before.TRACEPARENT).toBe("old");
});

it("without a propagator what came is handed on as it is", () => {
  const env = { TRACEPARENT: PARENT, TRACESTATE: "a=b" };
  expect(contextOf(env)).toBe(ROOT_CONTEXT);
  expect(environmentFor(op, env, contextOf(env))).toEqual({ ...env, PROGRESS_CARRIER: CARRIER() });
});

it("an operation that is not tracked leaves the carrier as it came: the one around it is meant", async () => {
  await using off = createProgress({ enabled: false });
  const env = { PROGRESS_CARRIER: "of another" };
  expect(environmentFor(off.start("tool"), env)).toEqual(env);
});
