import { describe, expect, it } from "vitest";
import { Pace } from "../../src/estimator.js";
import type { TimeLimits } from "../../src/stall.js";
import { nextDue, verdictAt } from "../../src/state/deadlines.js";
import { Entry } from "../../src/state/entry.js";
import { Kind, type Plan, Tally } from "../../src/state/kind.js";
import { Slab } from "../../src/state/slab.js";
import { createTestProgress } from "../../src/testing.js";

const NONE: TimeLimits = { stallTimeout: undefined, timeout: undefined, abandonAfter: undefined };
const NEVER = Number.POSITIVE_INFINITY;

/** A running entry that started at 1,000 and moved last at 3,000. */
function running(own: Partial<TimeLimits> = {}, ofPlan?: TimeLimits, level?: string): Entry {
  const kind = new Kind("job", level, new Tally());
  if (ofPlan !== undefined) kind.plan = { limits: ofPlan } as Plan;
  const parent = level === undefined ? undefined : running();
  const slab = new Slab();
  const entry = new Entry(slab.current, kind, "a", parent, undefined, undefined);
  const slot = slab.take(entry);
  [slab.started[slot], slab.moved[slot]] = [1_000, 3_000];
  entry.slab = slab;
  entry.status = "running";
  Object.assign(entry.more, own);
  return entry;
}

describe("nextDue", () => {
  it("is never without limits", () => {
    expect(nextDue(running(), NONE)).toBe(NEVER);
  });

  it("a stall counts from the last movement, a timeout from the start", () => {
    expect(nextDue(running({ stallTimeout: 500 }), NONE)).toBe(3_500);
    expect(nextDue(running({ timeout: 500 }), NONE)).toBe(1_500);
    expect(nextDue(running({ abandonAfter: 500 }), NONE)).toBe(3_500);
  });

  it("is the earliest of all limits", () => {
    expect(nextDue(running({ stallTimeout: 4_000, timeout: 5_500, abandonAfter: 3_000 }), NONE)).toBe(6_000);
    expect(nextDue(running({ stallTimeout: 4_000, timeout: 4_500, abandonAfter: 3_000 }), NONE)).toBe(5_500);
    expect(nextDue(running({ stallTimeout: 400, timeout: 4_500, abandonAfter: 3_000 }), NONE)).toBe(3_400);
  });

  it("its own limits win over its definition's, and those over the instance's", () => {
    const [own, plan, instance] = [1, 2, 3].map((n) => ({ stallTimeout: n, timeout: NEVER, abandonAfter: NEVER }));
    expect([
      nextDue(running(own, plan), instance!),
      nextDue(running({}, plan), instance!),
      nextDue(running(), instance!),
    ]).toEqual([3_001, 3_002, 3_003]);
    const limits = [1, 2, 3].map((n) => ({ stallTimeout: undefined, timeout: n, abandonAfter: undefined }));
    expect([
      nextDue(running(limits[0], limits[1]), limits[2]!),
      nextDue(running({}, limits[1]), limits[2]!),
      nextDue(running(), limits[2]!),
    ]).toEqual([1_001, 1_002, 1_003]);
    const gone = [1, 2, 3].map((n) => ({ stallTimeout: undefined, timeout: undefined, abandonAfter: n }));
    expect([
      nextDue(running(gone[0], gone[1]), gone[2]!),
      nextDue(running({}, gone[1]), gone[2]!),
      nextDue(running(), gone[2]!),
    ]).toEqual([3_001, 3_002, 3_003]);
  });

  it("a level has only a stall limit of its own", () => {
    const all = { stallTimeout: 1, timeout: 1, abandonAfter: 1 };
    expect([nextDue(running({}, all, "part"), all), nextDue(running({ stallTimeout: 7 }, all, "part"), all)]).toEqual([
      NEVER,
      3_007,
    ]);
  });

  it("auto goes by the usual gap of this very run", () => {
    const entry = running({ stallTimeout: "auto" });
    expect(nextDue(entry, NONE)).toBe(3_000 + 300_000);
    entry.more.pace = new Pace(0);
    for (let n = 1; n <= 5; n++) entry.more.pace.observe(n * 20_000, 1);
    expect(nextDue(entry, NONE)).toBe(3_000 + 200_000);
  });

  it("nothing is due while it is paused, and a pause does not count against the timeout", () => {
    const entry = running({ timeout: 5_000 });
    entry.status = "paused";
    expect([nextDue(entry, NONE), verdictAt(entry, NONE, 99_999)]).toEqual([NEVER, undefined]);
    entry.status = "running";
    entry.more.pausedMillis = 700;
    expect(nextDue(entry, NONE)).toBe(1_000 + 5_000 + 700);
  });

  it("what is stalled is not due for it again", () => {
    const entry = running({ stallTimeout: 500, abandonAfter: 9_000 });
    entry.more.stalledSince = 3_500;
    expect([nextDue(entry, NONE), verdictAt(entry, NONE, 4_000)]).toEqual([12_000, undefined]);
  });

  it("a heartbeat puts off abandonment, not a stall", () => {
    const entry = running({ stallTimeout: 5_000, abandonAfter: 5_000 });
    entry.more.aliveAt = 6_000;
    expect([verdictAt(entry, NONE, 8_000), nextDue(entry, NONE)]).toEqual(["stalled", 8_000]);
    entry.more.stalledSince = 8_000;
    expect(nextDue(entry, NONE)).toBe(11_000);
  });
});

describe("verdictAt", () => {
  it("is nothing before a limit, and the limit at its very moment", () => {
    const entry = running({ stallTimeout: 500 });
    expect([verdictAt(entry, NONE, 3_499.9), verdictAt(entry, NONE, 3_500)]).toEqual([undefined, "stalled"]);
  });

  it("is the gravest of those that are reached", () => {
    const limits = { stallTimeout: 10, abandonAfter: 20, timeout: 2_030 };
    const verdicts = [3_000, 3_010, 3_020, 3_030].map((now) => verdictAt(running(limits), NONE, now));
    expect(verdicts).toEqual([undefined, "stalled", "abandoned", "timeout"]);
  });
});

describe("in a run", () => {
  it("a stall is told and shown, and so is its end", async () => {
    await using test = createTestProgress({ stallTimeout: "2s" });
    const op = test.progress.start("job", { total: 10 });
    op.increment();
    await test.advance("2.5s");
    expect(op.snapshot()).toMatchObject({ status: "running", stalled: { seconds: 2.4, waitingOn: [] } });
    expect("eta" in op.snapshot()).toBe(false);
    op.increment();
    await test.advance("100ms");
    expect("stalled" in op.snapshot()).toBe(false);
    const told = test.events.filter(({ event }) => event !== "updated").map(({ event }) => event);
    expect(told).toEqual(["started", "stalled", "recovered"]);
  });

  it("work below keeps an operation from stalling; its level may stall alone", async () => {
    await using test = createTestProgress({ stallTimeout: "2s" });
    const op = test.progress.start("job");
    const [busy, stuck] = [op.startLevel("part"), op.startLevel("part", { stallTimeout: "1s" })];
    for (let n = 0; n < 40; n++) {
      busy.increment();
      await test.advance("100ms");
    }
    expect([op, busy, stuck].map((handle) => "stalled" in handle.snapshot())).toEqual([false, false, true]);
  });

  it("time spent paused is no stall", async () => {
    await using test = createTestProgress({ stallTimeout: "2s", timeout: "5s" });
    const op = test.progress.start("job");
    await test.advance("1s");
    op.pause();
    await test.advance("1h");
    op.resume();
    await test.advance("1.9s");
    expect("stalled" in op.snapshot()).toBe(false);
    await test.advance("200ms");
    expect("stalled" in op.snapshot()).toBe(true);
    await test.advance("2s");
    expect(op.snapshot()).toMatchObject({ status: "failed", error: { code: "TIMEOUT" }, elapsedSeconds: 5 });
  });

  it("auto waits five minutes, or ten times the usual gap once it knows it", async () => {
    await using test = createTestProgress({ interval: "1m" });
    const [slow, unknown] = [test.progress.start("slow"), test.progress.start("unknown")];
    for (let n = 0; n < 6; n++) {
      slow.increment();
      test.clock.advance(60_000);
    }
    expect([slow, unknown].map((op) => "stalled" in op.snapshot())).toEqual([false, true]);
    test.clock.advance(9 * 60_000);
    expect("stalled" in slow.snapshot()).toBe(false);
    test.clock.advance(60_000);
    expect("stalled" in slow.snapshot()).toBe(true);
  });

  it("idle without a heartbeat it is abandoned", async () => {
    await using test = createTestProgress({ abandonAfter: "3s" });
    const [alive, gone] = [test.progress.start("job"), test.progress.start("job")];
    await test.advance("2s");
    alive.heartbeat();
    await test.advance("2s");
    expect(alive.snapshot().status).toBe("running");
    expect(gone.snapshot()).toMatchObject({ status: "failed", error: { code: "ABANDONED" }, elapsedSeconds: 3 });
  });
});
