import { describe, expect, it } from "vitest";
import { RisingProgress, wholePercentage } from "../src/protocol-values.js";

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
  it("is the share done of the total, and nothing when nothing is new", () => {
    const rising = new RisingProgress();
    const next = (percentage: number, total = 3) => rising.next({ percentage, total });
    expect([next(0), next(0), next(100 / 3), next(50), next(100), next(100)]).toEqual([
      { progress: 0, total: 3 },
      undefined,
      { progress: 1, total: 3 },
      { progress: 1.5, total: 3 },
      { progress: 3, total: 3 },
      undefined,
    ]);
  });

  it("is the percentage where there is no total, and the count where there is no percentage", () => {
    expect(new RisingProgress().next({ percentage: 12.5 })).toEqual({ progress: 12.5, total: 100 });
    expect(new RisingProgress().next({ current: 7 })).toEqual({ progress: 7 });
    expect(new RisingProgress().next({})).toEqual({ progress: 0 });
  });

  it("grows by a hair when something else is to be said, and people see the same total", () => {
    const rising = new RisingProgress();
    rising.next({ percentage: 50, total: 10 });
    expect(rising.next({ percentage: 50, total: 10 }, true)).toEqual({ progress: 5.000005, total: 10 });
    expect(rising.next({ percentage: 60, total: 10 })).toEqual({ progress: 6, total: 10 });
    rising.next({ percentage: 100, total: 10 });
    const { progress, total } = rising.next({ percentage: 100, total: 10 }, true)!;
    expect([progress, total]).toEqual([10.00001, 10.00001]);
  });

  it("keeps rising when the total becomes known, shrinks, or is forgotten", () => {
    const rising = new RisingProgress();
    expect(rising.next({ current: 500 })).toEqual({ progress: 500 });
    expect(rising.next({ current: 500, total: 1000, percentage: 50 })).toEqual({ progress: 500.0005, total: 1000 });
    expect(rising.next({ current: 60, total: 100, percentage: 60 })).toEqual({ progress: 600, total: 1000 });
    const forgotten = rising.next({ current: 61 })!;
    expect([forgotten.progress > 600, forgotten.total]).toEqual([true, undefined]);
  });

  it("keeps rising when the work starts over, and the share done is told as it is", () => {
    const rising = new RisingProgress();
    rising.next({ percentage: 80 });
    const zero = rising.next({ percentage: 0 })!;
    expect([zero.progress > 80, zero.total]).toEqual([true, undefined]);
    const begun = rising.next({ percentage: 10 })!;
    expect([begun.progress > zero.progress, begun.progress / begun.total!]).toEqual([true, expect.closeTo(0.1)]);
    const half = rising.next({ percentage: 50 })!;
    expect([half.progress > begun.progress, half.progress / half.total!]).toEqual([true, expect.closeTo(0.5)]);
  });
});
