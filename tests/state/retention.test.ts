import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Level, Operation } from "../../src/instrumentation/handles.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import type { Entry } from "../../src/state/entry.js";
import { Retention } from "../../src/state/retention.js";
import { ManualClock } from "../../src/testing.js";

const retaining = (limit: number) => new Retention(limit, 100);
const operation = (id: number) => ({ id: String(id) }) as Entry;
const ids = (entries: Iterable<{ readonly id: string }>) => [...entries].map(({ id }) => id);

const start = (levelsPerOperation: number) =>
  createProgress({ strict: true, clock: new ManualClock(), limits: { levelsPerOperation } }).start("job");
const fail = (level: Level) => level.fail(new Error("no"));
const kept = (op: Operation) => ids(op.snapshot().levels);

describe("ended operations", () => {
  it("the last ones are kept, newest first, and who leaves is told", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 10 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }),
        (limit, steps) => {
          const retention = retaining(limit);
          const removed: string[] = [];
          retention.onRemoved = ({ id }) => removed.push(id);
          let [expected, gone]: [string[], string[]] = [[], []];
          for (const [n, step] of steps.entries()) {
            if (step === 0) {
              retention.clear();
              gone.push(...expected.reverse());
              expected = [];
            } else {
              retention.add(operation(n));
              expected.unshift(String(n));
              gone.push(...expected.splice(limit));
            }
            expect(ids(retention.finished())).toEqual(expected);
            expect([...removed].sort()).toEqual([...gone].sort());
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it("with a limit of none every operation leaves at once", () => {
    const retention = retaining(0);
    const removed: Entry[] = [];
    retention.onRemoved = (entry) => removed.push(entry);
    retention.add(operation(1));
    expect([ids(removed), ids(retention.finished())]).toEqual([["1"], []]);
  });

  it("need nobody to listen", () => {
    const retention = retaining(1);
    retention.add(operation(1));
    retention.add(operation(2));
    expect(ids(retention.finished())).toEqual(["2"]);
  });
});

describe("ended levels", () => {
  it("the last ones are kept, the others folded, with all counts exact", () => {
    const op = start(3);
    for (let n = 0; n < 10; n++) op.startLevel("part").complete();
    expect([kept(op), op.snapshot().droppedLevels, op.snapshot().counts]).toEqual([
      ["8", "9", "10"],
      7,
      { total: 10, completed: 10, failed: 0, pending: 0 },
    ]);
  });

  it("failed ones are kept longest", () => {
    const op = start(3);
    for (const end of [fail, fail, ...Array(5).fill((level: Level) => level.complete())]) end(op.startLevel("part"));
    expect(kept(op)).toEqual(["1", "2", "7"]);
    for (let n = 0; n < 3; n++) fail(op.startLevel("part"));
    expect(kept(op)).toEqual(["8", "9", "10"]);
    op.startLevel("part").complete();
    expect([kept(op), op.snapshot().counts]).toEqual([
      ["8", "9", "10"],
      { total: 11, completed: 6, failed: 5, pending: 0 },
    ]);
  });

  it("open ones and declared ones are always kept", () => {
    const op = start(1);
    op.declare("part");
    for (let n = 0; n < 5; n++) op.startLevel("part");
    for (let n = 0; n < 3; n++) op.startLevel("part").complete();
    expect(kept(op)).toEqual(["1", "2", "3", "4", "5", "6", "9"]);
  });

  it("a folded level cannot be found by id any more, and its id is free", () => {
    const op = start(1);
    op.startLevel("part", { id: "a" }).complete();
    op.startLevel("part", { id: "b" }).complete();
    expect([op.getLevel("a"), op.getLevel("b")?.id]).toEqual([undefined, "b"]);
    op.startLevel("part", { id: "a" });
    expect(op.getLevel("a")?.id).toBe("a");
  });

  it("with a level all ended ones below it are folded", () => {
    const op = start(2);
    const outer = op.startLevel("outer");
    outer.startLevel("inner").complete();
    outer.complete();
    for (let n = 0; n < 2; n++) op.startLevel("part").complete();
    expect([kept(op), op.getLevel("2"), op.snapshot().droppedLevels]).toEqual([["3", "4"], undefined, 1]);
  });

  it("a level that is folded as soon as it ends still closes what is open below it", () => {
    const op = start(1);
    fail(op.startLevel("part"));
    const outer = op.startLevel("outer");
    const inner = outer.startLevel("inner");
    outer.complete();
    expect([inner.snapshot().status, kept(op), (op as unknown as Entry).extra!.openLevels]).toEqual([
      "cancelled",
      ["1"],
      0,
    ]);
  });

  it("the limit holds over all depths of an operation", () => {
    const op = start(3);
    const outer = op.startLevel("outer");
    for (let n = 0; n < 5; n++) outer.startLevel("inner").complete();
    expect([ids(outer.snapshot().levels), outer.snapshot().droppedLevels]).toEqual([["4", "5", "6"], 2]);
    op.startLevel("part").complete();
    expect([ids(outer.snapshot().levels), outer.snapshot().droppedLevels]).toEqual([["5", "6"], 3]);
  });

  it("the limit also holds for those that the end of their operation closed", () => {
    const op = start(3);
    for (let n = 0; n < 3; n++) op.startLevel("part").complete();
    for (let n = 0; n < 5; n++) op.startLevel("part");
    op.complete();
    expect([kept(op), op.snapshot().droppedLevels]).toEqual([["6", "7", "8"], 5]);
    expect((op as unknown as Entry).extra!.endedParts).toBeUndefined();
  });

  it("those of an attempt that was given up count for nothing in the next", () => {
    const op = start(2);
    fail(op.startLevel("part", { id: "a" }));
    fail(op.startLevel("part", { id: "b" }));
    op.newAttempt();
    op.startLevel("part", { id: "a" }).complete();
    op.startLevel("part", { id: "b" }).complete();
    expect([kept(op), op.getLevel("a")?.id, op.snapshot().droppedLevels]).toEqual([["a", "b"], "a", undefined]);
    op.startLevel("part", { id: "c" }).complete();
    expect([kept(op), op.getLevel("a"), op.getLevel("b")?.id]).toEqual([["b", "c"], undefined, "b"]);
  });
});

describe("levels of all ended operations", () => {
  const limited = (finishedLevels: number, more: object = {}) =>
    createProgress({ strict: true, clock: new ManualClock(), limits: { finishedLevels, ...more } });
  type Limited = ReturnType<typeof limited>;
  /** An operation with so many ended levels. */
  const run = (progress: Limited, id: string, levels: number) => {
    const op = progress.start("job", { id });
    for (let n = 0; n < levels; n++) op.startLevel("part").complete();
    op.complete();
  };
  const left = (progress: Limited, ...all: string[]) => all.map((id) => progress.live.get(id)!.levels.length);

  it("up to the limit are all kept", () => {
    const progress = limited(6);
    for (const id of ["a", "b"]) run(progress, id, 3);
    expect([left(progress, "a", "b"), progress.live.stats().forgotten]).toEqual([[3, 3], { operations: 0, levels: 0 }]);
  });

  it("beyond it the oldest operations give theirs up, and keep the counts", () => {
    const progress = limited(6);
    for (const id of ["a", "b", "c"]) run(progress, id, 3);
    expect([left(progress, "a", "b", "c"), progress.live.stats().forgotten]).toEqual([
      [0, 3, 3],
      { operations: 0, levels: 3 },
    ]);
    expect(progress.live.get("a")).toMatchObject({
      status: "completed",
      percentage: 100,
      counts: { total: 3, completed: 3, failed: 0, pending: 0 },
      droppedLevels: 3,
    });
    run(progress, "d", 6);
    expect([left(progress, "a", "b", "c", "d"), progress.live.stats().forgotten]).toEqual([
      [0, 0, 0, 6],
      { operations: 0, levels: 9 },
    ]);
  });

  it("of an operation that has more than the limit alone go as well", () => {
    const progress = limited(6);
    run(progress, "a", 7);
    expect([left(progress, "a"), progress.live.stats().forgotten]).toEqual([[0], { operations: 0, levels: 7 }]);
  });

  it("may be none at all", () => {
    const progress = limited(0);
    run(progress, "a", 1);
    run(progress, "b", 0);
    expect([left(progress, "a", "b"), progress.live.stats().forgotten.levels]).toEqual([[0, 0], 1]);
  });

  it("that the end of their operation closed go with the next end", () => {
    const progress = limited(2);
    const op = progress.start("job", { id: "a" });
    for (let n = 0; n < 3; n++) op.startLevel("part");
    op.complete();
    expect(left(progress, "a")).toEqual([3]);
    run(progress, "b", 1);
    expect([left(progress, "a", "b"), progress.live.stats().forgotten.levels]).toEqual([[0, 1], 3]);
    expect(progress.live.get("a")).toMatchObject({ droppedLevels: 3, counts: { total: 0, completed: 0 } });
  });

  it("go with all that is below them, except nested operations", () => {
    const progress = limited(2);
    let nested: Operation | undefined;
    progress.operation("job", { id: "a" }, (op) =>
      op.level("outer", (outer) => {
        outer.level("inner", (inner) => inner.startLevel("innermost").fail(new Error("no")));
        nested = progress.start("nested", { id: "n" });
      }),
    );
    nested!.startLevel("part").complete();
    nested!.complete();
    expect([left(progress, "a", "n"), progress.live.stats().forgotten.levels]).toEqual([[0, 1], 3]);
    expect(progress.live.get("n")).toMatchObject({ status: "completed", parentId: "a", percentage: 100 });
  });

  it("of what has left the history, or was cleared, take no place any more", () => {
    const [forgetful, cleared] = [limited(4, { finished: 1 }), limited(4)];
    for (const progress of [forgetful, cleared]) {
      for (const id of ["a", "b"]) {
        run(progress, id, 4);
        if (progress === cleared) progress.live.clearHistory();
      }
    }
    expect([left(forgetful, "b"), forgetful.live.stats().forgotten]).toEqual([[4], { operations: 1, levels: 0 }]);
    run(cleared, "c", 4);
    expect([left(cleared, "c"), cleared.live.stats().forgotten]).toEqual([[4], { operations: 0, levels: 0 }]);
  });

  it("of running operations are none of them, and none is lost to readers that have it", () => {
    const progress = limited(2);
    const op = progress.start("job", { id: "running" });
    for (let n = 0; n < 5; n++) op.startLevel("part").complete();
    run(progress, "a", 2);
    const before = progress.live.get("a")!;
    run(progress, "b", 2);
    expect([left(progress, "running", "a", "b"), before.levels.length]).toEqual([[5, 0, 2], 2]);
  });

  it("for any runs, as many as fit are kept, of the latest, and all others are counted", () => {
    fc.assert(
      fc.property(fc.nat(20), fc.array(fc.nat(8), { maxLength: 15 }), (limit, sizes) => {
        const progress = limited(limit);
        sizes.forEach((size, n) => {
          run(progress, String(n), size);
        });
        let room = limit;
        let full = false;
        const expected = sizes.toReversed().map((size) => {
          full ||= size > room;
          room -= size;
          return full ? 0 : size;
        });
        expect(left(progress, ...sizes.map((_, n) => String(n))).reverse()).toEqual(expected);
        const sum = (numbers: readonly number[]) => numbers.reduce((all, one) => all + one, 0);
        expect(progress.live.stats().forgotten.levels).toBe(sum(sizes) - sum(expected));
      }),
      { numRuns: 200 },
    );
  });
});

it("what the limit per operation folds is counted as forgotten too, clearing the history is not", () => {
  const progress = createProgress({
    strict: true,
    clock: new ManualClock(),
    limits: { levelsPerOperation: 2, finished: 1 },
  });
  for (let n = 0; n < 3; n++) {
    const op = progress.start("job");
    for (let part = 0; part < 5; part++) op.startLevel("part").complete();
    op.complete();
  }
  progress.live.clearHistory();
  const { forgotten } = progress.live.stats();
  expect([forgotten, Object.isFrozen(forgotten)]).toEqual([{ operations: 2, levels: 9 }, true]);
});

describe("nested operations", () => {
  it("are folded like levels, and keep their own levels in the history", async () => {
    const progress = createProgress({ strict: true, clock: new ManualClock(), limits: { levelsPerOperation: 1 } });
    await progress.operation("outer", async () => {
      for (const id of ["a", "b"]) {
        const inner = progress.start("inner", { id });
        inner.startLevel("part").complete();
        inner.complete();
      }
    });
    const [outer] = progress.live.list({ type: "outer" });
    expect([outer!.droppedLevels, outer!.counts]).toEqual([1, { total: 2, completed: 2, failed: 0, pending: 0 }]);
    expect(["a", "b"].map((id) => progress.live.get(id)!.levels.map(({ status }) => status))).toEqual([
      ["completed"],
      ["completed"],
    ]);
  });
});

it("for any run the counts are exact, at most the limit of ended levels is kept, and no calm one beside a folded failure", () => {
  const ends = ["complete", "fail", "skip", "cancel", "open"] as const;
  const progress = createProgress({
    strict: true,
    clock: new ManualClock(),
    limits: { levelsPerOperation: 5, finished: 0 },
  });
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ends), { maxLength: 40 }), (steps) => {
      const op = progress.start("job");
      for (const end of steps) {
        const level = op.startLevel("part");
        if (end === "fail") fail(level);
        else if (end !== "open") level[end]();
      }
      const number = (end: (typeof ends)[number]) => steps.filter((step) => step === end).length;
      const { counts, levels, droppedLevels = 0 } = op.snapshot();
      const ended = levels.filter(({ status }) => status !== "running");
      const failed = ended.filter(({ status }) => status === "failed").length;
      expect(counts ?? { total: 0, completed: 0, failed: 0, pending: 0 }).toEqual({
        total: steps.length - number("skip") - number("cancel"),
        completed: number("complete"),
        failed: number("fail"),
        pending: number("open"),
      });
      expect(levels.length + droppedLevels).toBe(steps.length);
      expect(ended.length).toBe(Math.min(5, steps.length - number("open")));
      expect(failed).toBe(Math.min(5, number("fail")));
      op.cancel();
    }),
    { numRuns: 1_000 },
  );
});
