import { describe, expect, it } from "vitest";
import { Rising, wholePercentage } from "../src/protocol-values.js";

describe("a whole percentage", () => {
  it.each([
    [0, 0],
    [0.9, 0],
    [99.9, 99],
    [100, 100],
    [undefined, undefined],
  ])("of %s is %s", (percentage, whole) => {
    expect(wholePercentage(percentage === undefined ? {} : { percentage })).toBe(whole);
  });
});

describe("a rising value", () => {
  it("passes only what is greater than all before", () => {
    const rising = new Rising();
    const given = [0, 0, 2, 1, Number.NaN, 2, 2.1, Number.POSITIVE_INFINITY, 5];
    expect(given.map((value) => rising.next(value))).toEqual([
      0,
      undefined,
      2,
      undefined,
      undefined,
      undefined,
      2.1,
      Number.POSITIVE_INFINITY,
      undefined,
    ]);
  });
});
