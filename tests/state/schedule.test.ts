import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { schedule } from "../../src/state/schedule.js";

const running = (...seconds: number[]) =>
  seconds.map((of) => ({ seconds: of, low: of * 0.5, high: of * 2, basis: "rate" as const }));
const NONE = { count: 0, seconds: 0, longest: 0, seen: 3 };
const alike = (count: number, each: number, seen = 4) => ({ count, seconds: count * each, longest: each, seen });

describe("parts that run side by side", () => {
  it("take as long as the slowest of them, in every bound", () => {
    expect(schedule(running(10, 40, 20), NONE)).toEqual({ seconds: 40, low: 20, high: 80 });
  });

  it("with others to come take all that is left over those that run at once", () => {
    expect(schedule(running(10, 20), alike(10, 6)).seconds).toBe(45);
  });

  it("the range allows for the last one to begin late, and is the narrower the more parts were seen", () => {
    const [few, many] = [1, 100].map((seen) => schedule(running(6, 6, 6), alike(9, 6, seen)));
    expect([few!.seconds, many!.seconds]).toEqual([24, 24]);
    expect([many!.high > 28, many!.high - many!.low < few!.high - few!.low]).toEqual([true, true]);
  });

  it("one after the other have no last one that begins late", () => {
    const { low, seconds, high } = schedule(running(), { count: 4, seconds: 40, longest: 25, seen: 4 });
    expect([low, seconds, high].map(Math.round)).toEqual([28, 40, 57]);
  });
});

it("whatever their durations, work that never waits ends between the seconds and the end of the range", () => {
  const durations = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(durations, durations, (busy, waiting) => {
      const ends = [...busy];
      for (const seconds of waiting) ends[ends.indexOf(Math.min(...ends))]! += seconds;
      const toCome = {
        count: waiting.length,
        seconds: waiting.reduce((a, b) => a + b),
        longest: Math.max(...waiting),
        seen: 10,
      };
      const eta = schedule(running(...busy), toCome);
      expect(Math.max(...ends)).toBeGreaterThanOrEqual(eta.seconds - 1e-9);
      expect(Math.max(...ends)).toBeLessThanOrEqual(eta.high + 1e-9);
    }),
  );
});

it("they may be as many as there are", () => {
  const left = Array.from({ length: 200_000 }, () => running(10)[0]!);
  expect(schedule(left, NONE)).toEqual({ seconds: 10, low: 5, high: 20 });
});
