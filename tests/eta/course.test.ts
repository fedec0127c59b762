import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Course } from "../../src/eta/course.js";

const steps = fc.array(
  fc.record({ gap: fc.integer({ min: 1, max: 600_000 }), items: fc.integer({ min: 1, max: 1_000 }) }),
  {
    minLength: 1,
    maxLength: 200,
  },
);

function courseOf(all: readonly { readonly gap: number; readonly items: number }[], stretch = 1): Course {
  const course = new Course(0);
  let now = 0;
  for (const { gap, items } of all) course.observe((now += gap * stretch), items);
  return course;
}

describe("Course", () => {
  it("has not begun before something was done in some time", () => {
    const course = new Course(1_000);
    expect(course.begun).toBe(false);
    course.observe(1_000, 50);
    expect([course.begun, course.items]).toEqual([false, 0]);
    course.observe(3_000, 4);
    expect([course.begun, course.items, course.seconds]).toEqual([true, 4, 2]);
    expect(course.rates()).toEqual([2, 2, 2, 2]);
  });

  it("a steady pace is that pace in every window", () => {
    const course = courseOf(Array.from({ length: 100 }, () => ({ gap: 500, items: 2 })));
    for (const rate of course.rates()) expect(rate).toBeCloseTo(4, 9);
  });

  it("the whole run remembers all of it, a ninth and a 33rd ever less", () => {
    const course = courseOf([
      ...Array(100).fill({ gap: 1_000, items: 1 }),
      ...Array(20).fill({ gap: 1_000, items: 10 }),
    ]);
    const [whole, slow, fast, last] = course.rates();
    expect(whole).toBeCloseTo(300 / 120, 9);
    expect([slow > whole, fast > slow, fast < 10, last > slow]).toEqual([true, true, true, true]);
  });

  it("one long gap leaves what was before it: 65 % in the windows, 90 % in the last ten", () => {
    const course = new Course(0);
    course.observe(1_000, 10);
    course.observe(101_000, 10);
    const [, slow, fast, last] = course.rates();
    expect([slow, fast]).toEqual([(10 * 0.65 + 10) / (0.65 + 100), (10 * 0.65 + 10) / (0.65 + 100)]);
    expect(last).toBeCloseTo((10 * 0.9 + 10) / (0.9 + 100), 12);
  });

  it("does not know how long a second is", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 2, max: 1_000 }), (all, stretch) => {
        const [plain, slow] = [courseOf(all), courseOf(all, stretch)];
        plain.rates().forEach((rate, which) => {
          expect((slow.rates()[which]! * stretch) / rate).toBeCloseTo(1, 6);
        });
        expect([...slow.checkpoints()].length).toBe([...plain.checkpoints()].length);
      }),
    );
  });

  it("keeps at most ten checkpoints, 6 % of its age apart, with the rates of their time", () => {
    const course = courseOf(Array.from({ length: 2_000 }, (_, n) => ({ gap: 100, items: 1 + (n % 3) })));
    const kept = [...course.checkpoints()];
    expect(kept.length).toBeGreaterThanOrEqual(9);
    expect(kept.length).toBeLessThanOrEqual(10);
    for (let n = 1; n < kept.length; n++) expect(kept[n]!.seconds / kept[n - 1]!.seconds).toBeGreaterThanOrEqual(1.06);
    expect(kept.at(-1)!.seconds).toBeGreaterThan(course.seconds / 1.1);
    const early = courseOf(Array.from({ length: 10 }, () => ({ gap: 100, items: 3 })));
    for (const { seconds, items, rates } of early.checkpoints()) {
      expect(rates[0]).toBeCloseTo(items / seconds, 9);
      expect(rates[3]).toBeCloseTo(30, 9);
    }
  });

  it("a pause is as if it had not been", () => {
    const [paused, plain] = [courseOf([{ gap: 1_000, items: 5 }]), courseOf([{ gap: 1_000, items: 5 }])];
    paused.pausedFor(3_600_000);
    paused.observe(3_602_000, 5);
    plain.observe(2_000, 5);
    expect(paused.rates()).toEqual(plain.rates());
    expect(paused.seconds).toBe(plain.seconds);
  });

  it("a new attempt keeps the speed and forgets the checkpoints; the time between does not count", () => {
    const course = courseOf(Array.from({ length: 50 }, () => ({ gap: 1_000, items: 2 })));
    const before = course.rates();
    course.restart(1_000_000);
    expect(course.rates()).toEqual(before);
    expect([[...course.checkpoints()], course.attemptItems, course.attemptSeconds]).toEqual([[], 100, 50]);
    course.observe(1_001_000, 2);
    expect([course.seconds, course.secondsAt(1_002_000)]).toEqual([51, 52]);
  });
});
