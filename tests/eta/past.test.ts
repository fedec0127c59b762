import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromPast } from "../../src/eta/past.js";
import { curveOf, type PastRun, Profile } from "../../src/eta/profile.js";

const run = (seconds: number, over: Partial<PastRun> = {}): PastRun => ({
  endedAt: seconds,
  seconds,
  total: 100,
  curve: curveOf([], seconds),
  ...over,
});
const at = (done: number, seconds: number, from = 0, total = 100) => ({ total, from, done, seconds });

describe("what earlier runs say", () => {
  it("of a run like them: what was left of them", () => {
    const view = fromPast(new Profile([run(100), run(101)]), at(0.4, 40));
    expect(view.left).toBeCloseTo(60.3, 0);
    expect(view.plausible).toBeGreaterThan(4);
  });

  it("of one that is slower: first as long as they took, later at the pace of this one", () => {
    const profile = new Profile([run(100), run(100.5)]);
    const left = (done: number) => fromPast(profile, at(done, done * 150)).left / (100 * (1 - done));
    expect(left(0.05)).toBeLessThan(1.1);
    expect(left(0.9)).toBeGreaterThan(1.3);
    expect(left(0.9)).toBeGreaterThan(left(0.05));
  });

  it("of one that has three times the items: three times as long", () => {
    expect(fromPast(new Profile([run(100)]), at(0.5, 150, 0, 300)).left).toBeCloseTo(150, 6);
  });

  it("of one that took up half of the work: the other half", () => {
    const view = fromPast(new Profile([run(100), run(100.5)]), at(0.75, 25, 0.5));
    expect(view.left).toBeCloseTo(25, 0);
    expect(view.plausible).toBeGreaterThan(4);
  });

  it("up to a share: the seconds from here to there", () => {
    expect(fromPast(new Profile([run(100)]), at(0.4, 40), 0.6).left).toBeCloseTo(20, 1);
  });

  it("of one much faster than ever: that it is of another kind; of one that was late once: not at once", () => {
    const profile = new Profile([run(100), run(100.5)]);
    expect(fromPast(profile, at(0.5, 5)).plausible).toBeLessThan(0.05);
    expect(fromPast(profile, at(0.02, 8)).plausible).toBeGreaterThan(1);
    expect(fromPast(profile, at(0.1, 300)).plausible).toBeLessThan(0.05);
  });

  it("the earlier run that is most like this one counts most", () => {
    const view = fromPast(new Profile([run(10), run(1_000)]), at(0.5, 500));
    expect(view.left).toBeGreaterThan(400);
  });

  it("is always a time, and plausible between 0 and 5", () => {
    const seconds = fc.double({ min: 1, max: 1e7, noNaN: true });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(
        fc.array(seconds, { minLength: 1, maxLength: 8 }),
        share,
        share,
        fc.double({ min: 0, max: 1e8, noNaN: true }),
        (runs, a, b, worked) => {
          const { left, plausible } = fromPast(
            new Profile(runs.map((of) => run(of))),
            at(Math.max(a, b), worked, Math.min(a, b)),
          );
          expect(left).toBeGreaterThanOrEqual(0);
          expect(left).toBeLessThan(Number.POSITIVE_INFINITY);
          expect(plausible).toBeGreaterThan(0);
          expect(plausible).toBeLessThanOrEqual(5 + 1e-9);
        },
      ),
    );
  });
});
