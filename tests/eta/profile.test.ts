import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { curveOf, GRAIN, PARTS, type PastRun, Profile, scaled, timeShare } from "../../src/eta/profile.js";

const straight = Array.from({ length: PARTS - 1 }, (_, n) => Math.round(((n + 1) * GRAIN) / PARTS));
/** Stands still at half of its progress, from a quarter to three quarters of its time. */
const halting = Array.from({ length: PARTS - 1 }, (_, n) => {
  const at = (n + 1) / PARTS;
  return Math.round(GRAIN * (at <= 0.25 ? 2 * at : at <= 0.75 ? 0.5 : 0.5 + 2 * (at - 0.75)));
});
const run = (over: Partial<PastRun> = {}): PastRun => ({
  endedAt: 1,
  seconds: 100,
  total: 10,
  curve: straight,
  ...over,
});

describe("the time share of a share of progress", () => {
  it("is read off the curve, between its points too", () => {
    expect(timeShare(run(), 0.5, 0)).toBeCloseTo(0.5, 3);
    expect(timeShare(run(), 0.33, 0)).toBeCloseTo(0.33, 3);
    expect(timeShare(run({ curve: halting }), 0.25, 0)).toBeCloseTo(0.125, 3);
    expect(timeShare(run({ curve: halting }), 0.75, 0)).toBeCloseTo(0.875, 3);
  });

  it("where the run stood still, is the moment nearest to the one given", () => {
    const near = [0.1, 0.4, 0.6, 0.9].map((moment) => timeShare(run({ curve: halting }), 0.5, moment));
    expect(near).toEqual([0.25, 0.4, 0.6, 0.75]);
  });

  it("is the share itself for a run that said nothing, 1 at the end, 0 at the start", () => {
    expect(timeShare(run({ curve: [] }), 0.7, 0)).toBe(0.7);
    expect([timeShare(run(), 1, 0), timeShare(run(), 7, 0), timeShare(run(), 0, 0)]).toEqual([1, 1, 0]);
  });

  it("never falls, and stays between 0 and 1", () => {
    const curve = fc.array(fc.integer({ min: 0, max: GRAIN }), { minLength: PARTS - 1, maxLength: PARTS - 1 });
    fc.assert(
      fc.property(
        curve,
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, a, b) => {
          const one = run({ curve: values.sort((x, y) => x - y) });
          const [first, second] = [timeShare(one, Math.min(a, b), 0.5), timeShare(one, Math.max(a, b), 0.5)];
          expect(first).toBeGreaterThanOrEqual(0);
          expect(second).toBeLessThanOrEqual(1);
          expect(first).toBeLessThanOrEqual(second + 1e-9);
        },
      ),
    );
  });
});

describe("the curve of a run", () => {
  it("is progress at even shares of its time", () => {
    expect(
      curveOf(
        [
          [0, 0],
          [50, 0.5],
        ],
        100,
      ),
    ).toEqual(straight);
    expect(curveOf([], 100)).toEqual(straight);
  });

  it("never falls, whatever the points say", () => {
    const curve = curveOf(
      [
        [0, 0.3],
        [30, 0.8],
        [60, 0.2],
        [90, 2],
      ],
      100,
    );
    expect(curve).toEqual([...curve].sort((a, b) => a - b));
    expect(curve.at(-1)).toBe(GRAIN);
  });

  it("leaves out what is not within the run", () => {
    expect(
      curveOf(
        [
          [-5, 0.9],
          [50, 0.5],
          [200, 0.1],
        ],
        100,
      ),
    ).toEqual(straight);
  });
});

describe("Profile", () => {
  it("keeps the last eight runs by when they ended", () => {
    const profile = new Profile(Array.from({ length: 12 }, (_, n) => run({ endedAt: 12 - n })));
    expect(profile.runs.map(({ endedAt }) => endedAt)).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
  });

  it("takes in runs of others, each once", () => {
    const profile = new Profile([run({ endedAt: 1 }), run({ endedAt: 3 })]);
    expect(profile.with([run({ endedAt: 2 }), run({ endedAt: 3 })]).runs.map(({ endedAt }) => endedAt)).toEqual([
      1, 2, 3,
    ]);
  });

  it("expects as long per item as before, or as long as before without items", () => {
    expect([scaled(run(), 30), scaled(run({ total: 0 }), 30), scaled(run(), Number.NaN)]).toEqual([300, 100, 100]);
    const profile = new Profile([run(), run({ endedAt: 2, seconds: 200 })]);
    expect([profile.secondsFor(10), profile.secondsFor(20), profile.meanSeconds]).toEqual([150, 300, 150]);
  });

  it("knows how much runs differ, and supposes it of the first", () => {
    const one = new Profile([run()]);
    expect([one.curveSpread, one.paceSpread]).toEqual([0.1, 0.2]);
    const alike = new Profile([run(), run({ endedAt: 2 }), run({ endedAt: 3 })]);
    expect(alike.curveSpread).toBeCloseTo(0.1 / 3, 9);
    expect(alike.paceSpread).toBeCloseTo(0.2 / Math.sqrt(3), 9);
    const unlike = new Profile([run(), run({ endedAt: 2, curve: halting, seconds: 300 })]);
    expect(unlike.curveSpread).toBeGreaterThan(alike.curveSpread);
    expect(unlike.paceSpread).toBeCloseTo(Math.sqrt((2 * (Math.log(3) / 2) ** 2 + 0.04) / 2), 9);
  });
});
