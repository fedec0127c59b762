import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { ProgressError } from "../../src/errors.js";
import type { Operation, OperationOptions } from "../../src/instrumentation/handles.js";
import type { ProgressEvent } from "../../src/model.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test[Symbol.asyncDispose]());

/** Resolves when the signal aborts, rejects with its reason: what well-behaved work does. */
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
const statusOf = (id: string) => {
  const snapshot = test.progress.live.get(id)!;
  return snapshot.status === "cancelled" ? [snapshot.status, snapshot.reason] : [snapshot.status];
};
/** Runs `work` as operation "a" and gives its status when all is over. */
async function outcomeOf(work: (op: Operation<never, string>) => unknown, options: OperationOptions = {}) {
  await Promise.resolve()
    .then(() => test.progress.operation("job", { id: "a", ...options }, work))
    .catch(() => {});
  return statusOf("a");
}

describe("signal", () => {
  it("is created when it is first read, and stays the same", () => {
    const op = test.progress.start("job");
    expect((op as unknown as { extra: unknown }).extra).toBe(undefined);
    expect(op.signal).toBe(op.signal);
    expect(op.signal.aborted).toBe(false);
  });

  it("is never aborted by completion, neither read before nor after", () => {
    const [early, late] = [test.progress.start("job"), test.progress.start("job")];
    const { signal } = early;
    for (const op of [early, late]) op.complete();
    expect([signal.aborted, late.signal.aborted]).toEqual([false, false]);
  });

  it("aborts on failure with the error itself, and with a reason in words when it is read only then", () => {
    const error = new Error("disk full");
    const [early, late] = [test.progress.start("job"), test.progress.start("job")];
    const { signal } = early;
    for (const op of [early, late]) op.fail(error);
    expect(signal.reason).toBe(error);
    expect(late.signal.reason).toEqual(new ProgressError("CANCELLED", "cancelled: disk full"));
  });

  it("aborts on cancel, with a reason or without", () => {
    const [first, second, late] = [1, 2, 3].map(() => test.progress.start("job"));
    const signals = [first!.signal, second!.signal];
    first!.cancel("enough");
    second!.cancel();
    late!.cancel();
    expect([...signals, late!.signal].map(({ reason }) => [reason.code, reason.message])).toEqual([
      ["CANCELLED", "enough"],
      ["CANCELLED", "cancelled"],
      ["CANCELLED", "cancelled"],
    ]);
  });

  it("of a level is aborted from the start when cancellation was asked for above", () => {
    const op = test.progress.start("job");
    op.requestCancel("stop");
    const level = op.startLevel("part").startLevel("deeper");
    expect(level.signal.reason).toEqual(new ProgressError("CANCELLED", "cancelled: stop"));
  });

  it("of a level that its parent closed is aborted too", () => {
    const op = test.progress.start("job");
    const [early, late] = [op.startLevel("part"), op.startLevel("part")];
    const { signal } = early;
    op.complete();
    expect([signal.reason.message, late.signal.reason.message]).toEqual(["parent ended", "cancelled: parent ended"]);
  });
});

describe("requestCancel", () => {
  it("asks: shows cancelRequested, aborts the signals of all that is open, and ends nothing", async () => {
    const op = test.progress.start("job", { id: "a" });
    const level = op.startLevel("part");
    const done = op.startLevel("part");
    const signals = [op.signal, level.signal, done.signal];
    done.complete();
    await test.advance("1s");
    op.requestCancel("user left");
    expect(signals.map(({ aborted: is }) => is)).toEqual([true, true, false]);
    expect(op.snapshot()).toMatchObject({
      status: "running",
      cancelRequested: { reason: "user left", at: "2026-01-01T00:00:01.000Z" },
    });
    await test.advance(0);
    const asked = test.events.find(({ event }) => event === "cancelRequested") as ProgressEvent<"cancelRequested">;
    expect([asked.reason, asked.operation.id]).toEqual(["user left", "a"]);
  });

  it("counts once: later requests change neither reason nor time", () => {
    const op = test.progress.start("job");
    op.requestCancel();
    op.requestCancel("second");
    expect(op.snapshot()).toMatchObject({ cancelRequested: { at: "2026-01-01T00:00:00.000Z" } });
    expect(op.snapshot()).not.toHaveProperty("cancelRequested.reason");
  });

  it("after the end is too late, and no misuse: who asks cannot know", () => {
    const op = test.progress.start("job");
    op.complete();
    op.requestCancel("late");
    expect([op.snapshot(), test.misuse()]).toEqual([expect.not.objectContaining({ cancelRequested: {} }), []]);
  });

  it("reaches it by id too, from anywhere in the process", () => {
    const op = test.progress.start("job", { id: "a" });
    expect(test.progress.live.requestCancel("a", "by id")).toBe(true);
    expect(op.signal.aborted).toBe(true);
    op.complete();
    expect([test.progress.live.requestCancel("a"), test.progress.live.requestCancel("b")]).toEqual([false, false]);
  });

  it("clips a reason of ten megabytes", () => {
    const op = test.progress.start("job");
    op.requestCancel("x".repeat(10_000_000));
    expect((op.snapshot() as { cancelRequested: { reason: string } }).cancelRequested.reason).toHaveLength(1_024);
  });
});

describe("after a request the work decides", () => {
  it("normal return → completed", async () => {
    expect(await outcomeOf((op) => op.requestCancel("stop"))).toEqual(["completed"]);
  });

  it("the abort reason → cancelled, with the reason of the request", async () => {
    const work = async (op: Operation<never, string>) => {
      const stopped = aborted(op.signal);
      op.requestCancel("stop");
      await stopped;
    };
    expect(await outcomeOf(work)).toEqual(["cancelled", "stop"]);
  });

  it("an AbortError → cancelled", async () => {
    const work = (op: Operation<never, string>) => {
      op.requestCancel("stop");
      throw new DOMException("aborted", "AbortError");
    };
    expect(await outcomeOf(work)).toEqual(["cancelled", "stop"]);
  });

  it.each([[new Error("x")], ["text"], [null], [undefined]])("another error, %s → failed", async (thrown) => {
    const work = (op: Operation<never, string>) => {
      op.requestCancel("stop");
      throw thrown;
    };
    expect(await outcomeOf(work)).toEqual(["failed"]);
  });

  it("an error whose name throws → failed, and comes out unchanged", () => {
    const hostile = Object.defineProperty(new Error("x"), "name", {
      get() {
        throw new Error("trapped");
      },
    });
    const run = () =>
      test.progress.operation("job", { id: "a" }, (op) => {
        op.requestCancel();
        throw hostile;
      });
    expect(run).toThrow(hostile);
    expect(statusOf("a")).toEqual(["failed"]);
  });

  it("without a request an AbortError is a failure", async () => {
    const work = () => {
      throw new DOMException("aborted", "AbortError");
    };
    expect(await outcomeOf(work)).toEqual(["failed"]);
  });

  it("levels and operation are cancelled together when the reason goes up through them", async () => {
    const work = (op: Operation<never, string>) =>
      op.level("outer", (outer) =>
        outer.level("inner", async (inner) => {
          const stopped = aborted(inner.signal);
          op.requestCancel("stop");
          await stopped;
        }),
      );
    expect(await outcomeOf(work)).toEqual(["cancelled", "stop"]);
    const [outer] = test.progress.live.get("a")!.levels;
    expect([outer!.status, outer!.levels[0]!.status]).toEqual(["cancelled", "cancelled"]);
  });

  it("a nested operation that follows the request of its parent is cancelled as well", async () => {
    const work = (op: Operation<never, string>) =>
      test.progress.operation("inner", { id: "b" }, async (inner) => {
        const stopped = aborted(inner.signal);
        op.requestCancel("stop");
        await stopped;
      });
    expect(await outcomeOf(work)).toEqual(["cancelled", "stop"]);
    expect(statusOf("b")).toEqual(["cancelled", "stop"]);
  });

  it("a detached operation is not reached", async () => {
    let detached: Operation<never, string> | undefined;
    const work = (op: Operation<never, string>) => {
      detached = test.progress.start("inner", { id: "b", detached: true });
      op.requestCancel("stop");
    };
    await outcomeOf(work);
    expect([detached!.signal.aborted, detached!.snapshot().parentId]).toEqual([false, undefined]);
  });
});

describe("an outside signal", () => {
  it("aborted while it runs is a request, with its reason", async () => {
    const controller = new AbortController();
    const work = async (op: Operation<never, string>) => {
      const stopped = aborted(op.signal);
      controller.abort(new Error("deadline of the caller"));
      await stopped;
    };
    expect(await outcomeOf(work, { signal: controller.signal })).toEqual(["cancelled", "deadline of the caller"]);
  });

  it("its own reason, thrown by what was given that signal, follows the request like ours", async () => {
    const controller = new AbortController();
    const work = async () => {
      const stopped = aborted(controller.signal);
      controller.abort(new Error("caller left"));
      await stopped;
    };
    expect(await outcomeOf(work, { signal: controller.signal })).toEqual(["cancelled", "caller left"]);
  });

  it("aborted before still runs the function: instrumentation never changes control flow", async () => {
    const ran = vi.fn((op: Operation<never, string>) => op.signal.aborted);
    const result = test.progress.operation("job", { id: "a", signal: AbortSignal.abort() }, ran);
    expect([result, ran.mock.calls.length, statusOf("a")]).toEqual([true, 1, ["completed"]]);
    expect(test.events).toEqual([]);
    await test.advance(0);
    expect(test.events.map(({ event }) => event)).toEqual(["started", "cancelRequested", "completed"]);
  });

  it("aborted after the end changes nothing: the listener is gone", () => {
    const controller = new AbortController();
    const remove = vi.spyOn(controller.signal, "removeEventListener");
    const add = vi.spyOn(controller.signal, "addEventListener");
    for (const end of ["complete", "fail", "cancel"] as const)
      test.progress.start("job", { signal: controller.signal })[end]("x");
    expect(remove.mock.calls.map(([, listener]) => listener)).toEqual(add.mock.calls.map(([, listener]) => listener));
    expect(add).toHaveBeenCalledTimes(3);
    controller.abort();
    expect(test.progress.live.list({ status: ["running"] })).toEqual([]);
  });

  it.each([
    ["a text", "text", "text"],
    ["a number", 5, "5"],
    ["a symbol", Symbol("s"), "Symbol(s)"],
    ["an error", new Error("why"), "why"],
    ["what cannot be a text", Object.create(null), "object"],
    ["a platform's default", undefined, "This operation was aborted"],
  ])("may have %s as its reason, before or later", (_what, reason, text) => {
    const controller = new AbortController();
    const later = test.progress.start("job", { signal: controller.signal });
    controller.abort(reason);
    const before = test.progress.start("job", { signal: controller.signal });
    for (const op of [before, later])
      expect((op.snapshot() as { cancelRequested: unknown }).cancelRequested).toMatchObject({ reason: text });
  });
});

describe("Promise.all with a rejection", () => {
  it("fails the operation, cancels open siblings, aborts their signals, and counts their late calls silently", async () => {
    const error = new Error("third failed");
    let release = () => {};
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const late: unknown[] = [];
    const run = test.progress.operation("job", { id: "a" }, (op) =>
      Promise.all([
        op.level("part", { id: "slow" }, async (part) => {
          const { signal } = part;
          await gate;
          part.increment(2);
          part.message("still here");
          part.startLevel("below").increment();
          op.increment();
          op.message("one more");
          late.push(signal.reason, test.progress.getActive());
        }),
        op.level("part", { id: "quick" }, async (part) => part.increment()),
        op.level("part", { id: "bad" }, async () => {
          throw error;
        }),
      ]),
    );
    await expect(run).rejects.toBe(error);
    const ended = test.progress.live.get("a")!;
    release();
    await test.advance("100ms");
    expect(ended.status).toBe("failed");
    expect(ended.levels.map((level) => [level.id, level.status])).toEqual([
      ["slow", "cancelled"],
      ["quick", "completed"],
      ["bad", "failed"],
    ]);
    expect(ended.levels[0]).toMatchObject({ reason: "parent ended" });
    expect(late).toEqual([error, undefined]);
    expect(test.misuse()).toEqual([]);
    expect(test.progress.live.stats().losses).toEqual({ late_updates: 5 });
  });

  it("each branch has its own active level", async () => {
    const seen: Record<string, (string | undefined)[]> = {};
    await test.progress.operation("job", { id: "a" }, (op) =>
      Promise.all(
        ["x", "y", "z"].map((id, turn) =>
          op.level("part", { id }, async () => {
            const note = () => (seen[id] ??= []).push(test.progress.getActive()?.id);
            for (let n = 0; n <= turn; n++) {
              note();
              await Promise.resolve();
            }
            note();
          }),
        ),
      ),
    );
    expect(seen).toEqual({ x: ["x", "x"], y: ["y", "y", "y"], z: ["z", "z", "z", "z"] });
  });
});

it("the end of a parent reaches no nested operation: only a request does", () => {
  const parent = test.progress.start("job", { id: "a" });
  test.progress.operation("job", { id: "outer" }, (outer) => {
    const nested = test.progress.start("nested");
    const { signal } = nested;
    outer.fail(new Error("bad"));
    expect([signal.aborted, nested.signal.aborted, nested.snapshot().status]).toEqual([false, false, "running"]);
    nested.complete();
  });
  parent.complete();
});
