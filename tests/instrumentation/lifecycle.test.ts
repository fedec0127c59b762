import { DiagLogLevel, diag } from "@opentelemetry/api";
import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Json } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";

afterEach(() => diag.disable());

describe("ending by hand", () => {
  it("complete keeps the summary, is at 100 percent, and has exact times", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a", total: 10 });
    op.increment(5);
    test.clock.block(1_250);
    op.complete({ frames: 900 });
    expect(op.snapshot()).toMatchObject({
      status: "completed",
      endedAt: "2026-01-01T00:00:01.250Z",
      elapsedSeconds: 1.25,
      summary: { frames: 900 },
      percentage: 100,
      current: 5,
      total: 10,
    });
    expect(test.progress.live.get("a")).toEqual(op.snapshot());
  });

  it("fail keeps the error, with code and details, and the percentage it had", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 10 });
    op.increment(5);
    op.fail(new TypeError("x"), { code: "E_QUOTA", details: { limit: 5 } });
    expect(op.snapshot()).toMatchObject({
      status: "failed",
      percentage: 50,
      error: { type: "TypeError", message: "x", code: "E_QUOTA", details: { limit: 5 } },
    });
    expect(op.snapshot()).not.toHaveProperty("reason");
  });

  it("cancel keeps the reason and the percentage; a level may also be skipped", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 10 });
    const level = test.progress.start("other").startLevel("part");
    level.skip("cached");
    op.increment(5);
    op.cancel("enough");
    expect(op.snapshot()).toMatchObject({ status: "cancelled", percentage: 50, reason: "enough" });
    expect(level.snapshot()).toMatchObject({ status: "skipped", reason: "cached" });
    expect(op.snapshot()).not.toHaveProperty("error");
  });

  it.each(["complete", "fail", "cancel", "skip"] as const)(
    "outside scopes the first end counts: after %s",
    async (first) => {
      await using test = createTestProgress();
      const level = test.progress.start("job").startLevel("part");
      level[first]("first");
      const before = level.snapshot();
      for (const later of ["complete", "fail", "cancel", "skip"] as const) level[later]("later");
      level[Symbol.dispose]();
      expect([level.snapshot(), test.misuse(), test.progress.live.stats().losses]).toEqual([before, [], {}]);
    },
  );

  it("a summary that is circular, too large or no JSON is left out and counted, and the end is the same", async () => {
    await using test = createTestProgress();
    const circular: Record<string, unknown> = {};
    circular["self"] = circular;
    for (const summary of [circular, "x".repeat(20_000), 1n, () => {}]) {
      const op = test.progress.start("job");
      op.complete(summary as Json);
      expect([op.snapshot().status, "summary" in op.snapshot()]).toEqual(["completed", false]);
    }
    expect(test.progress.live.stats().losses).toEqual({ attributes_dropped: 4 });
  });

  it("a reason may be anything, and is clipped", async () => {
    await using test = createTestProgress();
    const [first, second] = [test.progress.start("job"), test.progress.start("job")];
    first.cancel("x".repeat(10_000_000));
    second.cancel(Object.create(null) as string);
    const reasons = [first, second].map((op) => (op.snapshot() as { reason: string }).reason);
    expect(reasons).toEqual([`${"x".repeat(1_023)}…`, "object"]);
  });
});

describe("dispose", () => {
  it("of what nobody ended fails it with UNFINISHED, counted, with one diagnostic", async () => {
    const warn = vi.fn();
    diag.setLogger({ warn, error() {}, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
    await using test = createTestProgress();
    for (let n = 0; n < 2; n++) {
      using op = test.progress.start("job", { id: "a" });
      op.increment();
    }
    expect(test.progress.live.get("a")).toMatchObject({
      status: "failed",
      error: {
        type: "ProgressError",
        code: "UNFINISHED",
        message: "the operation was disposed without an end; call complete() last",
      },
    });
    expect(test.progress.live.stats().losses).toEqual({ misuse: 2 });
    expect(warn.mock.calls.map(([message]) => message).filter((text) => text.startsWith("otel-progress"))).toEqual([
      "otel-progress: job: the operation was disposed without an end; call complete() last",
    ]);
  });

  it("of a level says so of the level, and leaves the operation alone", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    {
      using _level = op.startLevel("part");
    }
    expect(op.snapshot().levels[0]).toMatchObject({
      status: "failed",
      error: { message: "the level was disposed without an end; call complete() last" },
    });
    expect(op.snapshot().status).toBe("running");
  });

  it("after complete() changes nothing", async () => {
    await using test = createTestProgress();
    {
      using op = test.progress.start("job", { id: "a" });
      op.complete();
    }
    expect([test.progress.live.get("a")?.status, test.progress.live.stats().losses]).toEqual(["completed", {}]);
  });
});

describe("pause and resume", () => {
  it("show status and reason, and paused time is no work: not in elapsed, rate or remaining time", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 40 });
    for (let n = 0; n < 10; n++) {
      op.increment();
      await test.advance("1s");
    }
    const before = op.snapshot();
    op.pause("lunch");
    await test.advance("30m");
    expect(op.snapshot()).toMatchObject({ status: "paused", reason: "lunch", elapsedSeconds: 10, rate: before.rate });
    expect(op.snapshot()).not.toHaveProperty("eta");
    op.resume();
    const after = op.snapshot();
    expect(after).toMatchObject({ status: "running", elapsedSeconds: 10, rate: before.rate });
    expect(after).not.toHaveProperty("reason");
    expect(after.eta?.seconds).toBeCloseTo(before.eta!.seconds, 6);
    await test.advance("1s");
    op.complete();
    expect(op.snapshot()).toMatchObject({ elapsedSeconds: 11, endedAt: "2026-01-01T00:30:11.000Z" });
  });

  it("an end while paused leaves the pause out as well", async () => {
    await using test = createTestProgress();
    for (const end of ["complete", "fail", "cancel"] as const) {
      const op = test.progress.start("job");
      await test.advance("2s");
      op.pause();
      await test.advance("5s");
      op[end]("x");
      expect(op.snapshot().elapsedSeconds).toBe(2);
    }
  });

  it("counting goes on while paused: nobody can stop the work", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.pause();
    op.increment(3);
    expect(op.snapshot()).toMatchObject({ status: "paused", current: 3 });
  });

  it.each([
    ["pause", "paused", 'job is paused: expected running, completed, failed, cancelled next, received "paused"'],
    ["resume", "running", 'job is running: expected paused, completed, failed, cancelled next, received "running"'],
  ] as const)("%s of what is %s already is an invalid transition", async (verb, status, message) => {
    await using lax = createTestProgress({ strict: false });
    await using strict = createTestProgress();
    const [op, checked] = [lax, strict].map(({ progress }) => progress.start("job"));
    for (const handle of [op!, checked!]) if (verb === "pause") handle.pause("first");
    const before = op!.snapshot();
    op![verb]("second");
    expect([op!.snapshot(), before.status, lax.misuse()]).toEqual([before, status, ["INVALID_TRANSITION"]]);
    expect(() => checked![verb]()).toThrow(expect.objectContaining({ code: "INVALID_TRANSITION", message }));
  });

  it("what a level may become names skipped as well, and never lost", async () => {
    await using test = createTestProgress();
    const level = test.progress.start("job").startLevel("part");
    const message = 'part is running: expected paused, completed, failed, cancelled, skipped next, received "running"';
    expect(() => level.resume()).toThrow(expect.objectContaining({ message }));
  });

  it("a reason that is missing in the data is none", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.pause(null as unknown as string);
    expect(op.snapshot()).not.toHaveProperty("reason");
  });

  it("any number of pauses of any length: elapsed is what was worked", async () => {
    const millis = fc.integer({ min: 0, max: 10_000 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(millis, millis), { maxLength: 6 }), millis, async (spells, last) => {
        await using test = createTestProgress();
        const op = test.progress.start("job");
        let worked = last;
        for (const [work, pause] of spells) {
          worked += work;
          test.clock.block(work);
          op.pause();
          test.clock.block(pause);
          expect(op.snapshot().elapsedSeconds).toBeCloseTo((worked - last) / 1_000, 9);
          op.resume();
        }
        test.clock.block(last);
        op.complete();
        expect(op.snapshot().elapsedSeconds).toBeCloseTo(worked / 1_000, 9);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("newAttempt", () => {
  it("begins anew: counts, percentage, items aside and parts; the time goes on", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 10 });
    op.increment(6);
    op.itemFailed();
    op.itemSkipped();
    op.startLevel("part", { id: "p" }).complete();
    const open = op.startLevel("part", { id: "q" });
    const nested = open.startLevel("part", { id: "r" });
    expect(op.snapshot()).toMatchObject({ percentage: 80, attempt: 1 });
    await test.advance("1s");
    op.newAttempt("connection lost");
    expect([open, nested].map((level) => level.snapshot())).toMatchObject([
      { status: "cancelled", reason: "new attempt" },
      { status: "cancelled", reason: "parent ended" },
    ]);
    const again = op.snapshot();
    expect(again).toMatchObject({ status: "running", attempt: 2, current: 0, total: 10, percentage: 0, levels: [] });
    for (const gone of ["failedItems", "skippedItems", "counts", "revised"]) expect(again).not.toHaveProperty(gone);
    expect(again.elapsedSeconds).toBe(1);
    expect(op.startLevel("part", { id: "p" }).snapshot().status).toBe("running");
    open.increment();
    await test.advance("100ms");
    expect([test.misuse(), test.progress.live.stats().losses]).toEqual([[], { late_updates: 1 }]);
  });

  it("of a level leaves its operation's attempt and other levels alone", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const [first, second] = [op.startLevel("part", { total: 2 }), op.startLevel("part", { total: 2 })];
    for (const level of [first, second]) level.increment();
    first.newAttempt();
    first.newAttempt();
    expect([first, second, op].map((handle) => [handle.snapshot().attempt, handle.snapshot().current])).toEqual([
      [3, 0],
      [1, 1],
      [1, undefined],
    ]);
  });

  it("forgets what the work itself reported", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.update({ percentage: 60, etaSeconds: 5 });
    op.newAttempt();
    expect(op.snapshot()).not.toHaveProperty("percentage");
    expect(op.snapshot()).not.toHaveProperty("eta");
  });
});
