import { describe, expect, it } from "vitest";
import {
  countOf,
  defined,
  nameOf,
  ratioOf,
  textOf,
  timeOf,
  userAttributes,
  type Value,
} from "../../../src/query/jaeger/values.js";

const only = (value: Value) => new Map([["x", value]]);

describe("a value of a span", () => {
  it("is a count from 0 to the greatest exact one", () => {
    const values: Value[] = [
      0,
      1.5,
      Number.MAX_SAFE_INTEGER,
      -1,
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      "1",
      true,
    ];
    expect(values.map((value) => countOf(only(value), "x"))).toEqual([
      0,
      1.5,
      Number.MAX_SAFE_INTEGER,
      ...Array(6).fill(undefined),
    ]);
    expect(countOf(new Map(), "x")).toBe(undefined);
  });

  it("is a ratio from 0 to 1", () => {
    expect([0, 0.25, 1, 1.01, -0.1].map((value) => ratioOf(only(value), "x"))).toEqual([
      0,
      0.25,
      1,
      undefined,
      undefined,
    ]);
  });

  it("is a text with something in it", () => {
    expect(["a", "", 1, true].map((value) => textOf(only(value), "x"))).toEqual(["a", ...Array(3).fill(undefined)]);
  });

  it("is a name of at most 256 characters, not cut through one", () => {
    expect([nameOf("a"), nameOf(""), nameOf(7), nameOf(undefined)]).toEqual(["a", ...Array(3).fill(undefined)]);
    expect(nameOf("x".repeat(300))).toBe(`${"x".repeat(255)}…`);
  });

  it("is a moment, to the millisecond", () => {
    expect(timeOf(1_767_225_600_123_999)).toBe("2026-01-01T00:00:00.123Z");
    expect(timeOf(8.64e18)).toBe("+275760-09-13T00:00:00.000Z");
  });

  it("is left out where it is unknown", () => {
    expect([defined("x", undefined), defined("x", 0)]).toEqual([{}, { x: 0 }]);
  });
});

it("attributes of users are what is neither ours nor Jaeger's", () => {
  const ours = [
    "progress.current",
    "otel.scope.name",
    "error",
    "error.type",
    "span.kind",
    "sampler.type",
    "w3c.tracestate",
  ];
  const theirs = ["tenant", "errors", "progressive", "__proto__"];
  const tags = new Map([...ours, ...theirs].map((name) => [name, name]));
  const attributes = userAttributes(tags);
  expect(Object.keys(attributes)).toEqual(theirs);
  expect([Object.getPrototypeOf(attributes), Object.isFrozen(attributes)]).toEqual([Object.prototype, true]);
});
