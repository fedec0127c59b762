// What stands still while something is paused, and what goes on: a pause is of everything below it down to nested operations,
// which have a life of their own.

import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Level, Operation } from "../../src/instrumentation/handles.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import { createTestProgress, ManualClock, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test.progress.shutdown());

const start = (options: object = {}) => test.progress.start("job", options) as Operation;
const seconds = (...of: (Level | Operation)[]) => of.map((handle) => handle.snapshot().elapsedSeconds);

describe("pausing an operation", () => {
  it("stops the clocks of its levels at all depths, and resuming starts them", async () => {
    const op = start();
    const outer = op.startLevel("outer");
    const inner = outer.startLevel("inner");
    await test.advance("1s");
    op.pause();
    await test.advance("1m");
    expect(seconds(op, outer, inner)).toEqual([1, 1, 1]);
    expect(inner.snapshot().status).toBe("running");
    op.resume();
    await test.advance("2s");
    expect(seconds(op, outer, inner)).toEqual([3, 3, 3]);
  });

  it("does not stop nested operations, nor what is in them", async () => {
    const op = start();
    await test.progress.operation("outer", async (outer) => {
      const level = outer.startLevel("part");
      const nested = test.progress.start("nested") as Operation;
      const inside = nested.startLevel("part");
      (outer as Operation).pause();
      await test.advance("5s");
      expect(seconds(outer as Operation, level, nested, inside)).toEqual([0, 0, 5, 5]);
      (outer as Operation).resume();
    });
    expect(seconds(op)).toEqual([5]);
  });

  it("leaves levels that were paused themselves paused, with what is below them", async () => {
    const op = start();
    const outer = op.startLevel("outer");
    const inner = outer.startLevel("inner");
    outer.pause();
    await test.advance("1s");
    op.pause();
    await test.advance("1s");
    op.resume();
    await test.advance("1s");
    expect(seconds(op, outer, inner)).toEqual([2, 0, 0]);
    outer.resume();
    await test.advance("1s");
    expect(seconds(op, outer, inner)).toEqual([3, 1, 1]);
  });

  it("holds a level that is resumed meanwhile: it goes on with the operation", async () => {
    const op = start();
    const outer = op.startLevel("outer");
    const inner = outer.startLevel("inner");
    outer.pause();
    op.pause();
    outer.resume();
    expect([outer.snapshot().status, op.snapshot().status]).toEqual(["running", "paused"]);
    await test.advance("5s");
    expect(seconds(op, outer, inner)).toEqual([0, 0, 0]);
    op.resume();
    await test.advance("1s");
    expect(seconds(op, outer, inner)).toEqual([1, 1, 1]);
  });

  it("holds a level that begins meanwhile, one that was declared too", async () => {
    const op = start();
    const outer = op.startLevel("outer");
    const declared = outer.declare("declared");
    op.pause();
    const levels = [op.startLevel("part"), outer.startLevel("part"), declared.start()];
    const nested = op.startLevel("around");
    await test.advance("5s");
    expect(seconds(...levels, nested)).toEqual([0, 0, 0, 0]);
    op.resume();
    await test.advance("1s");
    expect(seconds(op, ...levels)).toEqual([1, 1, 1, 1]);
  });

  it("holds a level that starts over meanwhile", async () => {
    const op = start();
    const level = op.startLevel("part", { simulate: { expected: "10s" } });
    await test.advance("1s");
    op.pause();
    level.newAttempt();
    await test.advance("5s");
    expect([seconds(level), level.snapshot().percentage]).toEqual([[1], 0]);
    op.resume();
    await test.advance("2s");
    expect([seconds(level), level.snapshot().percentage]).toEqual([[3], 18]);
  });

  it("holds what ends meanwhile where it was", async () => {
    const op = start();
    const [done, failed] = [op.startLevel("part"), op.startLevel("part")];
    await test.advance("1s");
    op.pause();
    await test.advance("1s");
    done.complete();
    failed.fail(new Error("x"));
    op.complete();
    expect(seconds(op, done, failed)).toEqual([1, 1, 1]);
  });

  it("keeps stalls of levels away, and idle time begins anew", async () => {
    const op = start({ stallTimeout: "1h" });
    const level = op.startLevel("part", { stallTimeout: "2s" });
    await test.advance("1500ms");
    op.pause();
    await test.advance("1m");
    expect("stalled" in level.snapshot()).toBe(false);
    op.resume();
    await test.advance("1900ms");
    expect("stalled" in level.snapshot()).toBe(false);
    await test.advance("200ms");
    expect("stalled" in level.snapshot()).toBe(true);
  });
});

describe("pausing a level", () => {
  it("stops the clocks below it, not around it", async () => {
    const op = start();
    const [outer, beside] = [op.startLevel("outer"), op.startLevel("beside")];
    const inner = outer.startLevel("inner");
    outer.pause();
    const late = outer.startLevel("late");
    await test.advance("2s");
    expect(seconds(op, beside, outer, inner, late)).toEqual([2, 2, 0, 0, 0]);
    outer.resume();
    await test.advance("1s");
    expect(seconds(op, beside, outer, inner, late)).toEqual([3, 3, 1, 1, 1]);
  });

  it("keeps stalls away from what is below it", async () => {
    const op = start({ stallTimeout: "1h" });
    const outer = op.startLevel("outer");
    const inner = outer.startLevel("inner", { stallTimeout: "2s" });
    outer.pause();
    await test.advance("1m");
    expect("stalled" in inner.snapshot()).toBe(false);
    outer.resume();
    await test.advance("1900ms");
    expect("stalled" in inner.snapshot()).toBe(false);
    await test.advance("200ms");
    expect("stalled" in inner.snapshot()).toBe(true);
    expect(test.events.filter(({ event }) => event === "stalled").length).toBe(1);
  });

  it("below one that is paused as well, takes both to go on", async () => {
    const op = start();
    const outer = op.startLevel("outer");
    const inner = outer.startLevel("inner");
    inner.pause();
    outer.pause();
    await test.advance("1s");
    inner.resume();
    await test.advance("1s");
    expect(seconds(outer, inner)).toEqual([0, 0]);
    outer.resume();
    await test.advance("1s");
    expect(seconds(outer, inner)).toEqual([1, 1]);
  });
});

it("for any pauses anywhere a level has worked for as long as nothing at or above it was paused", () => {
  const step = fc.record({
    what: fc.constantFrom("pause", "resume", "wait", "attempt", "level"),
    at: fc.nat(3),
    millis: fc.integer({ min: 1, max: 999 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const clock = new ManualClock();
      const op = createProgress({ clock, stallTimeout: "1h" }).start("job") as Operation;
      const chain: (Operation | Level)[] = [op];
      const paused: boolean[] = [false];
      const worked: number[] = [0];
      const deeper = () => {
        chain.push(chain.at(-1)!.startLevel("part"));
        paused.push(false);
        worked.push(0);
      };
      deeper();
      for (const { what, at, millis } of steps) {
        const index = at % chain.length;
        if (what === "level" && chain.length < 4) deeper();
        else if (what === "pause" && !paused[index]) {
          chain[index]!.pause();
          paused[index] = true;
        } else if (what === "resume" && paused[index]) {
          chain[index]!.resume();
          paused[index] = false;
        } else if (what === "attempt" && index === chain.length - 1) chain[index]!.newAttempt();
        else if (what === "wait") {
          clock.advance(millis);
          let still = false;
          chain.forEach((_, below) => {
            still ||= paused[below]!;
            if (!still) worked[below]! += millis;
          });
        }
      }
      expect(chain.map((handle) => Math.round(handle.snapshot().elapsedSeconds * 1_000))).toEqual(worked);
      op.complete();
      expect(chain.map((handle) => Math.round(handle.snapshot().elapsedSeconds * 1_000))).toEqual(worked);
    }),
    { numRuns: 500 },
  );
});

describe("a heartbeat", () => {
  it("of a nested operation, or of a level in it, keeps the abandonment of all around it away", async () => {
    await test.progress.operation("outer", { id: "outer", abandonAfter: "3s" }, async () => {
      await test.progress.operation("middle", { id: "middle", abandonAfter: "3s" }, async () => {
        const inner = test.progress.start("inner", { id: "inner", abandonAfter: "1h" });
        const level = inner.startLevel("part");
        for (let n = 0; n < 5; n++) {
          await test.advance("2s");
          if (n % 2 === 0) inner.heartbeat();
          else level.heartbeat();
        }
      });
    });
    const status = (id: string) => test.progress.live.get(id)!.status;
    expect(["outer", "middle", "inner"].map(status)).toEqual(["completed", "completed", "running"]);
  });

  it("of what is around it, or beside it, keeps nobody else alive", async () => {
    await test.progress.operation("outer", { id: "outer" }, async (outer) => {
      test.progress.start("inner", { id: "inner", abandonAfter: "3s" });
      const beside = test.progress.start("beside", { id: "beside" });
      for (let n = 0; n < 2; n++) {
        await test.advance("2s");
        outer.heartbeat();
        beside.heartbeat();
      }
    });
    expect(test.progress.live.get("inner")).toMatchObject({ status: "failed", error: { code: "ABANDONED" } });
  });

  it("of a detached operation keeps what it was started in from nothing", async () => {
    const outer = test.progress.operation("outer", { id: "outer", abandonAfter: "3s" }, async () => {
      const apart = test.progress.start("apart", { detached: true });
      for (let n = 0; n < 2; n++) {
        await test.advance("2s");
        apart.heartbeat();
      }
    });
    await outer;
    expect(test.progress.live.get("outer")!.status).toBe("failed");
  });
});
