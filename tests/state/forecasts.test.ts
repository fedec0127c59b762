import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Handle } from "../../src/instrumentation/handle.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import type { Snapshot } from "../../src/model.js";
import { runOf } from "../../src/state/forecasts.js";
import { createTestProgress, ManualClock, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test.progress.shutdown());

const eta = (op: { snapshot(): object }) => (op.snapshot() as Snapshot).eta;
const start = (options = {}) => test.progress.start("job", options) as Operation;
async function work(op: { increment(n: number): void }, seconds: number, items = 1): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await test.advance("1s");
    op.increment(items);
  }
  await test.advance(100);
}

describe("what is forecast", () => {
  it("is the work: what was skipped takes no time", async () => {
    const op = start({ total: 1_000 });
    op.itemSkipped(800);
    await work(op, 20);
    // 180 items at one a second, where all of them at once would have been five seconds
    expect(eta(op)!.seconds).toBeGreaterThan(170);
    expect(eta(op)!.seconds).toBeLessThan(190);
  });

  it("of work taken up again is the rest at the speed of now", async () => {
    const op = start({ total: 1_000 });
    op.update({ current: 500 });
    await work(op, 50);
    expect(eta(op)!.seconds).toBeGreaterThan(425);
    expect(eta(op)!.seconds).toBeLessThan(475);
  });

  it("what a first report says after a while was done meanwhile", async () => {
    const op = start({ total: 100 });
    await test.advance("50s");
    op.update({ current: 50 });
    await test.advance("1s");
    expect(eta(op)!.seconds).toBeGreaterThan(45);
    expect(eta(op)!.seconds).toBeLessThan(55);
  });

  it("counts what was done before the total was known", async () => {
    const op = start();
    await work(op, 30);
    expect(eta(op)).toBeUndefined();
    op.setTotal(60);
    await work(op, 1);
    expect(eta(op)!.seconds).toBeGreaterThan(25);
    expect(eta(op)!.seconds).toBeLessThan(33);
  });

  it("a pause does not move the end, also one before the first item", async () => {
    const op = start({ total: 100 });
    op.pause();
    await test.advance("1h");
    op.resume();
    await work(op, 20);
    const before = eta(op)!.seconds;
    expect(before).toBeGreaterThan(70);
    expect(before).toBeLessThan(90);
    op.pause();
    expect(eta(op)).toBeUndefined();
    await test.advance("1h");
    op.resume();
    expect(eta(op)!.seconds).toBeCloseTo(before, 0);
  });

  it("a new attempt takes as long as its items, at the speed known", async () => {
    const op = start({ total: 100 });
    await work(op, 50);
    op.newAttempt("again");
    expect(eta(op)!.seconds).toBeGreaterThan(90);
    expect(eta(op)!.seconds).toBeLessThan(110);
    await work(op, 20);
    expect(eta(op)!.seconds).toBeGreaterThan(70);
    expect(eta(op)!.seconds).toBeLessThan(90);
  });

  it("a stall gives no number, and none that is old when it goes on", async () => {
    const op = start({ total: 100, stallTimeout: "30s" });
    await work(op, 20);
    await test.advance("31s");
    expect([eta(op), "stalled" in op.snapshot()]).toEqual([undefined, true]);
    await work(op, 5);
    expect(eta(op)!.seconds).toBeGreaterThan(60);
  });

  it("where nothing is counted, is the share that is done", async () => {
    const op = start();
    for (let percent = 1; percent <= 40; percent++) {
      await test.advance("1s");
      op.update({ percentage: percent });
    }
    await test.advance("1s");
    expect(eta(op)!.seconds).toBeGreaterThan(55);
    expect(eta(op)!.seconds).toBeLessThan(65);
  });

  it("is never less than what a running part still needs", async () => {
    const clip = defineOperation("clip", { stages: { load: [0, 90], save: [90, 100] } });
    const op = test.progress.start(clip);
    op.enterStage("load");
    await test.advance("10s");
    op.enterStage("save");
    const save = op.getLevel((op.snapshot() as Snapshot).levels[1]!.id) as unknown as Operation;
    save.update({ total: 100 });
    await work(save, 10);
    const [whole, part] = [eta(op)!, (op.snapshot() as Snapshot).levels[1]!.eta!];
    expect(part.seconds).toBeGreaterThan(80);
    expect(whole.seconds).toBeGreaterThanOrEqual(part.seconds);
    expect(whole.high).toBeGreaterThanOrEqual(part.high);
  });
});

describe("whoever looks late", () => {
  /** Without listeners, which would look all the time. `watched` is looked at every second, the other one at the end. */
  function both(options: object, each: (op: Operation, second: number) => void, seconds: number) {
    const clock = new ManualClock();
    const progress = createProgress({ clock });
    const [watched, unwatched] = [progress.start("job", options), progress.start("job", options)] as Operation[];
    for (let second = 0; second < seconds; second++) {
      clock.advance(1_000);
      for (const op of [watched!, unwatched!]) each(op, second);
      eta(watched!);
    }
    clock.advance(100);
    const { extra } = unwatched as unknown as Handle;
    expect(extra!.forecast).toBeUndefined();
    const seen = [eta(watched!)!.seconds, eta(unwatched!)!.seconds] as const;
    expect(extra!.forecast).toBeDefined();
    return seen;
  }

  it("sees nearly what whoever looked all the time sees", () => {
    const [all, late] = both({ total: 600 }, (op, second) => op.increment(second < 60 ? 4 : 1), 120);
    expect(late / all).toBeGreaterThan(0.8);
    expect(late / all).toBeLessThan(1.4);
  });

  it("also where items were skipped, or done before the run began", () => {
    const [all, late] = both(
      { total: 1_000 },
      (op, second) => (second === 0 ? op.itemSkipped(500) : op.increment(2)),
      100,
    );
    expect(all).toBeCloseTo(151, -1);
    expect(late).toBeCloseTo(all, -1);
  });

  it("also of work taken up again", () => {
    const clock = new ManualClock();
    const op = createProgress({ clock }).start("job", { total: 1_000 });
    op.update({ current: 500 });
    for (let second = 0; second < 50; second++) {
      clock.advance(1_000);
      op.increment();
    }
    clock.advance(100);
    expect(eta(op)!.seconds).toBeGreaterThan(425);
    expect(eta(op)!.seconds).toBeLessThan(475);
  });

  it("also of a share, after a pause and in a new attempt", () => {
    const [all, late] = both({}, (op, second) => op.update({ percentage: second / 2 }), 100);
    expect(late / all).toBeGreaterThan(0.9);
    expect(late / all).toBeLessThan(1.1);
    const pausing = (op: Operation, second: number) => {
      if (second === 20) op.pause();
      if (second === 60) op.resume();
      if (second < 20 || second > 60) op.increment();
    };
    const [, paused] = both({ total: 100 }, pausing, 100);
    expect(paused).toBeGreaterThan(35);
    expect(paused).toBeLessThan(50);
    const again = (op: Operation, second: number) => (second === 50 ? op.newAttempt() : op.increment());
    const [, retried] = both({ total: 100 }, again, 80);
    expect(retried).toBeGreaterThan(60);
    expect(retried).toBeLessThan(85);
  });
});

describe("what is kept of a run", () => {
  const run = (op: Operation) => runOf(op as unknown as Handle, 42);

  it("is how long it worked, its items and its curve, when it completed", async () => {
    const op = start({ total: 20 });
    await work(op, 20);
    expect(run(op)).toBeUndefined();
    op.complete();
    expect(run(op)).toMatchObject({ endedAt: 42, total: 20 });
    expect(run(op)!.seconds).toBeCloseTo(20.1, 6);
    expect(run(op)!.curve.length).toBe(31);
  });

  it("is without a curve when it was paused, guessed, or taken up", async () => {
    const [paused, guessed, resumed] = [start(), start({ simulate: { expected: "5s" } }), start({ total: 10 })];
    resumed.update({ current: 5 });
    await test.advance("2s");
    paused.pause();
    paused.resume();
    await test.advance("2s");
    paused.pause();
    await test.advance("1s");
    paused.resume();
    for (const op of [paused, guessed, resumed]) op.complete();
    expect([paused, guessed, resumed].map((op) => run(op)!.curve)).toEqual([[], [], []]);
  });
});
