import { beforeEach, describe, expect, it } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import { coreOf } from "../../src/instrumentation/core.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import type { LevelStatus } from "../../src/model.js";
import { Entry } from "../../src/state/entry.js";
import { itemsDone } from "../../src/state/items.js";
import { LiveState } from "../../src/state/live-state.js";
import { SLOTS } from "../../src/state/slab.js";
import { createTestProgress, ManualClock } from "../../src/testing.js";

const LIMITS = {
  active: 10,
  finished: 2,
  finishedLevels: 1_000,
  levelsPerOperation: 10,
  openLevels: 10,
  depth: 8,
  types: 10,
};

let clock: ManualClock;
let state: LiveState;
beforeEach(() => {
  clock = new ManualClock();
  state = new LiveState(clock, new Diagnostics({ warn() {} }), LIMITS);
  state.followWallClock(clock.monotonicMillis());
});

/** An entry that was not started: an operation, or a level of `parent`. */
function make(id: string, parent?: Entry): Entry {
  const kind = parent === undefined ? state.kinds.operation("job") : state.kinds.level("job", "part");
  const entry = new Entry(state.dead, kind, id, parent, undefined, undefined);
  if (parent !== undefined) state.adopt(entry);
  return entry;
}
function start(id: string, parent?: Entry, total = Number.NaN): Entry {
  const entry = make(id, parent);
  state.start(entry, clock.monotonicMillis(), total);
  return entry;
}
function end(entry: Entry, status: LevelStatus = "completed", late: 0 | 1 = 0): void {
  state.end(entry, status, clock.monotonicMillis(), late);
  state.learn(entry);
}
const ids = (entries: Iterable<Entry>) => [...entries].map(({ id }) => id);

describe("starts and ends", () => {
  it("a started operation is found while it runs, and after its end while it is kept", () => {
    const a = start("a");
    expect([state.get("a"), state.getActive("a"), state.activeCount, a.status]).toEqual([a, a, 1, "running"]);
    end(a);
    expect([state.get("a"), state.getActive("a"), state.activeCount, a.status]).toEqual([a, undefined, 0, "completed"]);
    for (const id of ["b", "c"]) end(start(id));
    expect([state.get("a"), ids(state.retention.finished())]).toEqual([undefined, ["c", "b"]]);
    state.clearHistory();
    expect([state.get("b"), state.get("c"), ids(state.retention.finished())]).toEqual([undefined, undefined, []]);
  });

  it("a later operation of the same id stays when the earlier one leaves", () => {
    end(start("a"));
    const again = start("a");
    end(start("b"));
    end(start("c"));
    expect([state.get("a"), ids(state.retention.finished())]).toEqual([again, ["c", "b"]]);
  });

  it("active gives operations, not levels, over all slabs", () => {
    const a = start("a");
    for (let n = 0; n < SLOTS; n++) start(String(n), a);
    const b = start("b");
    expect([ids(state.active()), state.slabs.length, a.slab === b.slab]).toEqual([["a", "b"], 2, false]);
  });

  it("numbers are read from the slab while it runs, and are final afterwards", () => {
    const a = start("a", undefined, 5);
    a.increment(3);
    const before = [a.current, a.total, a.started, a.moved, a.offset];
    clock.block(500);
    end(a);
    expect(before).toEqual([3, 5, 1_000, 1_000, Date.UTC(2026, 0, 1) - 1_000]);
    expect([a.current, a.total, a.started, a.moved, a.offset]).toEqual(before);
    expect([a.outcome!.ended, a.workMillis(99_999), a.slab]).toEqual([1_500, 500, undefined]);
  });

  it("tallies what runs, what ended and how, and items not seen by a tick", () => {
    const [a, b] = [start("a"), start("b")];
    const { tally } = a.kind;
    a.increment(4);
    expect([tally.active, tally.items.done]).toEqual([2, 0]);
    clock.block(2_000);
    end(a);
    end(b, "failed");
    expect([tally.active, tally.ended.completed, tally.ended.failed, tally.items.done]).toEqual([0, 1, 1, 4]);
    expect([[...tally.durations()], tally.pastMeanSeconds]).toEqual([[2], 2]);
  });

  it("durations of levels are learned with the end of a completed operation only", () => {
    const run = (status: LevelStatus) => {
      const op = start(status);
      op.more.levelCount = 1;
      const part = start("part", op);
      clock.block(1_000);
      end(part);
      const before = part.kind.tally.pastMeanSeconds;
      end(op, status);
      return [before, part.kind.tally.pastMeanSeconds];
    };
    expect([run("failed"), run("completed")]).toEqual([
      [undefined, undefined],
      [undefined, 1],
    ]);
  });

  it("a level that never began can end, and has no numbers", () => {
    const part = make("part", start("a"));
    end(part, "skipped");
    expect([part.status, part.current, part.total, part.started, part.kind.tally.active]).toEqual([
      "skipped",
      0,
      Number.NaN,
      Number.NaN,
      0,
    ]);
    expect([part.operation.extra!.openLevels, part.operation.extra!.family!.excluded]).toEqual([0, 1]);
  });
});

describe("the wall clock", () => {
  it("a step of it moves later starts, not what runs, and a part never begins before what is around it", () => {
    let step = 0;
    clock.epochMillis = () => Date.UTC(2026, 0, 1) - 1_000 + clock.monotonicMillis() + step;
    const a = start("a");
    step = -3_600_000;
    state.followWallClock(clock.monotonicMillis());
    const offsets = [a, start("part", a), start("b")].map((entry) => entry.offset - a.offset);
    expect(offsets).toEqual([0, 0, -3_600_000]);
  });

  it("the grain of the clocks is no step", () => {
    const before = start("a").offset;
    clock.epochMillis = () => before + clock.monotonicMillis() + 1.9;
    state.followWallClock(clock.monotonicMillis());
    expect(start("b").offset).toBe(before);
  });
});

describe("stamps", () => {
  it("increase strictly, at least to the time given, also after a year of uptime", () => {
    const year = 366 * 86_400_000;
    const stamps = [state.stamp(), state.stamp(), state.stamp(5), state.stamp(5), state.stamp(year), state.stamp()];
    expect(stamps).toEqual([...new Set(stamps)].sort((a, b) => a - b));
    expect([stamps[2], stamps[4]]).toEqual([5, year]);
  });

  it("a touch reaches all that is around, and nothing beside", () => {
    const [a, b] = [start("a"), start("b")];
    const [part, sibling] = [start("1", a), start("2", a)];
    const since = state.stamp();
    state.touch(part);
    expect([part, a, sibling, b].map(({ changed }) => changed > since)).toEqual([true, true, false, false]);
  });

  it("an end is a later change than all before it", () => {
    const [a, b] = [start("a"), start("b")];
    end(b);
    end(a);
    expect(a.changed).toBeGreaterThan(b.changed);
  });
});

describe("late updates", () => {
  it("never land in a slot that was given to another, and are counted", () => {
    const a = start("a");
    end(a);
    const b = start("b");
    a.increment(7);
    expect([b.current, a.current, state.takeLate(), state.takeLate()]).toEqual([
      0,
      0,
      { misuse: 7, silent: 0 },
      { misuse: 0, silent: 0 },
    ]);
  });

  it("are silent after the parent closed it", () => {
    const part = start("part", start("a"));
    end(part, "cancelled", 1);
    const other = start("other", part.parent);
    part.increment(2);
    expect([other.current, state.takeLate()]).toEqual([0, { misuse: 0, silent: 2 }]);
  });

  it("an absolute value that finds the time limit passed does not land in a reused slot either", async () => {
    const test = createTestProgress({ strict: false });
    const a = test.progress.start("a", { timeout: "1s" });
    let b = a;
    test.progress.addExporter({
      synchronous: true,
      export: (changed) => {
        if (changed.some(({ status }) => status === "failed")) b = test.progress.start("b");
      },
    });
    test.clock.block(2_000);
    a.update({ current: 40 });
    expect([a.snapshot().status, b.snapshot().type, b.snapshot().current]).toEqual(["failed", "b", undefined]);
    await test.progress.shutdown();
  });

  it("all of them are counted at the next tick", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    const part = op.startLevel("part");
    op.complete();
    part.increment(2);
    await test.advance("100ms");
    expect(test.progress.live.stats().losses).toEqual({ late_updates: 2 });
    op.increment(3);
    await test.advance("100ms");
    expect(test.progress.live.stats().losses).toEqual({ late_updates: 5 });
  });
});

describe("slabs", () => {
  it("one that is empty is given back, the last one is kept", () => {
    const [a, ...rest] = Array.from({ length: SLOTS + 1 }, (_, n) => start(String(n)));
    const last = rest.pop()!;
    expect(state.slabs.length).toBe(2);
    end(last);
    expect(state.slabs.length).toBe(1);
    for (const entry of [a!, ...rest]) end(entry);
    expect([state.slabs.length, state.slabs[0]!.live]).toEqual([1, 0]);
  });

  it("a start takes a free slot of an earlier slab before a new slab", () => {
    const first = Array.from({ length: SLOTS }, (_, n) => start(String(n)));
    const second = Array.from({ length: SLOTS }, (_, n) => start(String(SLOTS + n)));
    const { slab } = first[0]!;
    end(first[7]!);
    const next = start("next");
    expect([next.slab === slab, next.i, state.slabs.length, second[0]!.slab === slab]).toEqual([true, 7, 2, false]);
    start("third slab");
    expect(state.slabs.length).toBe(3);
  });
});

describe("a new attempt", () => {
  it("forgets numbers and parts, and counts the items that no tick saw", () => {
    const a = start("a", undefined, 10);
    const part = start("part", a);
    a.increment(4);
    end(part);
    clock.block(500);
    state.startOver(a, clock.monotonicMillis());
    expect([a.current, a.total, a.extra!.attempt, a.extra!.family, a.moved]).toEqual([0, 10, 2, undefined, 1_500]);
    expect([a.extra!.levelsById!.size, a.kind.tally.items.done, itemsDone(a, a.slab!)]).toEqual([0, 4, 0]);
  });

  it("leaves nested operations and their levels alone", async () => {
    const progress = createProgress({ strict: true, clock });
    await progress.operation("outer", async (outer) => {
      const inner = progress.start("inner");
      const part = inner.startLevel("part");
      outer.newAttempt();
      outer.startLevel("again");
      expect([inner.snapshot().levels.length, inner.getLevel(part.id)]).toEqual([1, part]);
      inner.complete();
      expect([part.snapshot().status, outer.snapshot().counts]).toEqual([
        "cancelled",
        { total: 1, completed: 0, failed: 0, pending: 1 },
      ]);
    });
    coreOf(progress).sampler.stop();
  });
});
