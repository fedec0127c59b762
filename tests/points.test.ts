import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Points } from "../src/points.js";

/** Offers `samples` samples; sample n is taken at n milliseconds and has n as its value. */
function run(capacity: number, samples: number): Points {
  const points = new Points(capacity);
  for (let n = 0; n < samples; n++) if (points.wants(n)) points.add(n, n, samples, n / samples, 1, undefined);
  return points;
}

const kept = (points: Points): number[] => [...points].map(({ current }) => current);

describe("Points", () => {
  it("keeps everything while there is room", () => {
    expect(kept(run(8, 8))).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(kept(run(8, 0))).toEqual([]);
  });

  it("throws every second one out when it is full, and takes every second one from then on", () => {
    expect(kept(run(8, 9))).toEqual([0, 2, 4, 6, 8]);
    expect(kept(run(8, 16))).toEqual([0, 2, 4, 6, 8, 10, 12, 14]);
    expect(kept(run(8, 17))).toEqual([0, 4, 8, 12, 16]);
  });

  it("with an odd capacity the sample that found it full is skipped", () => {
    expect(kept(run(5, 5))).toEqual([0, 1, 2, 3, 4]);
    expect(kept(run(5, 6))).toEqual([0, 2, 4]);
    expect(kept(run(5, 7))).toEqual([0, 2, 4, 6]);
  });

  it("with room for one keeps the first", () => {
    expect([kept(run(1, 1)), kept(run(1, 1_000))]).toEqual([[0], [0]]);
  });

  it("starts with the first sample, stays within capacity and is evenly spread, for any length of the run", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), fc.nat(20_000), (capacity, samples) => {
        const values = kept(run(capacity, samples));
        const stride = (values[1] ?? 1) - (values[0] ?? 0);
        expect(values).toEqual(values.map((_, index) => index * stride));
        expect(values.length).toBeLessThanOrEqual(capacity);
        expect(values.length).toBeGreaterThanOrEqual(Math.min(samples, capacity / 2));
        // Up to the end: nothing is missing after the last one but what the stride leaves out.
        if (samples > 0) expect(samples - 1 - values.at(-1)!).toBeLessThan(stride);
        expect(Math.log2(stride) % 1).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });

  it("holds ten million samples as it holds ten", () => {
    const values = kept(run(31, 10_000_000));
    const stride = 2 ** 19;
    expect(values).toEqual(Array.from({ length: Math.ceil(10_000_000 / stride) }, (_, index) => index * stride));
  });

  it("takes two offers at the same time as one sample", () => {
    const points = new Points(4);
    const wanted = [1, 1, 2, 2, 2, 3].map((millis) => {
      const wants = points.wants(millis);
      if (wants) points.add(millis, millis, Number.NaN, Number.NaN, Number.NaN, undefined);
      return wants;
    });
    expect([wanted, kept(points), points.length]).toEqual([[true, false, true, false, false, true], [1, 2, 3], 3]);
  });

  it("gives back every field of a point", () => {
    const points = new Points(4);
    points.wants(10);
    points.add(10, 1, 2, 0.5, 3, "half");
    points.wants(20);
    points.add(20, 2, Number.NaN, Number.NaN, Number.NaN, undefined);
    expect([points.at(0), points.at(1)]).toEqual([
      { millis: 10, current: 1, total: 2, ratio: 0.5, rate: 3, message: "half" },
      { millis: 20, current: 2, total: Number.NaN, ratio: Number.NaN, rate: Number.NaN, message: undefined },
    ]);
  });

  it("a message stays with its own point however often they are thinned", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.array(fc.boolean(), { maxLength: 200 }), (capacity, said) => {
        const points = new Points(capacity);
        said.forEach((speaks, n) => {
          if (points.wants(n)) points.add(n, n, 1, 1, 1, speaks ? `at ${n}` : undefined);
        });
        for (const { current, message } of points) expect(message).toBe(said[current] ? `at ${current}` : undefined);
      }),
      { numRuns: 1_000 },
    );
  });

  it("the curve is seconds since the first point and ratio, where that was known, and made anew when a point came", () => {
    const points = new Points(2);
    expect(points.curve()).toEqual([]);
    const offer = (millis: number, ratio: number) =>
      points.wants(millis) && points.add(millis, 0, 0, ratio, 0, undefined);
    offer(1_000, 0);
    offer(2_500, Number.NaN);
    const before = points.curve();
    expect([before, points.curve() === before, Object.isFrozen(before)]).toEqual([[[0, 0]], true, true]);
    offer(4_000, 0.5);
    expect([points.curve(), before]).toEqual([
      [
        [0, 0],
        [3, 0.5],
      ],
      [[0, 0]],
    ]);
  });
});
