import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Kind, mean, quantile, Tally } from "../../src/state/kind.js";

describe("Tally", () => {
  it("begins with nothing", () => {
    const tally = new Tally();
    tally.learn();
    expect([tally.active, tally.ended, tally.items, tally.pastMeanSeconds, [...tally.durations()]]).toEqual([
      0,
      { completed: 0, failed: 0, cancelled: 0, lost: 0, skipped: 0 },
      { done: 0, failed: 0, skipped: 0 },
      undefined,
      [],
    ]);
  });

  it("the mean of past runs is learned when told, not with every run", () => {
    const tally = new Tally();
    tally.completedAfter(2);
    tally.completedAfter(4);
    expect(tally.pastMeanSeconds).toBeUndefined();
    tally.learn();
    tally.completedAfter(60);
    expect(tally.pastMeanSeconds).toBe(3);
    tally.learn();
    expect(tally.pastMeanSeconds).toBe(22);
  });

  it("keeps the durations of the last 128 runs and their mean", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 100_000 }), { minLength: 1, maxLength: 400 }), (seconds) => {
        const tally = new Tally();
        for (const each of seconds) tally.completedAfter(each);
        tally.learn();
        const last = seconds.slice(-128);
        expect([...tally.durations()].sort()).toEqual(last.slice().sort());
        expect(tally.pastMeanSeconds).toBe(last.reduce((sum, each) => sum + each, 0) / last.length);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("Kind", () => {
  it("holds names and a tally, which may be shared", () => {
    const tally = new Tally();
    const [operation, level] = [new Kind("import", undefined, tally), new Kind("import", "file", tally)];
    expect([operation.type, operation.level, operation.plan]).toEqual(["import", undefined, undefined]);
    expect([level.type, level.level, level.tally === operation.tally]).toEqual(["import", "file", true]);
  });
});

describe("mean and quantile", () => {
  it("are unknown for nothing", () => {
    expect([mean(new Float64Array(0)), quantile(new Float64Array(0), 0.5)]).toEqual([undefined, undefined]);
  });

  it("a quantile is the nearest rank, sorted as numbers, and leaves its input alone", () => {
    const values = Float64Array.from([100, 9, 20, 3]);
    expect([0, 0.25, 0.26, 0.5, 0.95, 1].map((q) => quantile(values, q))).toEqual([3, 3, 9, 9, 100, 100]);
    expect([mean(values), [...values]]).toEqual([33, [100, 9, 20, 3]]);
  });

  it("at least a share q of the values is at most the quantile q", () => {
    const values = fc.array(fc.integer(), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 100 }), (list, percent) => {
        const q = percent / 100;
        const at = quantile(Float64Array.from(list), q)!;
        expect(list).toContain(at);
        expect(list.filter((value) => value <= at).length).toBeGreaterThanOrEqual(q * list.length);
        expect(list.filter((value) => value < at).length).toBeLessThan(Math.max(q * list.length, 1));
      }),
      { numRuns: 1_000 },
    );
  });
});
