import { describe, expect, it } from "vitest";
import { agreed, judgePast, weightOfPast } from "../../src/eta/blend.js";
import { curveOf, Profile } from "../../src/eta/profile.js";

const profile = new Profile([1, 2].map((endedAt) => ({ endedAt, seconds: 100, total: 100, curve: curveOf([], 100) })));
const stretch = (done: number, seconds: number, took: number) => ({
  begin: { total: 100, from: 0, done, seconds },
  took,
});

describe("how earlier runs did", () => {
  it("nothing can be held against them before there is a checkpoint", () => {
    expect(judgePast(profile, [], 0.1)).toEqual({ loss: 0, path: 0 });
  });

  it("is right when this run went as they did", () => {
    const { loss, path } = judgePast(profile, [stretch(0.2, 20, 30), stretch(0.4, 40, 10)], 0.5);
    expect(loss).toBeLessThan(0.01);
    expect(path).toBeCloseTo(Math.log(5), 1);
  });

  it("is wrong when it did not, relative to a quarter of their time at least", () => {
    expect(judgePast(profile, [stretch(0.2, 20, 60)], 0.5).loss).toBeCloseTo(0.5, 1);
    expect(judgePast(profile, [stretch(0.2, 20, 1)], 0.22).loss).toBeLessThan(0.05);
    expect(judgePast(profile, [stretch(0.2, 20, 0.001)], 1).loss).toBe(2);
  });
});

describe("the weight of earlier runs", () => {
  const good = { loss: 0.02, path: 1.5 };

  it("is four fifths when nothing is known, and nearly all when they were right and this run is like them", () => {
    expect(weightOfPast(1, { loss: 0, path: 0 }, Number.NaN)).toBe(0.8);
    expect(weightOfPast(4, good, 0.3)).toBeGreaterThan(0.99);
  });

  it("is next to nothing when this run is unlike them, when they were wrong, or when the run itself told much better", () => {
    expect(weightOfPast(0.01, { loss: 0.1, path: -3 }, 0.1)).toBeLessThan(0.01);
    expect(weightOfPast(4, { loss: 1.5, path: 1.5 }, 1.5)).toBeLessThan(0.01);
    expect(weightOfPast(1, { loss: 0.5, path: 0 }, 0.02)).toBeLessThan(0.01);
  });

  it("is never more than all", () => {
    expect(weightOfPast(5, { loss: 0, path: 1.6 }, 4)).toBeLessThanOrEqual(1);
  });
});

describe("what earlier runs say, given what this one says", () => {
  it("moves towards it where it is sure and within what earlier runs allow", () => {
    expect(agreed(100, 110, 0, 0.2)).toBeGreaterThan(108);
    expect(agreed(100, 110, 1, 0.2)).toBeLessThan(101);
    expect(agreed(100, 110, 0.05, 0.2)).toBeGreaterThan(agreed(100, 110, 0.2, 0.2));
  });

  it("stays where it would need another kind of run", () => {
    expect(agreed(100, 600, 0, 0.2)).toBeCloseTo(100, 6);
    expect(agreed(100, 5, 0, 0.2)).toBeCloseTo(100, 6);
  });

  it("leaves what is none as it is", () => {
    expect([agreed(0, 10, 0, 0.2), agreed(10, 0, 0, 0.2)]).toEqual([0, 10]);
  });
});
