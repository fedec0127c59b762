import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { coreOf } from "../../src/instrumentation/core.js";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import type { LevelSnapshot, Snapshot } from "../../src/model.js";
import { Entry } from "../../src/state/entry.js";
import { simulatedShare } from "../../src/state/simulation.js";
import { createTestProgress, ManualClock, type TestProgress } from "../../src/testing.js";

const TURN = 8 / 9;
const TEN = { simulate: { expected: "10s" } } as const;
const clip = defineOperation("clip", { stages: { load: [0, 20], render: [20, 100] } });

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test.progress.shutdown());

const start = (options: object = TEN) => test.progress.start("job", options) as Operation;
const shown = (of: { snapshot(): Snapshot | LevelSnapshot }) => {
  const { percentage, estimated } = of.snapshot();
  return [percentage, estimated];
};
const etaOf = (of: { snapshot(): Snapshot | LevelSnapshot }) => of.snapshot().eta;
const exactly = (seconds: number) => ({ seconds, low: seconds, high: seconds, basis: "reported" });
/** How many entries the next tick would look at. */
const moving = ({ progress }: TestProgress) => {
  const looked = vi.spyOn(Entry.prototype, "workMillis");
  coreOf(progress).state.simulations.advance(Number.NEGATIVE_INFINITY, () => expect.unreachable());
  const { length } = looked.mock.calls;
  looked.mockRestore();
  return length;
};

describe("the guess", () => {
  it("is even up to 80 percent, then closes in on the end", () => {
    expect([-1, 0, 0.25, 0.5].map(simulatedShare)).toEqual([0, 0, 0.225, 0.45]);
    expect(simulatedShare(TURN)).toBeCloseTo(0.8, 12);
    expect(simulatedShare(1)).toBeCloseTo(1 - 0.2 * Math.exp(-0.5), 12);
    expect(simulatedShare(2)).toBeCloseTo(1 - 0.2 * Math.exp(-5), 12);
    expect([2.1, 100, Number.MAX_VALUE, Number.POSITIVE_INFINITY].map(simulatedShare)).toEqual(Array(4).fill(0.999));
  });

  it("neither jumps nor bends where its halves meet", () => {
    const step = 1e-6;
    const slope = (from: number, to: number) => (simulatedShare(to) - simulatedShare(from)) / (to - from);
    expect(simulatedShare(TURN + 1e-12) - simulatedShare(TURN)).toBeCloseTo(0, 11);
    expect(slope(TURN - step, TURN)).toBeCloseTo(0.9, 6);
    expect(slope(TURN, TURN + step)).toBeCloseTo(0.9, 4);
  });

  it("never falls, never reaches the end", () => {
    const time = fc.double({ min: 0, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(time, time, (a, b) => {
        const [less, more] = [simulatedShare(Math.min(a, b)), simulatedShare(Math.max(a, b))];
        expect(less).toBeLessThanOrEqual(more);
        expect(more).toBeLessThan(1);
        expect(less).toBeGreaterThanOrEqual(0);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("an opaque operation", () => {
  it("is shown as far as the formula says, as estimated, with the rest of the expected time, then without", async () => {
    const op = start();
    expect([shown(op), etaOf(op)]).toEqual([[0, true], exactly(10)]);
    await test.advance("5s");
    expect([shown(op), etaOf(op)]).toEqual([[45, true], exactly(5)]);
    await test.advance("4900ms");
    expect(etaOf(op)).toEqual(exactly(0.1));
    await test.advance("100ms");
    expect([shown(op), etaOf(op)]).toEqual([[87.869387, true], undefined]);
    await test.advance("1h");
    expect([shown(op), etaOf(op)]).toEqual([[99.85255, true], undefined]);
    op.complete();
    expect(shown(op)).toEqual([100, undefined]);
  });

  it("whose clock jumps far ahead is still not done", async () => {
    const op = start();
    test.clock.block(1e12);
    await test.advance("100ms");
    expect(shown(op)).toEqual([99.9, true]);
  });

  it.each([
    ["failed", (op: Operation) => op.fail(new Error("no"))],
    ["cancelled", (op: Operation) => op.cancel()],
  ])("that %s keeps the guess, marked as one", async (status, end) => {
    const op = start();
    await test.advance("5s");
    end(op);
    expect([op.snapshot().status, ...shown(op)]).toEqual([status, 45, true]);
    expect("eta" in op.snapshot()).toBe(false);
  });

  it("stands still while paused, and goes on where it was", async () => {
    const op = start();
    await test.advance("2s");
    op.pause();
    await test.advance("1h");
    expect([shown(op), etaOf(op)]).toEqual([[18, true], undefined]);
    op.resume();
    expect([shown(op), etaOf(op)]).toEqual([[18, true], exactly(8)]);
    await test.advance("3s");
    expect([shown(op), etaOf(op)]).toEqual([[45, true], exactly(5)]);
  });

  it("that starts over is guessed anew from the beginning", async () => {
    const op = start();
    await test.advance("5s");
    op.newAttempt();
    expect([shown(op), etaOf(op)]).toEqual([[0, true], exactly(10)]);
    await test.advance("2s");
    expect([shown(op), etaOf(op)]).toEqual([[18, true], exactly(8)]);
  });

  it("is told to readers at ticks, whenever the guess moved by a thousandth", async () => {
    const heard: (number | undefined)[] = [];
    test.progress.subscribe(({ operation }) => heard.push(operation.percentage), { events: ["updated"] });
    start({ simulate: { expected: "1s" } });
    await test.advance("300ms");
    expect(heard).toEqual([9, 18, 27]);
    await test.advance("1h");
    expect([heard.length < 40, heard.at(-1)]).toEqual([true, 99.9]);
    heard.length = 0;
    start({ simulate: { expected: "1h" } });
    await test.advance("40s");
    expect(heard.length).toBe(10);
  });

  it("with a total is guessed as well, until something is counted", async () => {
    const op = start({ ...TEN, total: 4 });
    await test.advance("1s");
    expect(shown(op)).toEqual([9, true]);
    op.increment();
    expect(shown(op)).toEqual([25, undefined]);
  });
});

describe("the guess gives way for good", () => {
  const WAYS: readonly [string, (op: Operation) => void][] = [
    ["count", (op) => op.increment()],
    ["count that is set", (op) => op.update({ current: 1 })],
    ["item that failed", (op) => op.itemFailed()],
    ["item that was skipped", (op) => op.itemSkipped()],
    ["percentage", (op) => op.update({ percentage: 10 })],
    ["percentage of nothing", (op) => op.update({ percentage: 0 })],
    ["level", (op) => void op.startLevel("part")],
    ["declared level", (op) => void op.declare("part")],
  ];

  it.each(WAYS)("to the first %s", async (_what, report) => {
    const op = start();
    await test.advance("2s");
    report(op);
    const { eta } = op.snapshot();
    await test.advance("5s");
    expect([op.snapshot().percentage, eta?.basis === "reported", moving(test)]).toEqual([18, false, 0]);
    op.update({ current: 0 });
    await test.advance("5s");
    expect(op.snapshot().percentage).toBe(18);
  });

  it.each(WAYS)("to the first %s before anybody looked", async (_what, report) => {
    const op = start();
    report(op);
    await test.advance("5s");
    expect(["estimated" in op.snapshot(), moving(test)]).toEqual([false, 0]);
  });

  it("to an operation nested in it", async () => {
    const op = await test.progress.operation("job", TEN, async (outer) => {
      test.progress.start("nested").complete();
      await test.advance("2s");
      return outer;
    });
    expect([op.snapshot().percentage, moving(test)]).toEqual([100, 0]);
  });

  it("but what is still shown of it is marked, until the work has come as far itself", async () => {
    const op = start({ ...TEN, total: 10 });
    await test.advance("5s");
    expect(shown(op)).toEqual([45, true]);
    op.increment();
    expect([shown(op), op.snapshot().revised]).toEqual([[45, true], true]);
    op.increment(4);
    expect([shown(op), op.snapshot().revised]).toEqual([[50, undefined], undefined]);
  });

  it("and is still marked when the work ends as failed below it, or never knew its size", async () => {
    const [counted, endless] = [start({ ...TEN, total: 10 }), start()];
    await test.advance("5s");
    for (const op of [counted, endless]) {
      shown(op);
      op.increment();
      op.fail(new Error("no"));
    }
    expect([counted, endless].map(shown)).toEqual([
      [45, true],
      [45, true],
    ]);
  });

  it("and is marked around it too", async () => {
    const op = start({});
    const level = op.startLevel("part", { ...TEN, total: 10 });
    await test.advance("5s");
    expect(shown(op)).toEqual([45, true]);
    level.increment();
    expect([shown(level), shown(op)]).toEqual([
      [45, true],
      [45, true],
    ]);
    level.increment(9);
    expect(shown(op)).toEqual([99.9, undefined]);
  });
});

describe("wherever work may be opaque", () => {
  const known = (op: Operation) => op.startLevel("known", { total: 2 });

  it("in level() and startLevel(), marked up the tree to the operation", async () => {
    const op = start({});
    known(op).increment();
    const outer = op.startLevel("outer");
    const inner = outer.startLevel("inner", TEN);
    await test.advance("5s");
    expect([inner, outer, op].map(shown)).toEqual([
      [45, true],
      [45, true],
      [47.5, true],
    ]);
    expect(shown(op.getLevel("1")!)).toEqual([50, undefined]);
    inner.complete();
    expect([inner, outer, op].map((of) => shown(of)[1])).toEqual([undefined, undefined, undefined]);
    const other = start({});
    const scoped = await other.level("scoped", TEN, async (level) => {
      await test.advance("5s");
      return [shown(level), shown(other)];
    });
    expect(scoped).toEqual([
      [45, true],
      [45, true],
    ]);
  });

  it("in declare(), from when it begins", async () => {
    const op = start({});
    known(op);
    const declared = op.declare("part", { id: "p", ...TEN });
    const other = op.declare("part", { id: "q" });
    await test.advance("5s");
    expect([moving(test), shown(op)]).toEqual([0, [0, undefined]]);
    const level = declared.start();
    other.skip();
    op.declare("part", { id: "late" });
    const late = op.startLevel("part", { id: "late", ...TEN });
    await test.advance("5s");
    expect([level, late].map(shown)).toEqual([
      [45, true],
      [45, true],
    ]);
    expect([shown(op), moving(test)]).toEqual([[30, true], 2]);
  });

  it("in stage() and enterStage(), inside of their range", async () => {
    const op = test.progress.start(clip);
    await op.stage("load", TEN, async (stage) => {
      await test.advance("5s");
      expect([shown(stage), shown(op)]).toEqual([
        [45, true],
        [9, true],
      ]);
    });
    expect(shown(op)).toEqual([20, undefined]);
    op.enterStage("render", TEN);
    await test.advance("5s");
    expect(shown(op)).toEqual([56, true]);
    op.enterStage("render", { percentage: 80 });
    expect(shown(op)).toEqual([84, undefined]);
  });

  it("in an operation nested in another, and in operation()", async () => {
    const seen = await test.progress.operation("outer", async (outer) =>
      test.progress.operation("inner", TEN, async (inner) => {
        await test.advance("5s");
        return [shown(inner), shown(outer as Operation)];
      }),
    );
    expect(seen).toEqual([
      [45, true],
      [45, true],
    ]);
  });

  it("among the items of a total, as a fraction of one of them", async () => {
    const op = start({ total: 4 });
    op.increment();
    op.startLevel("part", TEN);
    await test.advance("5s");
    expect(shown(op)).toEqual([36.25, true]);
  });

  it("a failed one counts as settled around it, and its guess for nothing", async () => {
    const op = start({});
    known(op).increment();
    const opaque = op.startLevel("part", TEN);
    await test.advance("5s");
    opaque.fail(new Error("no"));
    expect([shown(opaque), shown(op)]).toEqual([
      [45, true],
      [75, undefined],
    ]);
  });
});

it("nothing is moved on that has ended", async () => {
  const op = start();
  const levels = Array.from({ length: 5 }, () => op.startLevel("part", TEN));
  await test.advance("1s");
  expect(moving(test)).toBe(5);
  levels[0]!.complete();
  levels[1]!.fail(new Error("no"));
  await test.advance("1s");
  expect(moving(test)).toBe(3);
  op.complete();
  await test.advance("1s");
  expect(moving(test)).toBe(0);
});

it("is never lower than the one shown before, whatever is done and whenever it is looked at", () => {
  const step = fc.oneof(
    fc.record({ what: fc.constant("wait"), n: fc.integer({ min: 1, max: 5_000 }) }),
    fc.record({ what: fc.constantFrom("pause", "resume", "look", "level"), n: fc.constant(0) }),
    fc.record({ what: fc.constantFrom("current", "percentage"), n: fc.integer({ min: 0, max: 100 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const clock = new ManualClock();
      const op = createProgress({ clock }).start("job", { ...TEN, total: 100 }) as Operation;
      let last = 0;
      for (const { what, n } of steps) {
        if (what === "wait") clock.advance(n);
        else if (what === "pause") op.pause();
        else if (what === "resume") op.resume();
        else if (what === "level") op.startLevel("part", TEN);
        else if (what === "current") op.update({ current: n });
        else if (what === "percentage") op.update({ percentage: n });
        else {
          const { percentage = 0 } = op.snapshot();
          expect(percentage).toBeGreaterThanOrEqual(last);
          expect(percentage).toBeLessThanOrEqual(99.9);
          last = percentage;
        }
      }
      op.complete();
    }),
    { numRuns: 200 },
  );
});
