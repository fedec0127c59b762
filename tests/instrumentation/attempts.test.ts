import { describe, expect, it, vi } from "vitest";
import { countAttempts } from "../../src/instrumentation/attempts.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { NoopHandle } from "../../src/instrumentation/no-op.js";
import { createTestProgress, startTestTelemetry } from "../../src/testing.js";

/** A handle that notes what it is told. */
function noting() {
  const reasons: (string | undefined)[] = [];
  const handle = { newAttempt: (reason?: string) => reasons.push(reason) } as unknown as Operation;
  return { reasons, handle };
}

const raise = (error: unknown): never => {
  throw error;
};
/** What `fn` throws, or rejects with. */
async function caught(fn: () => unknown): Promise<unknown> {
  try {
    await fn();
  } catch (error) {
    return error;
  }
  return expect.unreachable();
}
/** Like a query builder: fails only once it is subscribed. */
const lazily = (error: Error) =>
  // biome-ignore lint/suspicious/noThenProperty: it is the point
  Object.defineProperty({}, "then", { value: (_: unknown, no: (error: unknown) => void) => no(error) });

class AbortError extends Error {
  readonly originalError: Error;
  constructor(error: Error) {
    super(error.message);
    this.originalError = error;
  }
}

/**
 * The shape of p-retry: calls `input` with the number of the attempt, again until it fulfils or `retries` are used up;
 * gives up at an AbortError, a TypeError, or when `onFailedAttempt` throws; rejects with the last error.
 */
async function retried<T>(
  input: (attempt: number) => PromiseLike<T> | T,
  { retries = 10, onFailedAttempt = (): unknown => undefined } = {} as {
    retries?: number;
    onFailedAttempt?: (error: unknown) => unknown;
  },
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await input(attempt);
    } catch (error) {
      if (error instanceof AbortError) throw error.originalError;
      if (!(error instanceof Error) || error instanceof TypeError) throw error;
      await onFailedAttempt(Object.assign(error, { attemptNumber: attempt, retriesLeft: retries - attempt + 1 }));
      if (attempt > retries) throw error;
    }
  }
}

describe("a function whose calls are attempts", () => {
  it("takes what it is given and gives what it gives, at once or as a promise", async () => {
    const { handle, reasons } = noting();
    const sum = countAttempts(handle, (a: number, b: number) => a + b);
    expect([sum(1, 2), sum(3, 4)]).toEqual([3, 7]);
    const later = countAttempts(handle, async (...all: readonly unknown[]) => all);
    await expect(later()).resolves.toEqual([]);
    await expect(later(1, "b", undefined)).resolves.toEqual([1, "b", undefined]);
    expect(reasons).toEqual([undefined, undefined]);
  });

  it.each([
    ["thrown", (error: Error) => raise(error)],
    ["rejected", (error: Error) => Promise.reject(error)],
    ["rejected later", (error: Error) => Promise.resolve().then(() => raise(error))],
    ["of a lazy thenable", (error: Error) => lazily(error)],
  ])(
    "passes an error that is %s through unchanged, and makes it the reason of the next attempt",
    async (_how, fail) => {
      const { handle, reasons } = noting();
      const error = new Error("reset by peer");
      const counted = countAttempts(handle, (): unknown => fail(error));
      for (let call = 0; call < 3; call++) expect(await caught(counted)).toBe(error);
      expect(reasons).toEqual(["reset by peer", "reset by peer"]);
    },
  );

  it("after a success begins an attempt without a reason: that of an older failure is not its own", async () => {
    const { handle, reasons } = noting();
    const outcomes: (() => unknown)[] = [() => raise(new Error("a")), () => 1, () => 2, () => raise("text"), () => 3];
    const counted = countAttempts(handle, () => outcomes.shift()!());
    for (let call = 0; call < 5; call++) {
      try {
        counted();
      } catch {
        // the retry library would go on
      }
    }
    expect(reasons).toEqual(["a", undefined, undefined, "text"]);
  });

  it("has a reason for whatever is thrown, and none for what says nothing or cannot be read", async () => {
    const hostile = Object.defineProperty(new Error("x"), "message", { get: () => raise("trap") });
    const thrown = [
      "text",
      5,
      null,
      undefined,
      Symbol("s"),
      new RangeError("far"),
      hostile,
      Object.create(null),
      new Error(""),
      0,
    ];
    const { handle, reasons } = noting();
    const given = [...thrown];
    const counted = countAttempts(handle, () => raise(given.shift()));
    for (const error of thrown) expect(await caught(counted)).toBe(error);
    expect(reasons).toEqual(["text", "5", "null", "undefined", "Symbol(s)", "far", undefined, undefined, undefined]);
  });
  it("called again while it still runs begins another attempt all the same", async () => {
    const { handle, reasons } = noting();
    const open: ((error: Error) => void)[] = [];
    const counted = countAttempts(handle, () => new Promise((_, reject) => open.push(reject)));
    const calls = [counted(), counted()].map((call) => call.catch((error: Error) => error.message));
    expect(reasons).toEqual([undefined]);
    open[1]!(new Error("second"));
    open[0]!(new Error("first"));
    expect(await Promise.all(calls)).toEqual(["first", "second"]);
    counted().catch(() => {});
    expect(reasons).toEqual([undefined, "first"]);
    open[2]!(new Error("third"));
  });
});

describe("op.attempts", () => {
  it("with p-retry counts what it retries, with the reason of each, on the operation and on its span", async () => {
    await using telemetry = await startTestTelemetry();
    await using test = createTestProgress();
    const seen: unknown[] = [];
    const failed = vi.fn();
    const result = await test.progress.operation("upload", { id: "u", total: 10 }, (op) =>
      retried(
        op.attempts(async (attempt: number) => {
          op.increment(attempt);
          seen.push([attempt, op.snapshot().attempt, op.snapshot().current]);
          if (attempt < 3) throw new Error(`failure ${attempt}`);
          return "done";
        }),
        { onFailedAttempt: failed },
      ),
    );
    expect([result, failed.mock.calls.length]).toEqual(["done", 2]);
    expect(seen).toEqual([
      [1, 1, 1],
      [2, 2, 2],
      [3, 3, 3],
    ]);
    expect(test.progress.live.get("u")).toMatchObject({ status: "completed", attempt: 3, current: 3 });
    const [span] = telemetry.spans();
    expect(span!.events.filter(({ name }) => name === "progress.attempt").map((event) => event.attributes)).toEqual([
      { "progress.attempt": 2, "progress.reason": "failure 1" },
      { "progress.attempt": 3, "progress.reason": "failure 2" },
    ]);
  });

  it("that gives up fails the operation with the last error", async () => {
    await using test = createTestProgress();
    const calls = vi.fn(() => Promise.reject(new Error("always")));
    const run = test.progress.operation("upload", { id: "u" }, (op) => retried(op.attempts(calls), { retries: 2 }));
    await expect(run).rejects.toThrow("always");
    expect(calls).toHaveBeenCalledTimes(3);
    expect(test.progress.live.get("u")).toMatchObject({ status: "failed", attempt: 3, error: { message: "always" } });
  });

  it("that is stopped by an AbortError or a TypeError begins no further attempt", async () => {
    await using test = createTestProgress();
    for (const error of [new AbortError(new Error("gone")), new TypeError("gone")]) {
      const run = test.progress.operation("upload", { id: "u" }, (op) =>
        retried(op.attempts(() => Promise.reject(error))),
      );
      await expect(run).rejects.toThrow("gone");
      expect(test.progress.live.get("u")!.attempt).toBe(1);
    }
  });

  it("of a level counts on the level", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    await op.level("part", { id: "p" }, (level) =>
      retried(level.attempts(async (attempt: number) => (attempt < 2 ? Promise.reject(new Error("x")) : attempt))),
    );
    expect([op.snapshot().attempt, op.getLevel("p")!.snapshot().attempt]).toEqual([1, 2]);
  });

  it("ends the levels of the attempt before, whose ids are free again", async () => {
    await using test = createTestProgress();
    const statuses: string[] = [];
    await test.progress.operation("job", { id: "a" }, (op) =>
      retried(
        op.attempts(async (attempt: number) => {
          const level = op.startLevel("part", { id: "p" });
          if (attempt === 1) {
            level.signal.addEventListener("abort", () => statuses.push("aborted"));
            throw new Error("x");
          }
          level.complete();
        }),
      ),
    );
    expect([statuses, test.progress.live.get("a")!.levels.map(({ status }) => status)]).toEqual([
      ["aborted"],
      ["completed"],
    ]);
  });

  it("goes on after the end: the work is run, and that it came too late is counted", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    const fn = vi.fn(() => 7);
    const counted = op.attempts(fn);
    counted();
    op.complete();
    expect([counted(), fn.mock.calls.length, test.misuse(), op.snapshot().attempt]).toEqual([7, 2, ["ENDED"], 1]);
  });

  it("of untracked work is the function itself", () => {
    const test = createTestProgress({ enabled: false });
    const fn = () => 7;
    const op = test.progress.start("job");
    expect([op instanceof NoopHandle, op.attempts(fn), op.snapshot().attempt]).toEqual([true, fn, 1]);
  });
});
