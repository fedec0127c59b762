import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { etaFromFraction, Pace } from "../src/estimator.js";

/** A pace that was observed every `gap` milliseconds, `times` times. */
function steady(items: number, gap: number, times: number): Pace {
  const pace = new Pace(0);
  for (let n = 1; n <= times; n++) pace.observe(n * gap, items);
  return pace;
}

describe("Pace", () => {
  it("knows nothing before the first item", () => {
    const pace = new Pace(0);
    expect([pace.rate(1_000), pace.usualGapSeconds(), pace.peak]).toEqual([undefined, undefined, 0]);
  });

  it("a steady pace is that pace, whatever it is and however long it lasts", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000 }),
        fc.integer({ min: 1, max: 100_000 }),
        fc.integer({ min: 1, max: 300 }),
        (items, gap, times) => {
          const pace = steady(items, gap, times);
          const expected = (items / gap) * 1_000;
          expect(pace.rate(times * gap)! / expected).toBeCloseTo(1, 9);
          if (times * gap >= 2_000) expect(pace.peak / expected).toBeCloseTo(1, 9);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("the rate lies between the slowest and the fastest stretch", () => {
    const stretch = fc.record({ gap: fc.integer({ min: 1, max: 60_000 }), items: fc.integer({ min: 1, max: 1_000 }) });
    fc.assert(
      fc.property(fc.array(stretch, { minLength: 1, maxLength: 100 }), (stretches) => {
        const pace = new Pace(0);
        let now = 0;
        for (const { gap, items } of stretches) pace.observe((now += gap), items);
        const rates = stretches.map(({ gap, items }) => (items / gap) * 1_000);
        expect(pace.rate(now)!).toBeGreaterThanOrEqual(Math.min(...rates) * (1 - 1e-9));
        expect(pace.rate(now)!).toBeLessThanOrEqual(Math.max(...rates) * (1 + 1e-9));
        if (now >= 2_000) expect(pace.peak).toBeGreaterThanOrEqual(pace.rate(now)!);
      }),
      { numRuns: 1_000 },
    );
  });

  it("a burst is no peak before a second has passed", () => {
    const pace = new Pace(0);
    pace.observe(100, 1_000);
    pace.observe(900, 1_000);
    expect(pace.peak).toBe(0);
    pace.observe(1_900, 0);
    expect(pace.peak).toBe(pace.rate(1_900));
  });

  it("is right for items slower than any half-life", () => {
    const pace = steady(1, 60_000, 20);
    expect(pace.rate(20 * 60_000)).toBeCloseTo(1 / 60, 12);
  });

  it("a gap counts only once it exceeds the usual gap, and then the rate falls steadily", () => {
    const pace = steady(10, 1_000, 10);
    const usual = pace.rate(10_000)!;
    expect(usual).toBeCloseTo(10, 12);
    expect([pace.rate(10_500), pace.rate(11_000)]).toEqual([usual, usual]);
    const falling = [12_000, 15_000, 30_000, 300_000].map((now) => pace.rate(now)!);
    expect(falling).toEqual([...falling].sort((a, b) => b - a));
    expect(new Set([usual, ...falling]).size).toBe(5);
    expect(falling.at(-1)!).toBeLessThan(0.02);
  });

  it("forgets by a half-life of five seconds at first, and of a quarter of the run later", () => {
    // One item per second, then ten per second for exactly one half-life: each counts for half.
    const early = new Pace(0);
    early.observe(10_000, 10);
    early.observe(15_000, 50);
    expect(early.rate(15_000)).toBeCloseTo((10 / 2 + 50) / (10 / 2 + 5), 12);
    const late = new Pace(0);
    late.observe(3_000_000, 3_000);
    late.observe(4_000_000, 10_000);
    expect(late.rate(4_000_000)).toBeCloseTo((3_000 / 2 + 10_000) / (3_000 / 2 + 1_000), 12);
  });

  it("items seen twice at one time are counted, and time does not pass for them", () => {
    const pace = new Pace(0);
    pace.observe(1_000, 5);
    pace.observe(1_000, 5);
    expect(pace.rate(1_000)).toBe(10);
  });

  it("items before any time passed make no rate", () => {
    const pace = new Pace(1_000);
    pace.observe(1_000, 5);
    expect(pace.rate(1_000)).toBeUndefined();
  });

  it("the usual gap is known from the fifth observation on and follows slowly", () => {
    expect(steady(1, 2_000, 4).usualGapSeconds()).toBeUndefined();
    const pace = steady(1, 2_000, 5);
    expect(pace.usualGapSeconds()).toBe(2);
    pace.observe(10_000 + 12_000, 1);
    expect(pace.usualGapSeconds()).toBe(4);
  });

  it("a pause is as if it had not been", () => {
    const [paused, plain] = [steady(3, 1_000, 10), steady(3, 1_000, 10)];
    paused.pausedFor(3_600_000);
    paused.observe(3_611_000, 5);
    plain.observe(11_000, 5);
    expect(paused.rate(3_611_500)).toBe(plain.rate(11_500));
    expect(paused.usualGapSeconds()).toBe(plain.usualGapSeconds());
  });

  it("a new attempt keeps the speed", () => {
    const pace = steady(10, 1_000, 10);
    const before = pace.rate(10_000);
    pace.restart(20_000);
    expect(pace.rate(20_000)).toBe(before);
  });
});

describe("etaFromFraction", () => {
  it("the rest takes as long in proportion", () => {
    expect(etaFromFraction(0.25, 30)).toEqual({ seconds: 90, low: 90, high: 90, basis: "rate" });
    expect(etaFromFraction(1, 30)).toEqual({ seconds: 0, low: 0, high: 0, basis: "rate" });
  });

  it("is unknown before anything is done, and for what is no fraction", () => {
    const given = [
      etaFromFraction(0, 30),
      etaFromFraction(1.01, 30),
      etaFromFraction(-0.1, 30),
      etaFromFraction(0.5, 0),
    ];
    expect(given).toEqual([undefined, undefined, undefined, undefined]);
  });
});
