import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Level, Operation } from "../../src/instrumentation/handles.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import type { Entry } from "../../src/state/entry.js";
import { Retention } from "../../src/state/retention.js";
import { ManualClock } from "../../src/testing.js";

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
          const retention = new Retention(limit);
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
    const retention = new Retention(0);
    const removed: Entry[] = [];
    retention.onRemoved = (entry) => removed.push(entry);
    retention.add(operation(1));
    expect([ids(removed), ids(retention.finished())]).toEqual([["1"], []]);
  });

  it("need nobody to listen", () => {
    const retention = new Retention(1);
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
