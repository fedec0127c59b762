import { describe, expect, it } from "vitest";
import { defineOperation } from "../src/instrumentation/definition.js";
import type { Level, Operation } from "../src/instrumentation/handles.js";
import { rawPercentage, rollUp, shownPercentage } from "../src/rollup.js";
import type { Entry } from "../src/state/entry.js";
import { explicitWeight } from "../src/state/family.js";
import { createTestProgress } from "../src/testing.js";

const entry = (handle: Operation | Level): Entry => handle as unknown as Entry;
const raw = (handle: Operation | Level) => rollUp(entry(handle));
const started = (options = {}) => createTestProgress(options).progress.start("job");

describe("an operation with a total", () => {
  it.each([
    [0, 4, 0],
    [1, 4, 0.25],
    [4, 4, 1],
    [9, 4, 1],
  ])("%d of %d is %d", (current, total, floor) => {
    const op = started();
    op.update({ current, total });
    expect(raw(op)).toEqual({ floor, coverage: 1, estimated: false });
  });

  it("without parts and total, or with a total of nothing or one that is not to be trusted, is unknown", () => {
    const op = started();
    op.increment(5);
    const seen = [raw(op)];
    op.setTotal(0);
    seen.push(raw(op));
    op.setTotal(10, "unknown");
    seen.push(raw(op));
    expect(seen).toEqual(Array(3).fill({ floor: 0, coverage: 0, estimated: false }));
    op.setTotal(10, "estimate");
    expect(raw(op).floor).toBe(0.5);
  });

  it("counts its settled parts, and adds what the running ones have done", () => {
    const op = started();
    op.setTotal(6);
    op.startLevel("song").complete();
    op.startLevel("song").fail(new Error("no"));
    op.startLevel("song", { total: 4 }).increment(2);
    op.startLevel("song").increment(100);
    op.declare("song");
    expect(raw(op)).toEqual({ floor: 2.5 / 6, coverage: 1, estimated: false });
    op.increment(3);
    expect(raw(op).floor).toBe(3.5 / 6);
  });

  it("more parts than it announced raise the total, and are flagged", () => {
    const op = started();
    op.setTotal(2);
    for (let n = 0; n < 3; n++) op.startLevel("song").complete();
    expect(op.snapshot()).toMatchObject({ current: 3, total: 3, overrun: true, percentage: 99.9 });
    op.startLevel("song", { total: 2 }).increment();
    expect(raw(op).floor).toBe(3.5 / 4);
  });

  it("parts left out are not expected any more", () => {
    const op = started();
    op.setTotal(4);
    op.startLevel("song").skip();
    op.startLevel("song").cancel();
    op.startLevel("song").complete();
    expect(raw(op).floor).toBe(1 / 2);
    op.startLevel("song").skip();
    op.startLevel("song").skip();
    expect(raw(op).floor).toBe(1);
  });
});

describe("an operation without a total", () => {
  it("is the mean of its parts, those without a size counting as a floor", () => {
    const op = started();
    op.declare("d");
    op.startLevel("a", { total: 4 }).increment(2);
    op.startLevel("b").increment(7);
    op.startLevel("c").complete();
    expect(raw(op)).toEqual({ floor: 1.5 / 4, coverage: 3 / 4, estimated: false });
    expect(op.snapshot()).toMatchObject({ percentage: 37.5, coverage: 0.75 });
  });

  it("weights given explicitly win, and parts without one get the mean of the others", () => {
    const op = started();
    op.startLevel("a", { weight: 6 }).complete();
    op.startLevel("b", { weight: 2 });
    op.startLevel("c", { total: 2 }).increment();
    expect(raw(op).floor).toBe((6 + 4 / 2) / (6 + 2 + 4));
  });

  it("the definition's weight of a level kind is an explicit one", () => {
    const plan = defineOperation("job", { levels: { a: { weight: 9 }, b: {} } });
    const op = createTestProgress().progress.start(plan);
    const [a, b] = [op.startLevel("a"), op.startLevel("b", { weight: 1 })];
    expect([explicitWeight(entry(a)), explicitWeight(entry(b)), explicitWeight(entry(op))]).toEqual([9, 1, undefined]);
    a.complete();
    expect(raw(op).floor).toBe(0.9);
  });

  it("parts of unlike kinds weigh what they took in past runs", async () => {
    const test = createTestProgress();
    const first = test.progress.start("job");
    for (const [kind, duration] of [["slow", 3_000] as const, ["fast", 1_000] as const]) {
      const level = first.startLevel(kind);
      test.clock.advance(duration);
      level.complete();
    }
    first.complete();
    const op = test.progress.start("job");
    const slow = op.startLevel("slow", { total: 100, unit: "row" });
    op.startLevel("fast", { total: 1, unit: "row" });
    slow.complete();
    expect(raw(op).floor).toBe(3 / 4);
    // A kind without a past: then totals decide, as all of them are in one unit.
    op.startLevel("new", { total: 99, unit: "row" });
    expect(raw(op).floor).toBe(100 / 200);
    await test.progress.shutdown();
  });

  it("parts of one kind weigh their totals when all share a unit, else the same", () => {
    const op = started();
    op.startLevel("file", { total: 30, unit: "row" }).complete();
    op.startLevel("file", { total: 10, unit: "row" });
    expect(raw(op).floor).toBe(3 / 4);
    op.startLevel("file", { total: 10, unit: "By" });
    expect(raw(op).floor).toBe(1 / 3);
  });

  it("a part without total makes all weigh the same", () => {
    const op = started();
    op.startLevel("file", { total: 30 }).complete();
    op.startLevel("file");
    expect(raw(op)).toEqual({ floor: 1 / 2, coverage: 1 / 2, estimated: false });
  });

  it("skipped and cancelled parts leave both sums; with nothing left it is unknown", () => {
    const op = started();
    op.startLevel("a", { weight: 100 }).skip();
    op.startLevel("b", { weight: 100 }).cancel();
    expect(raw(op)).toEqual({ floor: 0, coverage: 0, estimated: false });
    op.startLevel("c", { weight: 1 }).complete();
    op.startLevel("d", { weight: 3 });
    expect(raw(op).floor).toBe(1 / 4);
  });

  it("expects one more part when all have ended and it goes on, so that the value does not fall when that begins", () => {
    const op = started();
    const seen = [];
    for (let n = 0; n < 3; n++) {
      const part = op.startLevel("part", { total: 1 });
      seen.push(op.snapshot().percentage);
      part.complete();
      seen.push(op.snapshot().percentage);
    }
    expect(seen.map((one) => Math.floor(one!))).toEqual([0, 50, 50, 66, 66, 75]);
    expect("revised" in op.snapshot()).toBe(false);
  });

  it("takes parts that were all declared for all there are", () => {
    const op = started();
    for (const part of [op.declare("part"), op.declare("part")]) part.start().complete();
    expect([raw(op).floor, op.snapshot().percentage]).toEqual([1, 99.9]);
  });

  it("parts of no weight are nothing to be done", () => {
    const op = started();
    op.startLevel("a", { weight: 0 }).complete();
    expect(raw(op)).toEqual({ floor: 0, coverage: 0, estimated: false });
  });

  it("a failed part counts as settled while it goes on, and with what it had done when it fails itself", () => {
    const op = started();
    const part = op.startLevel("a", { total: 10 });
    op.startLevel("b", { total: 10 }).increment(5);
    part.increment(1);
    part.fail(new Error("no"));
    expect([rollUp(entry(op)).floor, rollUp(entry(op), true).floor]).toEqual([0.75, 0.3]);
    op.fail(new Error("no"));
    expect(raw(op).floor).toBe(0.3);
  });

  it("a nested operation is one part", async () => {
    const test = createTestProgress();
    await test.progress.operation("outer", async (outer) => {
      outer.startLevel("a", { total: 2 }).increment();
      const inner = test.progress.start("inner", { total: 4, unit: "row" });
      inner.increment();
      expect(raw(outer as Operation).floor).toBe((1 / 2 + 1 / 4) / 2);
      inner.complete();
      expect(raw(outer as Operation).floor).toBe((1 / 2 + 1) / 2);
    });
  });
});

describe("an operation with stages", () => {
  const clip = defineOperation("clip", { stages: { load: [0, 10], work: [10, 90], save: [90, 100] } });
  const start = () => createTestProgress().progress.start(clip);

  it("begins at nothing with all of it known, and goes through the ranges", () => {
    const op = start();
    expect(raw(op)).toEqual({ floor: 0, coverage: 1, estimated: false });
    op.enterStage("load", { percentage: 50 });
    expect(raw(op).floor).toBe(0.05);
    op.enterStage("work", { percentage: 25 });
    expect(raw(op).floor).toBeCloseTo(0.1 + 0.2, 12);
  });

  it("wins over a total, and a report of the work wins over stages until the next one is entered", () => {
    const op = start();
    op.update({ current: 9, total: 10 });
    expect(raw(op).floor).toBe(0);
    op.update({ percentage: 70 });
    expect(raw(op)).toEqual({ floor: 0.7, coverage: 1, estimated: false });
    op.enterStage("save");
    expect(raw(op).floor).toBeCloseTo(0.9, 12);
  });

  it("a stage passed over counts as done, and not any more when it is entered after all", () => {
    const op = start();
    op.enterStage("save");
    expect(raw(op).floor).toBeCloseTo(0.9, 12);
    op.enterStage("work");
    expect(raw(op).floor).toBeCloseTo(0.1, 12);
    expect(op.snapshot()).toMatchObject({ percentage: 90, revised: true });
  });

  it("begins anew with a new attempt", () => {
    const op = start();
    op.enterStage("save", { percentage: 50 });
    op.newAttempt();
    expect([raw(op), op.snapshot().percentage, "stage" in op.snapshot()]).toEqual([
      { floor: 0, coverage: 1, estimated: false },
      0,
      false,
    ]);
    op.enterStage("work");
    expect(raw(op).floor).toBeCloseTo(0.1, 12);
  });

  it.each(["skip", "cancel"] as const)(
    "entering a stage moves to its start also after a %s of an earlier one",
    (how) => {
      const op = start();
      op.enterStage("load");
      op.getLevel("1")![how as "cancel"]();
      op.enterStage("work");
      expect(raw(op).floor).toBeCloseTo(0.1, 12);
    },
  );

  it("a stage that was cancelled leaves the operation where it was, until the next one is entered", () => {
    const op = start();
    op.enterStage("load", { percentage: 50 });
    op.getLevel("1")!.cancel();
    expect(raw(op).floor).toBeCloseTo(0.05, 12);
  });

  it("a stage that failed counts as settled while the operation goes on", () => {
    const op = start();
    expect(() =>
      op.stage("load", (stage) => {
        stage.update({ percentage: 50 });
        throw new Error("no");
      }),
    ).toThrow("no");
    expect([rollUp(entry(op)).floor, rollUp(entry(op), true).floor]).toEqual([0.1, 0.05]);
  });
});

describe("the percentage shown", () => {
  it("never falls within an attempt; what falls below it is marked as revised", () => {
    const op = started();
    op.update({ current: 5, total: 10 });
    const seen = [op.snapshot()];
    op.setTotal(100);
    seen.push(op.snapshot());
    op.update({ current: 60 });
    seen.push(op.snapshot());
    expect(seen.map(({ percentage, revised, total }) => [percentage, revised, total])).toEqual([
      [50, undefined, 10],
      [50, true, 100],
      [60, undefined, 100],
    ]);
  });

  it("holds when nothing is known any more", () => {
    const op = started();
    op.update({ current: 5, total: 10 });
    op.snapshot();
    op.setTotal(undefined);
    expect([op.snapshot().percentage, shownPercentage(entry(op), { floor: 0, coverage: 0, estimated: false })]).toEqual(
      [50, 50],
    );
  });

  it("is unknown, not zero, when nothing was ever known", () => {
    expect(shownPercentage(entry(started()), { floor: 0, coverage: 0, estimated: false })).toBeNaN();
    expect("percentage" in started().snapshot()).toBe(false);
  });

  it("begins anew with a new attempt", () => {
    const op = started();
    op.update({ current: 5, total: 10 });
    op.snapshot();
    op.newAttempt();
    expect(op.snapshot()).toMatchObject({ percentage: 0, attempt: 2 });
  });

  it("is 100 exactly when completed, whatever was known, and at most 99.9 before", () => {
    const [known, unknown] = [started(), started()];
    known.update({ current: 50, total: 10 });
    expect(known.snapshot()).toMatchObject({ percentage: 99.9, overrun: true, total: 50 });
    known.complete();
    unknown.complete();
    expect([known.snapshot().percentage, unknown.snapshot().percentage]).toEqual([100, 100]);
  });

  it("a failed or cancelled operation keeps the percentage it had", () => {
    for (const end of [(op: Operation) => op.fail(new Error("no")), (op: Operation) => op.cancel()]) {
      const op = started();
      op.startLevel("a", { total: 4 }).increment();
      op.startLevel("b");
      end(op as Operation);
      expect([op.snapshot().percentage, raw(op as Operation)]).toEqual([
        12.5,
        { floor: 0.125, coverage: 0.5, estimated: false },
      ]);
    }
  });

  it("is unknown for one that failed without ever having known", () => {
    const op = started();
    op.increment(3);
    op.fail(new Error("no"));
    expect([raw(op), "percentage" in op.snapshot()]).toEqual([{ floor: 0, coverage: 0, estimated: false }, false]);
  });

  it("is rounded to a millionth of a percent", () => {
    expect(
      [7 / 100, 1 / 3, 0.9989, 0.99901, 1].map((floor) => rawPercentage({ floor, coverage: 1, estimated: false })),
    ).toEqual([7, 33.333333, 99.89, 99.9, 99.9]);
  });
});
