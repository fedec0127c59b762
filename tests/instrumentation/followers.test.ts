import { diag } from "@opentelemetry/api";
import { afterEach, describe, expect, it } from "vitest";
import { createProgress } from "../../src/instrumentation/progress.js";
import type { Change, Filter } from "../../src/model.js";
import { createTestProgress, ManualClock, type TestProgress } from "../../src/testing.js";

afterEach(() => diag.disable());

function following(test: TestProgress, filter?: Filter) {
  const changes: Change[] = [];
  const stop = test.progress.live.follow((change) => changes.push(change), filter);
  return { changes, stop };
}
const brief = (change: Change) =>
  change.kind === "snapshot"
    ? ["snapshot", change.operations.map(({ id }) => id)]
    : [change.changed.map(({ id, status, current }) => `${id} ${status} ${current}`), change.removed, change.missed];

describe("a follower", () => {
  it("is given the whole state within its call, then at every tick what changed, complete", async () => {
    await using test = createTestProgress();
    test.progress.operation("job", { id: "old" }, () => {});
    const op = test.progress.start("job", { id: "a", total: 4 });
    const { changes } = following(test);
    expect(changes.map(brief)).toEqual([["snapshot", ["a", "old"]]]);
    await test.advance("300ms");
    op.increment();
    await test.advance("300ms");
    op.complete();
    await test.advance("100ms");
    expect(changes.slice(1).map(brief)).toEqual([
      [["a running 1"], [], 0],
      [["a completed 1"], [], 0],
    ]);
    expect(changes.at(-1)).toMatchObject({ changed: [op.snapshot()] });
  });

  it("is told from inside a blocked event loop, at most once per tick", () => {
    const test = createTestProgress();
    const op = test.progress.start("job", { id: "a" });
    const { changes } = following(test);
    for (let n = 0; n < 10; n++) {
      test.clock.block(50);
      op.increment();
    }
    expect(changes.slice(1).map(brief)).toEqual([1, 3, 5, 7, 9].map((n) => [[`a running ${n}`], [], 0]));
  });

  it("of one operation hears of no other, and may follow one that is still to come", async () => {
    await using test = createTestProgress({ limits: { finished: 1 } });
    const { changes } = following(test, { id: "b" });
    test.progress.start("job", { id: "a" });
    await test.advance("100ms");
    test.progress.operation("job", { id: "b" }, () => {});
    await test.advance("100ms");
    test.progress.handle("a")!.complete();
    await test.advance("100ms");
    expect(changes.map(brief)).toEqual([
      ["snapshot", []],
      [["b completed undefined"], [], 0],
      [[], ["b"], 0],
    ]);
  });

  it("is told once when one leaves its filter, also when it follows a single one", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a" });
    const all = following(test, { status: ["running"] });
    const one = following(test, { id: "a", status: ["running"] });
    op.pause();
    await test.advance("100ms");
    op.message("still");
    await test.advance("100ms");
    op.resume();
    await test.advance("100ms");
    const expected = [
      ["snapshot", ["a"]],
      [[], ["a"], 0],
      [["a running undefined"], [], 0],
    ];
    expect([all, one].map(({ changes }) => changes.map(brief))).toEqual([expected, expected]);
  });

  it("sees the later one of two with one id, and never both in one update", async () => {
    await using test = createTestProgress();
    const { changes } = following(test);
    test.progress.operation("job", { id: "a" }, () => {});
    test.progress.start("job", { id: "a" });
    await test.advance("100ms");
    expect(changes.slice(1).map(brief)).toEqual([[["a running undefined"], [], 1]]);
  });

  it("that stops hears nothing more, not even of the tick in which another one stopped it", async () => {
    await using test = createTestProgress();
    const stops: (() => void)[] = [];
    test.progress.live.follow(({ kind }) => {
      if (kind === "update") for (const stop of stops) stop();
    });
    const other = following(test);
    const one = following(test, { id: "a" });
    stops.push(other.stop, one.stop);
    test.progress.start("job", { id: "a" });
    await test.advance("200ms");
    other.stop();
    expect([other.changes.length, one.changes.length]).toEqual([1, 1]);
  });

  it("that throws disturbs neither the work nor the others, and is counted", async () => {
    await using test = createTestProgress();
    test.progress.live.follow(() => {
      throw new Error("bad follower");
    });
    const { changes } = following(test);
    test.progress.start("job", { id: "a" });
    await test.advance("100ms");
    expect(changes.length).toBe(2);
    expect(test.progress.live.stats().losses).toEqual({ callbacks_failed: 2 });
  });
});

it("followers are many, and no limit on subscribers counts them; when the last one stops nothing is collected", async () => {
  await using test = createTestProgress({ limits: { subscribers: 1 } });
  const many = Array.from({ length: 1_000 }, (_, n) => following(test, { id: `op${n}` }));
  for (let n = 0; n < 10; n++) test.progress.start("job", { id: `op${n}` });
  await test.advance("100ms");
  expect(many.filter(({ changes }) => changes.length === 2).length).toBe(10);
  for (const { stop } of many) stop();
  for (const { changes } of many) changes.length = 0;
  test.progress.start("job");
  await test.advance("100ms");
  expect(many.every(({ changes }) => changes.length === 0)).toBe(true);
  expect(test.progress.live.stats().losses).toEqual({});
});

describe("how often a follower is served", () => {
  /** A clock by which every look at it takes a while, and with it every copy. */
  class SlowClock extends ManualClock {
    lookMillis = 0;

    override monotonicMillis(): number {
      if (this.lookMillis > 0) this.block(this.lookMillis);
      return super.monotonicMillis();
    }
  }
  function looking() {
    const slow = new SlowClock();
    const watched = createProgress({ clock: slow });
    const ops = Array.from({ length: 20 }, (_, n) => watched.start("job", { id: `op${n}` }));
    const told: number[] = [];
    watched.live.follow((change) => {
      if (change.kind === "update") told.push(change.changed.length);
    });
    /** Work, and a tick of which each look at the clock takes so long. */
    const move = (work: (op: (typeof ops)[number]) => void, lookMillis = 0) => {
      for (const op of ops) work(op);
      slow.lookMillis = lookMillis;
      slow.advance(100);
      slow.lookMillis = 0;
    };
    return { told, move, watched, slow };
  }

  it("is at every tick while copies are cheap, and takes a tenth of the time when they are not", async () => {
    const cheap = looking();
    for (let tick = 0; tick < 10; tick++) cheap.move((op) => op.increment());
    expect(cheap.told).toEqual(Array.from({ length: 10 }, () => 20));
    const dear = looking();
    const began = dear.slow.monotonicMillis();
    while (dear.slow.monotonicMillis() - began < 10_000) dear.move((op) => op.increment(), 2);
    // Some 45 ms each, and nine times that behind it.
    expect(dear.told.length).toBeGreaterThan(10_000 / 700);
    expect(dear.told.length).toBeLessThan(10_000 / 400);
    expect(new Set(dear.told)).toEqual(new Set([20]));
    await Promise.all([cheap.watched.shutdown(), dear.watched.shutdown()]);
  });

  it("waits two seconds at most, however long a copy takes", async () => {
    const { told, move, watched } = looking();
    move((op) => op.increment(), 100);
    for (let tick = 0; tick < 19; tick++) move((op) => op.increment());
    expect(told).toEqual([20]);
    for (let tick = 0; tick < 2; tick++) move((op) => op.increment());
    expect(told[1]).toBe(20);
    await watched.shutdown();
  });

  it("is told what left before more have left than are remembered", async () => {
    const { move, watched, slow } = looking();
    const known = new Set<string>();
    watched.live.follow((change) => {
      if (change.kind !== "update") return;
      for (const { id } of change.changed) known.add(id);
      for (const id of change.removed) known.delete(id);
    });
    const crowd = Array.from({ length: 12_000 }, () => watched.start("job"));
    move(() => {}, 1_000);
    expect(known.size).toBe(12_000);
    while (crowd.length > 0) {
      for (const op of crowd.splice(0, 2_000)) op.complete();
      slow.advance(100);
    }
    slow.advance(2_000);
    expect([...known].filter((id) => watched.live.get(id) === undefined)).toEqual([]);
    await watched.shutdown();
  });

  it("is told the last of it when nothing goes on any more, and at once at a flush", async () => {
    const { told, move, watched, slow } = looking();
    move((op) => op.increment(), 2);
    move((op) => op.complete());
    expect(told).toEqual([20]);
    for (let tick = 0; tick < 10; tick++) slow.advance(100);
    expect(told).toEqual([20, 20]);
    await watched.shutdown();
    const again = looking();
    again.move((op) => op.increment(), 2);
    again.move((op) => op.increment());
    expect(again.told).toEqual([20]);
    await again.watched.forceFlush();
    expect(again.told).toEqual([20, 20]);
    await again.watched.shutdown();
  });
});
