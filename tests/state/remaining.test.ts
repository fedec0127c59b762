import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Handle } from "../../src/instrumentation/handle.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import type { Snapshot } from "../../src/model.js";
import { etaOf, rateOf } from "../../src/state/remaining.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test.progress.shutdown());

describe("the rate", () => {
  const rate = (op: Operation) => rateOf(op as unknown as Handle, test.clock.monotonicMillis());

  it("stands still while paused, and is the mean of all work done at the end", async () => {
    const op = test.progress.start("job") as Operation;
    expect(rate(op)).toBeUndefined();
    op.increment(10);
    await test.advance("1s");
    op.pause();
    const paused = rate(op);
    await test.advance("1h");
    expect(rate(op)).toBe(paused);
    op.resume();
    op.itemSkipped(50);
    op.itemFailed();
    op.increment(10);
    await test.advance("3s");
    op.complete();
    expect([rate(op), op.snapshot().rate]).toEqual([5, 5]);
  });

  it("is unknown for what did nothing, or took no time", () => {
    const [nothing, atOnce] = [test.progress.start("job") as Operation, test.progress.start("job") as Operation];
    atOnce.increment(5);
    atOnce.complete();
    test.clock.advance(1_000);
    nothing.itemSkipped(5);
    nothing.complete();
    expect([rate(nothing), rate(atOnce)]).toEqual([undefined, undefined]);
  });
});

describe("the remaining time", () => {
  const eta = (op: { snapshot(): object }) => (op.snapshot() as Snapshot).eta;

  it("that the work itself gave counts down to zero", () => {
    const op = test.progress.start("job");
    op.update({ percentage: 10, etaSeconds: 60 });
    test.clock.block(20_000);
    expect(eta(op)).toEqual({ seconds: 40, low: 40, high: 40, basis: "reported" });
    test.clock.block(50_000);
    expect(eta(op)).toEqual({ seconds: 0, low: 0, high: 0, basis: "reported" });
  });

  it("of stages goes by the fraction", async () => {
    const clip = defineOperation("clip", { stages: { load: [0, 20], save: [20, 100] } });
    const op = test.progress.start(clip);
    op.enterStage("save");
    await test.advance("30s");
    expect(eta(op)).toEqual({ seconds: 120, low: 120, high: 120, basis: "rate" });
  });

  it("is unknown without a total, with one not to be trusted, while paused, stalled and after the end", async () => {
    test = createTestProgress({ stallTimeout: "2s" });
    const op = test.progress.start("job", { total: 100 });
    expect(eta(op)).toBeUndefined();
    op.increment(10);
    await test.advance("1s");
    const seen = [eta(op) !== undefined];
    op.setTotal(100, "unknown");
    seen.push(eta(op) !== undefined);
    op.setTotal(100, "exact");
    op.pause();
    seen.push(eta(op) !== undefined);
    op.resume();
    seen.push(eta(op) !== undefined);
    await test.advance("3s");
    seen.push(eta(op) !== undefined);
    op.increment();
    await test.advance("100ms");
    seen.push(eta(op) !== undefined);
    op.cancel();
    seen.push(eta(op) !== undefined);
    expect(seen).toEqual([true, false, false, true, false, true, false]);
    expect(etaOf(op as unknown as Handle, 0)).toBeUndefined();
  });
});

describe("the remaining time of parallel parts", () => {
  const eta = (op: { snapshot(): object }) => (op.snapshot() as Snapshot).eta;
  const exactly = (seconds: number) => ({ seconds, low: seconds, high: seconds, basis: "rate" });

  it("is that of the slowest, however small its weight", async () => {
    const op = test.progress.start("job");
    const fast = op.startLevel("a", { total: 100, weight: 99 });
    const slow = op.startLevel("b", { total: 100, weight: 1 });
    for (let second = 0; second < 10; second++) {
      fast.increment(9);
      slow.increment(1);
      await test.advance("1s");
    }
    expect(op.snapshot().percentage).toBeGreaterThan(89);
    expect(eta(op)).toEqual(eta(slow));
    expect(eta(slow)!.seconds).toBeGreaterThan(eta(fast)!.seconds * 9);
  });

  it("is the work left over the parts running at once, when more are to come", async () => {
    const op = test.progress.start("job", { total: 12, unit: "song" });
    for (let n = 0; n < 2; n++) {
      const songs = [op.startLevel("song"), op.startLevel("song")];
      await test.advance("10s");
      for (const song of songs) song.complete();
    }
    op.startLevel("song");
    op.startLevel("song");
    await test.advance("4s");
    // 2 × 6 s left of the running ones, 6 × 10 s to come, two at once
    expect(eta(op)).toMatchObject({ seconds: 36, basis: "rate" });
    await test.advance("30s");
    // Those that run take longer than usual: nothing is left of them.
    expect(eta(op)!.seconds).toBe(30);
    expect([eta(op)!.low < 30, eta(op)!.high > 40]).toEqual([true, true]);
  });

  it("is told by the parts that run before one is over, which may be the short ones", async () => {
    const op = test.progress.start("job", { total: 12 });
    const [short, long] = [op.startLevel("file", { total: 4 }), op.startLevel("file", { total: 12 })];
    const pass = async (...parts: { increment(): void }[]) => {
      await test.advance("1s");
      for (const part of parts) part.increment();
    };
    for (let second = 0; second < 4; second++) await pass(short, long);
    short.complete();
    await pass(long, op.startLevel("file", { total: 8 }));
    await test.advance("1ms");
    // 10 s for one file, 5 of 12, and 1 of 8: 6.4 s each, not 4.
    expect(eta(op)!.seconds).toBeGreaterThan(34);
    expect(eta(op)!.seconds).toBeLessThan(40);
  });

  it("goes by earlier runs as well, from its first second on", async () => {
    /** Two parts at once, then two that are three times as slow. */
    const run = async (op: Operation, look: (second: number) => void) => {
      for (const [begin, pace] of [[0, 1] as const, [10, 3] as const]) {
        const parts = [op.startLevel("part", { total: 10 }), op.startLevel("part", { total: 10 })];
        for (let second = 1; second <= 10 * pace; second++) {
          look(begin + second - 1);
          await test.advance("1s");
          if (second % pace === 0) for (const part of parts) part.increment();
        }
        for (const part of parts) part.complete();
      }
      op.complete();
    };
    await run(test.progress.start("job", { total: 4 }) as Operation, () => {});
    const op = test.progress.start("job", { total: 4 }) as Operation;
    const said = new Map<number, number>();
    await run(op, (second) => {
      said.set(second, eta(op)!.seconds);
      if (second === 5) expect(eta(op)!.basis).toBe("history");
    });
    for (const second of [0, 5, 20, 30]) expect(Math.abs(said.get(second)! - (40 - second))).toBeLessThan(4);
  });

  it("goes by the size of those to come, in items or by their weights, where all that are alike have one", async () => {
    const seconds = async (sizes: readonly { total?: number; weight?: number; unit?: string }[]) => {
      const op = test.progress.start("job");
      const [first, ...others] = sizes.map((size) => op.declare("file", size));
      const level = first!.start();
      await test.advance("2s");
      level.complete();
      others[0]!.start().update({ percentage: 50, etaSeconds: 1 });
      return eta(op)?.seconds;
    };
    const [bytes, rows] = [{ unit: "By" }, { unit: "row" }];
    // 1 s left of the second; the third is ten times the first, which took 2 s.
    expect([
      await seconds([{ total: 100 }, { total: 50 }, { total: 1_000 }]),
      await seconds([{ weight: 3 }, { weight: 1 }, { weight: 30 }]),
      await seconds([
        { total: 100, ...bytes },
        { total: 50, ...rows },
        { total: 1_000, ...bytes },
      ]),
    ]).toEqual([21, 21, 21]);
    // Not all have one, or in another unit: 2 s, like the first.
    expect([
      await seconds([{ total: 100 }, {}, {}]),
      await seconds([{ weight: 3 }, {}, {}]),
      await seconds([{}, {}, { total: 1_000 }]),
      await seconds([
        { total: 100, ...bytes },
        { total: 50, ...rows },
        { total: 1_000, ...rows },
      ]),
    ]).toEqual([3, 3, 3, 3]);
  });

  it("takes what past runs took for kinds that have not been seen in this one", async () => {
    const run = async (op: Operation) => {
      const level = op.startLevel("transcode");
      await test.advance("40s");
      level.complete();
    };
    const first = test.progress.start("job") as Operation;
    await run(first);
    first.complete();
    const op = test.progress.start("job") as Operation;
    op.declare("transcode");
    op.startLevel("transcode");
    await test.advance("10s");
    expect(eta(op)).toMatchObject({ seconds: 70, basis: "history" });
    expect(eta(op)!.low).toBeLessThan(70);
    expect(eta(op)!.high).toBeGreaterThan(70);
  });

  it("is unknown when one of them tells nothing, is paused or stalled", async () => {
    const op = test.progress.start("job");
    const [a, b] = [op.startLevel("a", { total: 4 }), op.startLevel("b", { total: 4, stallTimeout: "5s" })];
    await test.advance("3s");
    a.increment(2);
    await test.advance("1s");
    const seen = [eta(op)];
    b.increment(2);
    await test.advance("1s");
    seen.push(eta(op));
    a.pause();
    seen.push(eta(op));
    a.resume();
    await test.advance("6s");
    expect(b.snapshot()).toHaveProperty("stalled");
    seen.push(eta(op));
    expect(seen.map((one) => one !== undefined)).toEqual([false, true, false, false]);
  });

  it("is never less than what the running one needs, though the next is of a kind that is not known", async () => {
    const op = test.progress.start("job") as Operation;
    const slow = op.startLevel("slow", { total: 100, weight: 9 });
    op.declare("unknown", { weight: 1 });
    for (let item = 1; item <= 50; item++) {
      await test.advance(item > 40 ? "10s" : "1s");
      slow.increment();
    }
    expect(slow.snapshot().eta!.seconds).toBeGreaterThan(400);
    expect(eta(op)!.seconds).toBeGreaterThanOrEqual(slow.snapshot().eta!.seconds);
  });

  it("is known however many are to come", async () => {
    await test.progress.shutdown();
    test = createTestProgress({ limits: { openLevels: 200_000 } });
    const op = test.progress.start("job") as Operation;
    const part = op.startLevel("part");
    await test.advance("1s");
    part.complete();
    for (let n = 0; n < 150_000; n++) op.declare("part");
    expect(eta(op)!.seconds).toBe(150_000);
  });

  it("of parts one after the other goes by the fraction while nothing else is known", async () => {
    const op = test.progress.start("job");
    const a = op.startLevel("a", { weight: 1, total: 4 });
    op.declare("b", { weight: 1 });
    await test.advance("30s");
    a.increment(4);
    expect(eta(op)).toEqual(exactly(30));
  });

  it("an operation that counts more than its parts goes by its own count", async () => {
    const op = test.progress.start("job", { total: 100 });
    op.startLevel("connection");
    for (let second = 0; second < 10; second++) {
      op.increment(5);
      await test.advance("1s");
    }
    expect(eta(op)!.seconds).toBeGreaterThan(9);
    expect(eta(op)!.seconds).toBeLessThan(11);
  });
});

describe("the mean rate", () => {
  it("is over the working time of this attempt, failed and skipped items left out", async () => {
    const op = test.progress.start("job");
    op.increment(1_000);
    await test.advance("10s");
    op.newAttempt("again");
    op.increment(10);
    op.itemSkipped(100);
    op.itemFailed();
    await test.advance("2s");
    op.pause();
    await test.advance("1m");
    expect(op.snapshot().meanRate).toBe(5);
    op.resume();
    op.complete();
    expect([op.snapshot().meanRate, op.snapshot().rate]).toEqual([5, 5]);
  });
});
