import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { liveSpread, pastSpread } from "../../src/eta/range.js";

/** An hour's work, in tenths of it done: shares of what is left that are low and high. */
const even = (tenths: number) => {
  const { below, above } = liveSpread(tenths * 360, (10 - tenths) * 360, 0);
  return [Math.exp(-below), Math.exp(above)].map((share) => Math.round(share * 100));
};

describe("of what this run says, the range", () => {
  it("closes in on an even run from its first tenth on", () => {
    expect([1, 2, 5, 9].map(even)).toEqual([
      [67, 118],
      [97, 113],
      [97, 107],
      [97, 104],
    ]);
  });

  it("says of the first hundredth that the rest may be over soon, however even it was", () => {
    const { below, above } = liveSpread(36, 3_564, 0);
    expect([Math.exp(-below) < 0.05, Math.exp(above) < 1.4]).toEqual([true, true]);
  });

  it("is as wide as the run was told wrong, and what errs and has far to go may be over at once", () => {
    const lows = [0.01, 0.1, 0.5].map((loss) => Math.exp(-liveSpread(900, 2_700, loss).below));
    expect(lows.map((share) => Math.round(share * 100))).toEqual([92, 68, 6]);
  });

  it("is wider in proportion where little is left", () => {
    const [half, end] = [1_800, 60].map((left) => liveSpread(1_800, left, 0.2));
    expect([end!.below > half!.below, end!.above > half!.above]).toEqual([true, true]);
  });
});

describe("of what earlier runs say, the range", () => {
  it("holds at first what their durations differed by, and later what they were wrong by", () => {
    expect(pastSpread(0, 100, 0, 0.2)).toBeCloseTo(0.27, 6);
    expect(pastSpread(99, 1, 0, 0.2)).toBeCloseTo(0.03, 2);
    expect(pastSpread(50, 50, 0.25, 0)).toBeCloseTo(0.03 + 0.4 * Math.sqrt(0.5), 6);
  });
});

it("no range depends on how long a second is, or shrinks when more was wrong", () => {
  const seconds = fc.double({ min: 1e-3, max: 1e7, noNaN: true });
  const loss = fc.double({ min: 0, max: 4, noNaN: true });
  fc.assert(
    fc.property(seconds, seconds, loss, loss, fc.double({ min: 1, max: 1e3, noNaN: true }), (t, left, a, b, by) => {
      const of = (wrong: number, times = 1) => {
        const { below, above } = liveSpread(t * times, left * times, wrong);
        return [below, above, pastSpread(t * times, left * times, wrong, 0.2)];
      };
      const [less, more] = [of(Math.min(a, b)), of(Math.max(a, b))];
      for (const [n, stretched] of of(a, by).entries()) expect(stretched).toBeCloseTo(of(a)[n]!, 6);
      for (const [n, spread] of less.entries()) expect(spread).toBeLessThanOrEqual(more[n]!);
      expect(Math.min(...less)).toBeGreaterThan(0);
    }),
  );
});
