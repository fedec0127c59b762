import { describe, expect, it, vi } from "vitest";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Level } from "../../src/instrumentation/handles.js";
import { NoopHandle } from "../../src/instrumentation/no-op.js";
import type { Duration, LevelSnapshot } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";

const isNoop = (level: unknown) => level instanceof NoopHandle;
const outline = (levels: readonly LevelSnapshot[]): unknown[] =>
  levels.map(({ id, type, status, levels: below }) => [id, type, status, ...outline(below)]);

describe("a level", () => {
  it("shows everything its options say, and where it belongs", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("album", { id: "a" });
    const options = {
      id: "s1",
      name: "Help!",
      description: "first",
      total: 4,
      totalKind: "atLeast",
      unit: "bar",
      weight: 2,
      attributes: { key: "A" },
    } as const;
    const level = op.startLevel("song", options);
    expect(level.snapshot()).toEqual({
      ...options,
      type: "song",
      operationId: "a",
      status: "running",
      current: 0,
      percentage: 0,
      attempt: 1,
      elapsedSeconds: 0,
      startedAt: "2026-01-01T00:00:00.000Z",
      updatedAt: "2026-01-01T00:00:00.000Z",
      levels: [],
    });
    expect([level.id, level.type, level.operationId]).toEqual(["s1", "song", "a"]);
  });

  it("nests, ambient: deep code needs no handle", async () => {
    await using test = createTestProgress();
    const deep = () => test.progress.getActive()?.level("verse", () => test.progress.getActive()?.message("singing"));
    test.progress.operation("album", { id: "a" }, (op) => op.level("song", deep));
    const { levels } = test.progress.live.get("a")!;
    expect(outline(levels)).toEqual([["1", "song", "completed", ["2", "verse", "completed"]]]);
    expect(levels[0]!.levels[0]!.message).toBe("singing");
  });

  it("without an operation nothing happens", async () => {
    await using test = createTestProgress();
    expect(test.progress.getActive()).toBe(undefined);
  });

  it("is found by id from the operation and from other levels, and not once the operation has none of it", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const outer = op.startLevel("part", { id: "p" });
    const inner = outer.startLevel("part", { id: "q" });
    expect([op.getLevel("q"), inner.getLevel("p"), op.getLevel("r")]).toEqual([inner, outer, undefined]);
    expect(test.progress.start("empty").getLevel("p")).toBe(undefined);
  });

  it("numbers without an id never collide with ids that are numbers", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.startLevel("song", { id: "2" });
    op.startLevel("song", { id: "3" });
    const levels = [1, 2, 3].map(() => op.startLevel("verse").id);
    expect(new Set([...levels, "2", "3"]).size).toBe(5);
    expect(test.misuse()).toEqual([]);
  });

  it("with an id that is taken runs untracked", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    op.level("part", { id: "p" }, () => {});
    const result = op.startLevel("outer").level("part", { id: "p" }, (level) => [level.id, level.operationId]);
    expect(result).toEqual(["p", "1"]);
    expect([test.misuse(), op.snapshot().counts?.total]).toEqual([["DUPLICATE_ID"], 2]);
    await using strict = createTestProgress();
    const other = strict.progress.start("job");
    other.startLevel("part", { id: "p" });
    expect(() => other.startLevel("part", { id: "p" })).toThrow(
      'level "p" exists already in operation 1; this one runs untracked',
    );
  });

  it("after the end of its parent runs untracked, and that is misuse", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    const closed = op.startLevel("part");
    op.complete();
    expect(op.level("part", () => 5)).toBe(5);
    expect(test.misuse()).toEqual(["ENDED"]);
    expect(closed.level("part", () => 6)).toBe(6);
    expect([test.misuse(), test.progress.live.stats().losses]).toEqual([["ENDED"], { misuse: 1, late_updates: 1 }]);
    await using strict = createTestProgress();
    const ended = strict.progress.start("job");
    ended.complete();
    expect(() => ended.startLevel("part")).toThrow("level part on job, which is completed");
  });

  it("that outlives its parent is closed as cancelled, all the way down, and its late calls are silent", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 2 });
    const outer = op.startLevel("part", { total: 4 });
    const inner = outer.startLevel("part");
    const pending = outer.declare("later");
    outer.increment(3);
    op.complete();
    expect(outline(op.snapshot().levels)).toEqual([
      ["1", "part", "cancelled", ["2", "part", "cancelled"], ["3", "later", "cancelled"]],
    ]);
    expect(op.snapshot().levels[0]).toMatchObject({ reason: "parent ended", current: 3, total: 4 });
    inner.increment();
    inner.message("late");
    inner.complete();
    pending.start().increment();
    pending.start().message("late");
    await test.advance("100ms");
    expect([test.misuse(), test.progress.live.stats().losses]).toEqual([[], { late_updates: 4 }]);
  });

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY])(
    "with the weight %d has none, and that is misuse",
    async (weight) => {
      await using test = createTestProgress({ strict: false });
      const op = test.progress.start("job");
      expect(op.startLevel("part", { weight }).snapshot()).not.toHaveProperty("weight");
      expect(test.misuse()).toEqual(["INVALID_NUMBER"]);
    },
  );

  it("that is refused in strict mode leaves nothing behind", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const before = op.snapshot();
    for (const options of [{ total: Number.NaN }, { weight: -1 }, { stallTimeout: "soon" as Duration }]) {
      expect(() => op.startLevel("part", { id: "p", ...options })).toThrow();
      expect(op.getLevel("p")).toBe(undefined);
    }
    expect(op.snapshot()).toEqual(before);
  });

  it("with a bad stall limit runs without it, and the limit is misuse", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    expect(op.startLevel("part", { stallTimeout: "soon" as Duration }).snapshot().status).toBe("running");
    op.startLevel("part", { stallTimeout: "auto" });
    expect([op.snapshot().counts?.total, test.misuse()]).toEqual([2, ["INVALID_OPTION"]]);
  });
});

describe("a declared level", () => {
  it("is pending and reserves its weight until it starts", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const later = op.declare("second", { id: "l", weight: 3, total: 5, name: "Second" });
    const first = op.startLevel("first", { weight: 1, total: 2 });
    first.increment(1);
    expect(op.snapshot()).toMatchObject({ percentage: 12.5, counts: { total: 2, pending: 2 } });
    expect(op.getLevel("l")!.snapshot()).toEqual({
      id: "l",
      type: "second",
      name: "Second",
      operationId: "1",
      status: "pending",
      weight: 3,
      current: 0,
      total: 5,
      percentage: 0,
      updatedAt: "2026-01-01T00:00:00.000Z",
      elapsedSeconds: 0,
      attempt: 1,
      attributes: {},
      levels: [],
    });
    await test.advance("1s");
    const level = later.start();
    expect(level.snapshot()).toMatchObject({ status: "running", total: 5, startedAt: "2026-01-01T00:00:01.000Z" });
    expect([later.id, later.start()]).toEqual(["l", level]);
  });

  it("weighs by its total before it has begun, like those that have", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.declare("part", { total: 90, unit: "row" });
    op.startLevel("part", { total: 10, unit: "row" }).increment(10);
    expect(op.snapshot().percentage).toBe(10);
  });

  it("that is skipped is told as skipped, with its reason", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.declare("part").skip("nothing changed");
    await test.advance(0);
    expect(test.events.map(({ event, level }) => [event, level?.status])).toEqual([
      ["started", undefined],
      ["skipped", "skipped"],
    ]);
  });

  it("run is the scoped start", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const later = op.declare("part", { id: "p" });
    expect(await later.run(async (level) => level.id)).toBe("p");
    expect(op.snapshot().levels.map(({ status }) => status)).toEqual(["completed"]);
  });

  it("skipped leaves the percentage to the others; starting it then only runs the work", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const [first, later] = [op.startLevel("part", { total: 2 }), op.declare("part")];
    first.increment();
    later.skip("nothing to do");
    later.skip("again");
    expect(op.snapshot()).toMatchObject({ percentage: 50, counts: { total: 1, pending: 1 } });
    expect(op.snapshot().levels[1]).toMatchObject({ status: "skipped", reason: "nothing to do", elapsedSeconds: 0 });
    expect(later.run(() => 5)).toBe(5);
    expect(op.snapshot().levels[1]!.status).toBe("skipped");
  });

  it("cannot be used before it started: misuse, and nothing changes", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    op.declare("part", { id: "p" });
    const level = op.getLevel("p")!;
    const before = level.snapshot();
    level.message("early");
    level.pause();
    level.complete();
    expect([level.snapshot(), test.misuse()]).toEqual([before, ["ENDED", "ENDED", "INVALID_TRANSITION"]]);
  });

  it("under an ended operation, or with a taken id, runs untracked", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    op.startLevel("part", { id: "p" });
    const duplicate = op.declare("part", { id: "p" });
    expect([duplicate.id, isNoop(duplicate.start()), duplicate.run(() => 1)]).toEqual(["p", true, 1]);
    duplicate.skip();
    expect(op.snapshot().counts?.total).toBe(1);
  });
});

describe("a declared level that is started by its id", () => {
  it("is that one, whichever way it is started, and only once", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const pending = ["a", "b", "c"].map((id) => op.declare("part", { id }));
    const started = op.startLevel("part", { id: "a" });
    expect([started, op.getLevel("a"), pending[0]!.start()]).toEqual([started, started, started]);
    expect(op.level("part", { id: "b" }, (level) => level === op.getLevel("b"))).toBe(true);
    expect(await op.level("part", { id: "c" }, async (level) => level.id)).toBe("c");
    expect(outline(op.snapshot().levels)).toEqual([
      ["a", "part", "running"],
      ["b", "part", "completed"],
      ["c", "part", "completed"],
    ]);
    expect(op.snapshot().counts).toEqual({ total: 3, completed: 2, failed: 0, pending: 1 });
    expect(() => op.startLevel("part", { id: "a" })).toThrow(expect.objectContaining({ code: "DUPLICATE_ID" }));
  });

  it("keeps what was declared of it, and takes over what is said anew", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const declared = {
      name: "First",
      description: "early",
      total: 4,
      totalKind: "estimate",
      unit: "bar",
      weight: 2,
      attributes: { key: "A", by: "x" },
    } as const;
    op.declare("part", { id: "same", ...declared });
    op.declare("part", { id: "new", ...declared });
    const anew = {
      name: "Second",
      description: "late",
      total: 9,
      totalKind: "exact",
      unit: "row",
      weight: 3,
      attributes: { key: "B" },
      stallTimeout: "2s",
    } as const;
    const [same, other] = [op.startLevel("part", { id: "same" }), op.startLevel("part", { id: "new", ...anew })];
    expect(same.snapshot()).toMatchObject({ status: "running", ...declared });
    const { stallTimeout: _, ...shown } = anew;
    expect(other.snapshot()).toMatchObject({ status: "running", ...shown, attributes: { key: "B", by: "x" } });
    await test.advance("3s");
    expect(["stalled" in same.snapshot(), "stalled" in other.snapshot()]).toEqual([false, true]);
  });

  it("must be of that type and below that parent", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    const outer = op.startLevel("outer");
    op.declare("part", { id: "a" });
    const others = [op.startLevel("other", { id: "a" }), outer.startLevel("part", { id: "a" })];
    expect([others.map(isNoop), test.misuse()]).toEqual([
      [true, true],
      ["DUPLICATE_ID", "DUPLICATE_ID"],
    ]);
    expect(op.getLevel("a")!.snapshot().status).toBe("pending");
  });

  it("is found by an id and a type that were cut, or made a text", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const [id, type] = ["i".repeat(300), "t".repeat(300)];
    op.declare(type, { id });
    op.declare("part", { id: 5 as unknown as string });
    const started = [op.startLevel(type, { id }), op.startLevel("part", { id: 5 as unknown as string })];
    expect(started.map((level) => level.snapshot().status)).toEqual(["running", "running"]);
    expect([op.getLevel(id), op.getLevel(5 as unknown as string)]).toEqual(started);
  });

  it("takes no second place among the open ones", async () => {
    await using test = createTestProgress({ limits: { openLevels: 1 } });
    const op = test.progress.start("job");
    op.declare("part", { id: "a" });
    expect(isNoop(op.startLevel("part", { id: "a" }))).toBe(false);
    expect(test.progress.live.stats().losses).toEqual({});
  });

  it("and is not begun when an option is misuse", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.declare("part", { id: "a", weight: 2 });
    for (const bad of [{ total: -1 }, { weight: -1 }, { stallTimeout: "soon" as Duration }]) {
      expect(() => op.startLevel("part", { id: "a", ...bad })).toThrow();
    }
    expect(op.getLevel("a")!.snapshot()).toMatchObject({ status: "pending", weight: 2 });
  });

  it("that was skipped is not begun any more", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    op.declare("part", { id: "a" }).skip();
    expect([op.level("part", { id: "a" }, () => 7), test.misuse()]).toEqual([7, ["DUPLICATE_ID"]]);
    expect(op.getLevel("a")!.snapshot().status).toBe("skipped");
  });
});

describe("limits", () => {
  it("openLevels: further ones run untracked, are counted, and fit again when others ended", async () => {
    await using test = createTestProgress({ limits: { openLevels: 2 } });
    const op = test.progress.start("job");
    const levels: Level[] = [1, 2, 3, 4].map(() => op.startLevel("part"));
    expect(levels.map(isNoop)).toEqual([false, false, true, true]);
    levels[0]!.complete();
    expect(isNoop(op.startLevel("part"))).toBe(false);
    expect(test.progress.live.stats().losses).toEqual({ levels_refused: 2 });
  });

  it("depth: deeper levels run untracked and are counted", async () => {
    await using test = createTestProgress({ limits: { depth: 2 } });
    const op = test.progress.start("job");
    const below = vi.fn(() => 5);
    expect(op.level("part", (level) => level.level("part", below))).toBe(5);
    expect([op.snapshot().levels[0]!.levels, test.progress.live.stats().losses]).toEqual([[], { levels_refused: 1 }]);
  });

  it("levelsPerOperation: the oldest ended ones are folded into counts, failed ones last", async () => {
    await using test = createTestProgress({ limits: { levelsPerOperation: 2 } });
    const op = test.progress.start("job", { total: 10 });
    op.startLevel("part", { id: "bad" }).fail("x");
    for (const id of ["a", "b", "c", "d"]) op.startLevel("part", { id }).complete();
    const { levels, droppedLevels, counts, percentage } = op.snapshot();
    expect(levels.map(({ id }) => id)).toEqual(["bad", "d"]);
    expect([droppedLevels, counts, percentage]).toEqual([3, { total: 5, completed: 4, failed: 1, pending: 0 }, 50]);
    expect(op.getLevel("a")).toBe(undefined);
  });
});

it("a kind that the definition does not have is misuse, and in strict mode starts nothing", async () => {
  await using test = createTestProgress();
  const op = test.progress.start(defineOperation("album", { levels: ["song"] }));
  expect(() => op.startLevel("scene" as "song")).toThrow(
    expect.objectContaining({ code: "UNKNOWN_LEVEL", message: 'a level of album: expected song, received "scene"' }),
  );
  expect(op.snapshot().levels).toEqual([]);
});
