import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { judge, mixed, secondsFor } from "../../src/eta/candidates.js";
import { Course, type Rates } from "../../src/eta/course.js";

/** A run whose n-th item is done at `at(n)` seconds. */
function run(count: number, at: (n: number) => number): Course {
  const course = new Course(0);
  for (let n = 1; n <= count; n++) course.observe(at(n) * 1_000, 1);
  return course;
}

describe("one estimator", () => {
  const moment = (rates: Rates) => ({ seconds: 100, items: 50, rates });

  it("is items over its rate", () => {
    const rates: Rates = [0.5, 1, 2, 4];
    expect([0, 1, 2, 3].map((which) => secondsFor(which, moment(rates), 8))).toEqual([16, 8, 4, 2]);
  });

  it("goes on as the trend: with rates that stay, as before; with falling ones, ever slower", () => {
    const over = (slow: number) => secondsFor(4, moment([0.5, slow, 0, 0]), 50);
    expect(over(0.5)).toBeCloseTo(100, 9);
    // n grows like √t: twice the items take four times the time.
    expect(over(0.25)).toBeCloseTo(300, 9);
    expect(over(1)).toBeCloseTo(100 * Math.SQRT2 - 100, 9);
  });

  it("bends by a factor of three at most, and to a quarter at least", () => {
    const over = (slow: number) => secondsFor(4, moment([0.5, slow, 0, 0]), 50);
    expect(over(0.001)).toBeCloseTo(100 * 2 ** 3 - 100, 9);
    expect(over(1_000)).toBeCloseTo(100 * 2 ** 0.25 - 100, 9);
  });
});

describe("the choice among them", () => {
  it("has nothing to go by at first: the whole run counts most", () => {
    const { weights, loss } = judge(run(1, (n) => n));
    expect(weights.map((weight) => weight * 20)).toEqual([16, 1, 1, 1, 1]);
    expect(loss).toBeNaN();
  });

  it("in a steady run none was wrong, and all say the same", () => {
    const course = run(200, (n) => n);
    const { weights, loss } = judge(course);
    expect(loss).toBeCloseTo(0, 9);
    expect(mixed(course, weights, 77)).toBeCloseTo(77, 6);
  });

  it("after a slow-down the short windows are trusted", () => {
    const course = run(400, (n) => (n <= 200 ? n : 200 + (n - 200) * 10));
    const { weights } = judge(course);
    expect(weights[0]).toBeLessThan(0.1);
    const left = mixed(course, weights, 100);
    expect(left).toBeGreaterThan(900);
    expect(left).toBeLessThan(1_300);
  });

  it("where items get larger and larger the trend is trusted, which none of the rates would tell", () => {
    const course = run(500, (n) => n ** 2 / 1_000);
    const { weights } = judge(course);
    expect(weights[4]).toBe(Math.max(...weights));
    // 500 → 1,000 items: 250 s → 1,000 s
    expect(mixed(course, weights, 500) / 750).toBeGreaterThan(0.6);
    expect(mixed(course, weights, 500) / 750).toBeLessThan(1.1);
  });

  it("weights are shares, and the mixture lies between the estimates", () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e4 })), {
      minLength: 1,
      maxLength: 100,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 1e6 }), (all, more) => {
        const course = new Course(0);
        let now = 0;
        for (const [gap, items] of all) course.observe((now += gap), items);
        const { weights, loss } = judge(course);
        expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 9);
        expect(loss >= 0 || Number.isNaN(loss)).toBe(true);
        const moment = { seconds: course.seconds, items: course.items, rates: course.rates() };
        const said = weights.map((_, which) => secondsFor(which, moment, more));
        const left = mixed(course, weights, more);
        expect(left).toBeGreaterThanOrEqual(Math.min(...said) * (1 - 1e-9));
        expect(left).toBeLessThanOrEqual(Math.max(...said) * (1 + 1e-9));
      }),
    );
  });
});
