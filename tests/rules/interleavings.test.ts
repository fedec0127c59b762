import { describe, expect, it } from "vitest";
import type { ProgressError } from "../../src/errors.js";
import type { Level, Operation } from "../../src/instrumentation/handles.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

const statusOf = (handle: Level | Operation) => handle.snapshot().status;

describe("a request reaches every nested operation that is still running", () => {
  const started = (test: TestProgress, around: Operation | Level) => {
    let nested: Operation | undefined;
    (around as Level).level("around", () => {
      nested = test.progress.start("nested");
    });
    return nested!;
  };

  it("also when the level it was started in has ended", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const nested = started(test, op);
    const { signal } = nested;
    op.requestCancel("stop");
    expect((signal.reason as ProgressError)?.message).toBe("cancelled: stop");
  });

  it("also when that level was folded into counts", async () => {
    await using test = createTestProgress({ limits: { levelsPerOperation: 0 } });
    const op = test.progress.start("job");
    const nested = started(test, op);
    const { signal } = nested;
    op.requestCancel("stop");
    expect((signal.reason as ProgressError)?.message).toBe("cancelled: stop");
  });

  it("also when its parent began a new attempt", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const nested = started(test, op);
    const { signal } = nested;
    op.newAttempt();
    op.requestCancel("stop");
    expect((signal.reason as ProgressError)?.message).toBe("cancelled: stop");
  });

  it("also when it runs inside of one that has ended", async () => {
    await using test = createTestProgress();
    let inner: Operation | undefined;
    const op = test.progress.start("job");
    op.level("around", () =>
      test.progress.operation("outer", () => {
        inner = test.progress.start("inner");
      }),
    );
    const { signal } = inner!;
    op.requestCancel("stop");
    expect((signal.reason as ProgressError)?.message).toBe("cancelled: stop");
  });
});

describe("what listens to a signal may do anything", () => {
  it.each(["complete", "fail", "cancel"] as const)("%s the operation while it begins a new attempt", async (verb) => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    const level = op.startLevel("part");
    level.signal.addEventListener("abort", () => op[verb]("x"));
    op.newAttempt();
    expect([statusOf(op), op.snapshot().attempt, test.misuse()]).toEqual([
      { complete: "completed", fail: "failed", cancel: "cancelled" }[verb],
      1,
      [],
    ]);
  });

  it("start levels while it begins a new attempt: they belong to the old one", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const level = op.startLevel("part");
    let again: Level | undefined;
    level.signal.addEventListener("abort", () => {
      again = op.startLevel("again");
    });
    op.newAttempt();
    expect([statusOf(again!), op.snapshot().levels]).toEqual(["cancelled", []]);
    op.complete();
    expect(test.progress.live.stats().active).toBe(0);
  });

  it.each([
    ["kept", {}],
    ["folded", { levelsPerOperation: 0 }],
  ])(
    "begin a new attempt while a level ends, that is %s: what is open below it is closed with it",
    async (_how, limits) => {
      await using test = createTestProgress({ limits });
      const op = test.progress.start("job");
      const level = op.startLevel("part");
      const below = level.startLevel("below");
      const furtherBelow = below.startLevel("below");
      level.signal.addEventListener("abort", () => op.newAttempt());
      level.cancel();
      expect([level, below, furtherBelow].map(statusOf)).toEqual(["cancelled", "cancelled", "cancelled"]);
      expect(op.snapshot()).toMatchObject({ attempt: 2, levels: [] });
    },
  );

  it("begin a new attempt while one begins: that is the one that goes on", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    let again: Level | undefined;
    op.startLevel("part").signal.addEventListener("abort", () => {
      op.newAttempt();
      again = op.startLevel("again");
    });
    op.newAttempt();
    expect([op.snapshot().attempt, statusOf(again!)]).toEqual([2, "running"]);
    op.complete();
    expect([statusOf(again!), test.progress.live.stats().active]).toEqual(["cancelled", 0]);
  });
});

describe("a pause of the operation", () => {
  it("ends the stall of its levels too, and after it their limits begin anew", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { stallTimeout: "1h" });
    const level = op.startLevel("part", { stallTimeout: "1s" });
    await test.advance("2s");
    expect(level.snapshot()).toHaveProperty("stalled.seconds", 2);
    op.pause();
    expect(level.snapshot()).not.toHaveProperty("stalled");
    await test.advance("10s");
    op.resume();
    expect(level.snapshot()).not.toHaveProperty("stalled");
    await test.advance("900ms");
    expect(level.snapshot()).not.toHaveProperty("stalled");
    await test.advance("100ms");
    expect(level.snapshot()).toHaveProperty("stalled.seconds", 1);
    expect(test.events.filter(({ event }) => event === "stalled")).toHaveLength(2);
  });
});

describe("an operation is never skipped", () => {
  it("whatever a caller without types asks for", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    (op as unknown as Level).skip("no need");
    expect([statusOf(op), test.misuse()]).toEqual(["running", ["INVALID_TRANSITION"]]);
  });
});

describe("a lazy subclass of Promise", () => {
  it("does its work once, inside the scope it belongs to, and a real Promise comes back", async () => {
    await using test = createTestProgress();
    const seen: unknown[] = [];
    class Lazy extends Promise<number> {
      // biome-ignore lint/suspicious/noThenProperty: a lazy promise is what is tested
      override then<A, B>(resolve?: ((value: number) => A | PromiseLike<A>) | null): Promise<A | B> {
        seen.push(test.progress.getActive()?.id);
        return Promise.resolve(7).then(resolve);
      }
    }
    const result = test.progress.operation("job", { id: "a" }, () => new Lazy(() => {}));
    expect(result.constructor).toBe(Promise);
    expect([await result, await result, seen]).toEqual([7, 7, ["a"]]);
  });
});
