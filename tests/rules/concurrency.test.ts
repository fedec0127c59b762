// What happens when several things run at once, or go on after what is around them: rule by rule, in the words in which
// it is promised.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Level, Operation } from "../../src/instrumentation/handles.js";
import { createTestProgress, startTestTelemetry, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test[Symbol.asyncDispose]());

/** A promise, and what lets it go on. */
function gate() {
  let open = () => {};
  const passed = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { passed, open };
}
const active = () => test.progress.getActive()?.id;
const ends = (id: string) =>
  test.progress.live.get(id)!.levels.map((level) => {
    const { id: name, status } = level;
    return "reason" in level ? [name, status, level.reason] : [name, status];
  });
const losses = () => test.progress.live.stats().losses;

/** Everything that may be called on a handle too late. */
const CALLS: readonly [string, (handle: Level & Operation<never, string>) => unknown][] = [
  ["increment", (h) => h.increment()],
  ["update", (h) => h.update({ current: 1 })],
  ["update percentage", (h) => h.update({ percentage: 50 })],
  ["setTotal", (h) => h.setTotal(9)],
  ["message", (h) => h.message("late")],
  ["itemFailed", (h) => h.itemFailed()],
  ["itemSkipped", (h) => h.itemSkipped()],
  ["event", (h) => h.event("late")],
  ["heartbeat", (h) => h.heartbeat()],
  ["setAttributes", (h) => h.setAttributes({ late: true })],
  ["level", (h) => h.level("below", () => {})],
  ["startLevel", (h) => h.startLevel("below")],
  ["declare", (h) => h.declare("below")],
  ["pause", (h) => h.pause()],
  ["resume", (h) => h.resume()],
  ["newAttempt", (h) => h.newAttempt()],
];
/** Ends and requests: the first end counts, and who asks cannot know. */
const ENDS: typeof CALLS = [
  ["complete", (h) => h.complete("late")],
  ["fail", (h) => h.fail(new Error("late"))],
  ["cancel", (h) => h.cancel("late")],
  ["skip", (h) => h.skip("late")],
  ["dispose", (h) => h[Symbol.dispose]()],
  ["requestCancel", (h) => h.requestCancel("late")],
];

describe("Promise.all with a rejection", () => {
  it("fails the operation, cancels open siblings, aborts their signals, and leaves the others as they are", async () => {
    const error = new Error("third failed");
    const { passed, open } = gate();
    const signals: AbortSignal[] = [];
    const run = test.progress.operation("job", { id: "a" }, (op) =>
      Promise.all([
        op.level("part", { id: "slow" }, async (part) => {
          signals.push(part.signal, part.startLevel("piece", { id: "piece" }).signal);
          await passed;
          return active();
        }),
        op.level("part", { id: "quick" }, async (part) => void signals.push(part.signal)),
        op.level("part", { id: "bad" }, async () => Promise.reject(error)),
      ]),
    );
    await expect(run).rejects.toBe(error);
    open();
    await test.advance("100ms");
    expect(test.progress.live.get("a")).toMatchObject({ status: "failed", error: { message: "third failed" } });
    expect(ends("a")).toEqual([
      ["slow", "cancelled", "parent ended"],
      ["quick", "completed"],
      ["bad", "failed"],
    ]);
    expect(signals.map(({ reason }) => reason)).toEqual([error, error, undefined]);
    expect([test.misuse(), losses()]).toEqual([[], {}]);
  });

  it.each(CALLS)("their late calls are counted silently: %s", async (_what, call) => {
    const op = test.progress.start("job");
    const part = op.startLevel("part");
    op.fail(new Error("sibling failed"));
    const before = part.snapshot();
    call(part as never);
    await test.advance("100ms");
    expect([part.snapshot(), test.misuse(), losses()]).toEqual([before, [], { late_updates: 1 }]);
  });

  it.each(CALLS)("late calls on a handle you ended yourself are misuse: %s", async (what, call) => {
    await using lax = createTestProgress({ strict: false });
    for (const { progress } of [test, lax]) {
      const part = progress.start("job").startLevel("part");
      part.complete();
      const before = part.snapshot();
      if (progress === test.progress)
        expect(() => call(part as never)).toThrow(expect.objectContaining({ code: "ENDED" }));
      else call(part as never);
      expect(part.snapshot()).toEqual(before);
    }
    await lax.advance("100ms");
    // The hot path only finds out at the next tick.
    const expected = what === "increment" ? [[], { late_updates: 1 }] : [["ENDED"], { misuse: 1 }];
    expect([lax.misuse(), lax.progress.live.stats().losses]).toEqual(expected);
  });

  it.each(ENDS)("the first end counts, whoever comes later: %s", async (_what, call) => {
    const op = test.progress.start("job");
    const [closed, own] = [op.startLevel("part"), op.startLevel("part")];
    own.complete();
    op.cancel("enough");
    const handles = [op, closed, own];
    const before = handles.map((handle) => handle.snapshot());
    for (const handle of handles) call(handle as never);
    await test.advance("100ms");
    expect([handles.map((handle) => handle.snapshot()), test.misuse(), losses()]).toEqual([before, [], {}]);
  });
});

describe("each Promise.all branch has its own active level", () => {
  it("however their turns are interleaved, below too, and the operation has itself back afterwards", async () => {
    const seen: string[] = [];
    await test.progress.operation("job", { id: "a" }, async (op) => {
      await Promise.all(
        ["x", "y"].map((id) =>
          op.level("part", { id }, async (part) => {
            for (let turn = 0; turn < 2; turn++) {
              seen.push(`${id}:${active()}`);
              await part.level("piece", { id: `${id}${turn}` }, async () => {
                await Promise.resolve();
                seen.push(`${id}${turn}:${active()}`);
              });
            }
          }),
        ),
      );
      seen.push(`a:${active()}`);
    });
    expect(seen).toEqual(["x:x", "y:y", "x0:x0", "y0:y0", "x:x", "y:y", "x1:x1", "y1:y1", "a:a"]);
  });
});

describe("a level that outlives its parent", () => {
  it.each(["complete", "fail", "cancel"] as const)(
    "is closed as cancelled (parent ended), all the way down: %s",
    (how) => {
      const op = test.progress.start("job", { id: "a" });
      const outer = op.startLevel("outer", { id: "outer" });
      const inner = outer.startLevel("inner");
      outer.declare("inner", { id: "never begun" });
      inner.pause("lunch");
      op[how]("x");
      const closed = { status: "cancelled", reason: "parent ended", endedAt: "2026-01-01T00:00:00.000Z" };
      expect([outer, inner, op.getLevel("never begun")!].map((level) => level.snapshot())).toMatchObject(
        Array(3).fill(closed),
      );
      expect(test.progress.live.stats().active).toBe(0);
    },
  );

  it("also when its parent is a level: the operation and its other levels go on", () => {
    const op = test.progress.start("job", { id: "a" });
    const outer = op.startLevel("outer", { id: "outer" });
    op.startLevel("other", { id: "other" });
    const inner = outer.startLevel("inner");
    outer.skip("cached");
    expect(inner.snapshot()).toMatchObject({ status: "cancelled", reason: "parent ended" });
    expect([op.snapshot().status, ends("a")]).toEqual([
      "running",
      [
        ["outer", "skipped", "cached"],
        ["other", "running"],
      ],
    ]);
  });
});

describe("getActive", () => {
  it("skips ended levels, and is undefined once its operation ended", async () => {
    const { passed, open } = gate();
    const seen: (string | undefined)[] = [];
    const late = test.progress.operation("job", { id: "a" }, (op) =>
      op.level("outer", { id: "outer" }, (outer) =>
        outer.level("inner", { id: "inner" }, async (inner) => {
          seen.push(active());
          inner.cancel("enough");
          seen.push(active());
          outer.cancel("enough");
          seen.push(active());
          op.cancel("enough");
          seen.push(active());
          await passed;
          seen.push(active());
          test.progress.getActive()?.increment();
        }),
      ),
    );
    open();
    await late;
    expect(seen).toEqual(["inner", "outer", "a", undefined, undefined]);
  });

  it("an operation that starts where all has ended is a part of nothing", async () => {
    const { passed, open } = gate();
    const late = test.progress.operation("job", { id: "a" }, async (op) => {
      op.cancel("enough");
      await passed;
      return test.progress.start("next").snapshot().parentId;
    });
    open();
    expect(await late).toBe(undefined);
  });
});

describe("an operation inside an operation is an operation", () => {
  /** "b" inside of level "part" of "a", both open. */
  function nested() {
    const outer = test.progress.start("outer", { id: "a", total: 4 });
    const level = outer.startLevel("part");
    return level.level("around", () => ({ outer, level, inner: test.progress.start("inner", { id: "b" }) }));
  }

  it("own id, own metrics, parentId, a child span, one share in the parent", async () => {
    await using telemetry = await startTestTelemetry();
    test.progress.operation("outer", { id: "a", total: 4 }, (outer) => {
      test.progress.operation("inner", { id: "b", total: 2 }, (inner) => inner.increment(2));
      expect(outer.snapshot()).toMatchObject({ current: 1, total: 4, percentage: 25, levels: [] });
      expect(outer.snapshot().counts).toEqual({ total: 1, completed: 1, failed: 0, pending: 0 });
    });
    expect(test.progress.live.get("b")).toMatchObject({ parentId: "a", current: 2, percentage: 100 });
    const [inner, outer] = telemetry.spans();
    expect(inner!.parentSpanContext?.spanId).toBe(outer!.spanContext().spanId);
    const series = (await telemetry.metrics()).filter(({ name }) => name === "progress.operation.duration");
    expect(series.map(({ attributes }) => attributes["progress.operation.type"]).sort()).toEqual(["inner", "outer"]);
  });

  it("the parent's cancel request reaches it, and it decides for itself", () => {
    const { outer, inner } = nested();
    const { signal } = inner;
    outer.requestCancel("stop");
    expect([signal.aborted, inner.snapshot()]).toMatchObject([true, { status: "running" }]);
    inner.complete();
    expect(inner.snapshot().status).toBe("completed");
  });

  it.each(["complete", "fail", "cancel"] as const)("the parent's end does not close it: %s", async (how) => {
    const { outer, level, inner } = nested();
    const { signal } = inner;
    outer[how]("x");
    inner.increment();
    expect([level.snapshot().status, inner.snapshot().status, signal.aborted]).toEqual(["cancelled", "running", false]);
    await test.advance("100ms"); // exporters have seen it
    test.progress.live.clearHistory();
    inner.requestCancel("own");
    inner.complete();
    expect([signal.aborted, test.progress.live.get("a"), inner.snapshot()]).toMatchObject([
      true,
      undefined,
      { status: "completed", parentId: "a", current: 1 },
    ]);
    expect([test.misuse(), losses(), test.progress.live.stats().active]).toEqual([[], {}, 0]);
  });

  it("its failure fails the parent only if the error reaches it", () => {
    test.progress.operation("outer", { id: "a" }, () => {
      expect(() =>
        test.progress.operation("inner", { id: "b" }, () => {
          throw new Error("x");
        }),
      ).toThrow("x");
    });
    expect(["a", "b"].map((id) => test.progress.live.get(id)!.status)).toEqual(["completed", "failed"]);
  });

  it("detached: true cuts both, with a span link", async () => {
    await using telemetry = await startTestTelemetry();
    const inner = test.progress.operation("outer", { id: "a" }, (outer) => {
      const detached = test.progress.start("inner", { id: "b", detached: true });
      const { signal } = detached;
      outer.requestCancel("stop");
      expect([signal.aborted, outer.snapshot().counts]).toEqual([false, undefined]);
      return detached;
    });
    expect(inner.snapshot()).not.toHaveProperty("parentId");
    inner.complete();
    const [outer, apart] = telemetry.spans();
    expect(apart!.parentSpanContext).toBe(undefined);
    expect(apart!.links.map(({ context }) => context.spanId)).toEqual([outer!.spanContext().spanId]);
    expect(apart!.spanContext().traceId).not.toBe(outer!.spanContext().traceId);
  });
});
