import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { operationsOf } from "../../../src/query/jaeger/family-tree.js";
import { snapshotOf } from "../../../src/query/jaeger/snapshots.js";
import { dataOf, errorsOf, readTrace, traceIdOf } from "../../../src/query/jaeger/untrusted.js";
import { operation, span, TRACE, traceOf } from "./json-spans.js";
import { recorded } from "./recording.js";

const read = (...spans: unknown[]) => readTrace({ ...traceOf([]), spans })!;

describe("an answer", () => {
  it("has a list as its data, which may be null when there is nothing", () => {
    expect([dataOf({ data: [1] }), dataOf({ data: null, errors: null })]).toEqual([[1], []]);
    const none = [undefined, null, [], "data", {}, { data: {} }, { data: null, errors: [{ msg: "no" }] }];
    expect(none.map(dataOf)).toEqual(none.map(() => undefined));
  });

  it("says what went wrong", () => {
    const errors = [{ code: 400, msg: "first" }, { msg: "second" }, { msg: 3 }, null];
    expect([errorsOf({ errors }), errorsOf({ errors: [] }), errorsOf("text")]).toEqual([
      "first; second",
      undefined,
      undefined,
    ]);
  });
});

describe("a real trace", () => {
  it.each(["completed", "failed", "running", "lost"] as const)("of what is %s is read as a whole", (name) => {
    for (const trace of recorded(name).traces) {
      const { spans, malformed, traceId } = readTrace(trace)!;
      expect([spans.length, malformed, traceId]).toEqual([trace.spans.length, 0, trace.traceID]);
    }
  });

  it("has times, parents, tags, events in order, and the process", () => {
    const made = span({
      id: "b",
      parent: "a",
      from: 2,
      seconds: 3,
      tags: { n: 1, t: "x", on: false },
      events: [
        [4, "late", { m: 2 }],
        [3, "early", {}],
      ],
    });
    const [one] = readTrace(traceOf([made]))!.spans;
    const start = Date.UTC(2026, 0, 1, 0, 0, 2) * 1_000;
    expect(one).toMatchObject({ traceId: TRACE, name: "b", startMicros: start, endMicros: start + 3e6 });
    expect(one!.parentSpanId).toBe(made.references[0]!.spanID);
    expect([...one!.tags]).toEqual([
      ["n", 1],
      ["t", "x"],
      ["on", false],
    ]);
    expect(one!.events.map(({ name, fields }) => [name, fields.get("m")])).toEqual([
      ["early", undefined],
      ["late", 2],
    ]);
    expect([one!.process.service, one!.process.tags.get("process.pid")]).toEqual(["app", 42]);
  });
});

describe("what cannot be read", () => {
  it.each([
    ["no object", 7],
    ["no id", { ...operation("a"), spanID: undefined }],
    ["an id that is no number", { ...operation("a"), spanID: "xyz" }],
    ["an id that is too long", { ...operation("a"), spanID: "0".repeat(17) }],
    ["no name", { ...operation("a"), operationName: "" }],
    ["another trace", { ...operation("a"), traceID: "1" }],
    ["a start that is a text", { ...operation("a"), startTime: "now" }],
    ["a start before all", { ...operation("a"), startTime: -1 }],
    ["a start after all", { ...operation("a"), startTime: 8.65e18 }],
    ["an endless duration", { ...operation("a"), duration: Number.POSITIVE_INFINITY }],
    ["an end after all", { ...operation("a"), startTime: 8.6e18, duration: 1e17 }],
  ])("as a span is left out and counted: %s", (_, bad) => {
    const { spans, malformed } = read(bad, operation("b"));
    expect([spans.length, malformed]).toEqual([1, 1]);
  });

  it("as a trace is none", () => {
    for (const bad of [undefined, 7, [], {}, { traceID: 7 }, { traceID: "" }]) expect(readTrace(bad)).toBe(undefined);
    expect(traceIdOf({ traceID: "AB" })).toBe(`${"0".repeat(30)}ab`);
  });

  it("of a tag, an event, a reference, a process is left out alone", () => {
    const tags = [
      null,
      { key: 7, value: 1 },
      { key: "x".repeat(300), value: 1 },
      { key: "o", value: {} },
      { key: "n", value: 1 },
    ];
    const logs = [7, { timestamp: "x", fields: [] }, { timestamp: 1, fields: [{ key: "no", value: "event" }] }];
    const references = [
      null,
      { refType: "FOLLOWS_FROM", traceID: TRACE, spanID: "1" },
      { refType: "CHILD_OF", traceID: "1", spanID: "1" },
    ];
    const bad = { ...operation("a"), tags, logs, references, processID: "nobody" };
    const [one] = readTrace({ traceID: TRACE, spans: [bad], processes: { p1: 7, p2: { serviceName: 7 } } })!.spans;
    expect([...one!.tags]).toEqual([["n", 1]]);
    expect([one!.events, one!.parentSpanId, one!.process.service]).toEqual([[], undefined, ""]);
  });

  it("is twice there is read once", () => {
    expect(read(operation("a"), operation("a")).spans.length).toBe(1);
  });

  it("as an exact number is one as near as can be", () => {
    const tags = [
      { key: "n", type: "int64", value: "9007199254740993" },
      { key: "s", type: "int64", value: "many" },
    ];
    expect([...read({ ...operation("a"), tags }).spans[0]!.tags]).toEqual([["n", 9_007_199_254_740_992]]);
  });

  it("in length is cut", () => {
    const tags = Array.from({ length: 2_000 }, (_, n) => ({ key: `k${n}`, value: "x".repeat(70_000) }));
    const logs = Array.from({ length: 2_000 }, () => ({ timestamp: 1, fields: [{ key: "event", value: "e" }] }));
    const [one] = read({ ...operation("a"), tags, logs }).spans;
    expect([one!.tags.size, one!.events.length]).toEqual([1_200, 1_024]);
    expect((one!.tags.get("k0") as string).length).toBe(65_536);
  });
});

/** A recorded trace in which values here and there are something else. */
const damaged = fc
  .tuple(
    fc.constantFrom(...(["completed", "failed", "running", "lost"] as const)),
    fc.array(fc.tuple(fc.nat(), fc.oneof(fc.anything(), fc.constantFrom(-1, 1e300, "", "0", [], {}, null, "p1"))), {
      minLength: 1,
      maxLength: 40,
    }),
  )
  .map(([name, changes]) => {
    const trace = structuredClone(recorded(name).traces[0]!) as object;
    for (const [place, value] of changes) damage(trace, place, value);
    return trace;
  });

function damage(root: object, place: number, value: unknown): void {
  let at = root as Record<string, unknown>;
  for (let rest = place; ; rest = Math.floor(rest / 3)) {
    const keys = Object.keys(at);
    const key = keys[rest % Math.max(1, keys.length)];
    if (key === undefined) return;
    const below = at[key];
    if (rest === 0 || typeof below !== "object" || below === null) {
      at[key] = value;
      return;
    }
    at = below as Record<string, unknown>;
  }
}

it("whatever an answer holds, snapshots are made of what can be read of it, and can be sent on", () => {
  fc.assert(
    fc.property(fc.oneof(damaged, fc.anything()), (value) => {
      const trace = readTrace(value);
      for (const operation of trace === undefined ? [] : operationsOf(trace)) {
        const snapshot = snapshotOf(operation, Date.UTC(2026, 5, 1) * 1_000);
        const again = JSON.parse(JSON.stringify(snapshot)) as typeof snapshot;
        expect([typeof again.id, typeof again.type, typeof again.name]).toEqual(Array(3).fill("string"));
        expect(again.percentage ?? 0).toBeLessThanOrEqual(100);
        expect(again.elapsedSeconds).toBeGreaterThanOrEqual(0);
        expect(Number.isNaN(Date.parse(again.updatedAt))).toBe(false);
      }
    }),
    { numRuns: 2_000 },
  );
});
