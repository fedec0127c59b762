import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Level, Operation } from "../../src/instrumentation/handles.js";
import { createProgress, type Progress } from "../../src/instrumentation/progress.js";
import { rollUp } from "../../src/rollup.js";
import type { Entry } from "../../src/state/entry.js";
import { explicitWeight, Family } from "../../src/state/family.js";
import { ManualClock } from "../../src/testing.js";
import { KINDS, randomRun, randomSteps } from "./random-run.js";

const entry = (handle: unknown): Entry => handle as Entry;
const instance = (levelsPerOperation = 1_000) => {
  const clock = new ManualClock();
  return { clock, progress: createProgress({ strict: true, clock, limits: { levelsPerOperation, finished: 1 } }) };
};

/** Ended levels with these totals, and the family they were added to. */
function ended(how: (level: Level, index: number) => void, totals: readonly (number | undefined)[], unit?: string) {
  const op = instance().progress.start("job");
  const family = new Family();
  const levels = totals.map((total, index) => {
    const level = op.startLevel("part", { total, unit });
    how(level, index);
    family.add(entry(level), false);
    family.settle(entry(level));
    return entry(level);
  });
  return { family, levels };
}

describe("Family", () => {
  it("counts its parts by outcome", () => {
    const ends = [
      (level: Level) => level.complete(),
      (level: Level) => level.fail(new Error("no")),
      (level: Level) => level.skip(),
      (level: Level) => level.cancel(),
    ];
    const { family } = ended((level, index) => ends[index]!(level), [1, 1, 1, 1]);
    family.add(entry(instance().progress.start("job")), false);
    const { total, completed, failed, excluded, settled, pending, dropped } = family;
    expect({ total, completed, failed, excluded, settled, pending, dropped }).toEqual({
      total: 5,
      completed: 1,
      failed: 1,
      excluded: 2,
      settled: 2,
      pending: 1,
      dropped: 0,
    });
  });

  it("a lost part counts as failed", () => {
    const family = new Family();
    family.settle({ status: "lost" } as Entry);
    expect([family.failed, family.settled]).toEqual([1, 1]);
  });

  it("folds an ended part once, into sums", () => {
    const { family, levels } = ended((level) => level.complete(), [3, 4], "row");
    for (const level of [levels[0]!, levels[0]!, levels[1]!]) family.fold(level);
    expect([family.kept.size, family.total, family.dropped, family.completed]).toEqual([0, 2, 2, 2]);
    const kinds = new Map([[levels[0]!.kind.tally, 2]]);
    expect(family.folded).toEqual({ count: 2, weight: 0, weighted: 0, totals: 7, sameUnit: true, unit: "row", kinds });
  });

  it("totals are not summed any more once a part had none, or another unit", () => {
    const { family, levels } = ended((level) => level.complete(), [3, undefined, 4]);
    for (const level of levels) family.fold(level);
    expect([family.folded.sameUnit, family.folded.count]).toEqual([false, 3]);
  });

  it("skipped and cancelled parts leave no trace in the sums", () => {
    const { family, levels } = ended((level) => level.skip(), [3, 4]);
    for (const level of levels) family.fold(level);
    expect([family.folded.count, family.dropped, family.excluded]).toEqual([0, 2, 2]);
  });
});

describe("explicitWeight", () => {
  it("is the part's own, else that of its kind in the definition, else unknown", () => {
    const plan = defineOperation("job", { levels: { a: { weight: 9 }, b: {} } });
    const op = instance().progress.start(plan);
    const parts = [op.startLevel("a"), op.startLevel("a", { weight: 2 }), op.startLevel("b"), op];
    expect(parts.map((part) => explicitWeight(entry(part)))).toEqual([9, 2, undefined, undefined]);
  });
});

describe("folding", () => {
  const weighted = defineOperation("job", { levels: { a: { weight: 5 }, b: {}, c: {} } });

  it.each(["plain", "weighted", "past"])("leaves the fraction as it is (%s)", (how) => {
    const starts = [0, 1, 3, 1_000].map((levelsPerOperation) => {
      const { progress, clock } = instance(levelsPerOperation);
      if (how === "past") past(progress, clock);
      return () => progress.start(how === "weighted" ? weighted : "job") as Operation;
    });
    fc.assert(
      fc.property(randomSteps, (steps) => {
        const runs = starts.map((start) => {
          const fractions: number[] = [];
          const root = start();
          randomRun(steps, root, () => fractions.push(Math.round(rollUp(entry(root)).floor * 1e9) / 1e9));
          root.cancel();
          return String(fractions);
        });
        expect(new Set(runs).size).toBe(1);
      }),
      { numRuns: 1_000 },
    );
  });

  it("keeps the weights of the past when a part of a kind without a past is folded, as if it were kept", () => {
    const { progress, clock } = instance(0);
    past(progress, clock);
    const op = progress.start("job");
    op.startLevel("new").complete();
    op.startLevel("c").complete();
    op.startLevel("a");
    expect(rollUp(entry(op)).floor).toBeCloseTo(2 / 3, 12);
  });
});

/** Levels of the kinds a, b and c took one, two and three seconds. */
function past(progress: Progress, clock: ManualClock): void {
  const before = progress.start("job");
  KINDS.forEach((kind, index) => {
    const level = before.startLevel(kind);
    clock.block((index + 1) * 1_000);
    level.complete();
  });
  before.complete();
}

describe("parts that nobody saw one by one", () => {
  it("count as ended and folded; failed ones as nothing done when their parent fails too", () => {
    const { family } = ended((level) => level.complete(), [1]);
    family.addUnseen({ completed: 2, failed: 1, excluded: 4 });
    expect([family.total, family.completed, family.failed, family.excluded, family.dropped]).toEqual([8, 3, 1, 4, 7]);
    expect([family.folded.count, family.folded.sameUnit, family.pending]).toEqual([3, false, 0]);
    expect([family.unfinished?.undone.count, family.unfinished?.unknown.count]).toEqual([1, 1]);
    family.addUnseen({ completed: 1, failed: 0, excluded: 0 });
    expect([family.folded.count, family.unfinished?.undone.count]).toEqual([4, 1]);
  });
});

describe("a failed part that another takes the place of", () => {
  it("is no part any more, once", () => {
    const { family, levels } = ended((level) => level.fail(new Error("no")), [1, 1]);
    for (const part of [levels[0]!, levels[0]!]) family.forget(part);
    expect([family.total, family.failed, family.kept.size]).toEqual([1, 1, 1]);
  });
});
