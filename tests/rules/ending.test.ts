// How work ends, rule by rule, in the words in which it is promised.

import { DiagLogLevel, diag } from "@opentelemetry/api";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ProgressError } from "../../src/errors.js";
import type { Operation, OperationOptions } from "../../src/instrumentation/handles.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(async () => {
  diag.disable();
  await test[Symbol.asyncDispose]();
});

type Work = (op: Operation<never, string>) => unknown;
/** Resolves never; rejects with the reason of the signal once it aborts, as well-behaved work does. */
const aborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason));
  });
const throwing = (error: unknown): Work => {
  return () => {
    throw error;
  };
};
/** Status, and what explains it. */
function endOf(id = "a"): readonly unknown[] {
  const snapshot = test.progress.live.get(id)!;
  if (snapshot.status === "failed") return ["failed", snapshot.error.code ?? snapshot.error.message];
  if (snapshot.status === "cancelled") return ["cancelled", snapshot.reason];
  return [snapshot.status];
}
/** What comes out of a call: a value, or the very error. */
async function outcome(run: () => unknown): Promise<readonly ["returned" | "threw", unknown]> {
  try {
    return ["returned", await run()];
  } catch (error) {
    return ["threw", error];
  }
}
const job = (work: Work, options: OperationOptions = {}) =>
  outcome(() => test.progress.operation("job", { id: "a", ...options }, work));

describe("a scoped function's settling is the end", () => {
  const error = new Error("x");
  const cases: readonly [string, Work, readonly unknown[], readonly unknown[]][] = [
    ["sync return", () => 7, ["returned", 7], ["completed"]],
    ["async return", async () => 7, ["returned", 7], ["completed"]],
    ["sync throw", throwing(error), ["threw", error], ["failed", "x"]],
    ["rejection", () => Promise.reject(error), ["threw", error], ["failed", "x"]],
    [
      "complete(summary) only records the summary, so a later throw is failed",
      (op) => {
        op.complete({ rows: 1 });
        throw error;
      },
      ["threw", error],
      ["failed", "x"],
    ],
    [
      "fail is an end of the owner: a normal return after it changes nothing",
      (op) => {
        op.fail(error);
        return 7;
      },
      ["returned", 7],
      ["failed", "x"],
    ],
    [
      "cancel is the owner's end: a throw after it changes nothing",
      (op) => {
        op.cancel("enough");
        throw error;
      },
      ["threw", error],
      ["cancelled", "enough"],
    ],
    [
      "paused at the return is completed",
      (op) => {
        op.pause("lunch");
        return 7;
      },
      ["returned", 7],
      ["completed"],
    ],
    [
      "paused at the throw is failed",
      (op) => {
        op.pause("lunch");
        throw error;
      },
      ["threw", error],
      ["failed", "x"],
    ],
  ];
  it.each(cases)("%s", async (_what, work, came, end) => {
    expect(await job(work)).toEqual(came);
    expect(endOf()).toEqual(end);
    expect(test.misuse()).toEqual([]);
  });

  it.each([true, false])(
    "a throw fails its own level; the parent fails only if the error reaches it: %s",
    async (reaches) => {
      const error = new Error("x");
      const came = await job((op) => {
        const part = op.level("part", () => Promise.reject(error));
        return reaches ? part : part.catch(() => 7);
      });
      expect(came).toEqual(reaches ? ["threw", error] : ["returned", 7]);
      expect(endOf()).toEqual(reaches ? ["failed", "x"] : ["completed"]);
      expect(test.progress.live.get("a")!.levels.map(({ status }) => status)).toEqual(["failed"]);
    },
  );
});

describe("a handle disposed without an end is failed, code UNFINISHED, with one diagnostic", () => {
  it("by using", () => {
    const warn = vi.fn();
    diag.setLogger({ warn, error() {}, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
    for (const id of ["a", "b"]) {
      using op = test.progress.start("job", { id });
      op.increment();
    }
    expect([endOf("a"), endOf("b")]).toEqual([
      ["failed", "UNFINISHED"],
      ["failed", "UNFINISHED"],
    ]);
    expect(warn.mock.calls.filter(([text]) => String(text).includes("disposed"))).toHaveLength(1);
    expect(test.progress.live.stats().losses).toEqual({ misuse: 2 });
  });

  it("an error that left the block is not hidden by it", () => {
    const error = new Error("x");
    expect(() => {
      using _op = test.progress.start("job", { id: "a" });
      throw error;
    }).toThrow(error);
    expect(endOf()).toEqual(["failed", "UNFINISHED"]);
  });
});

describe("requestCancel asks, the work decides", () => {
  const other = new Error("other");
  const table: readonly [string, Work, readonly unknown[]][] = [
    ["normal return → completed", (op) => op.requestCancel("stop"), ["completed"]],
    [
      "the abort reason → cancelled",
      async (op) => {
        const stopped = aborted(op.signal);
        op.requestCancel("stop");
        await stopped;
      },
      ["cancelled", "stop"],
    ],
    [
      "the reason of a level's signal → cancelled",
      (op) => {
        const { signal } = op.startLevel("part");
        op.requestCancel("stop");
        throw signal.reason;
      },
      ["cancelled", "stop"],
    ],
    [
      "an AbortError → cancelled",
      (op) => {
        op.requestCancel("stop");
        throw new DOMException("aborted", "AbortError");
      },
      ["cancelled", "stop"],
    ],
    [
      "another error → failed",
      (op) => {
        op.requestCancel("stop");
        throw other;
      },
      ["failed", "other"],
    ],
    [
      "cancel() after it is still the owner's end, with its own reason",
      (op) => {
        op.requestCancel("stop");
        op.cancel("done enough");
      },
      ["cancelled", "done enough"],
    ],
    [
      "paused work that follows → cancelled",
      (op) => {
        op.pause();
        op.requestCancel("stop");
        op.signal.throwIfAborted();
      },
      ["cancelled", "stop"],
    ],
    ["an AbortError without a request → failed", throwing(new DOMException("no", "AbortError")), ["failed", "no"]],
  ];
  it.each(table)("%s", async (_what, work, end) => {
    await job(work);
    expect(endOf()).toEqual(end);
  });

  it("aborts signal and shows cancelRequested, and nothing has ended", () => {
    const op = test.progress.start("job");
    const level = op.startLevel("part");
    const signals = [op.signal, level.signal];
    op.requestCancel("stop");
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(op.snapshot()).toMatchObject({
      status: "running",
      cancelRequested: { reason: "stop", at: "2026-01-01T00:00:00.000Z" },
    });
    expect(level.snapshot().status).toBe("running");
  });
});

describe("signal aborts on request, failure and timeout, never on completion", () => {
  const ends: readonly [string, (op: Operation) => unknown, string | undefined][] = [
    ["requestCancel", (op) => op.requestCancel("stop"), "cancelled: stop"],
    ["fail", (op) => op.fail(new Error("x")), "x"],
    ["cancel", (op) => op.cancel("enough"), "enough"],
    ["dispose", (op) => op[Symbol.dispose](), "the operation was disposed without an end; call complete() last"],
    ["timeout", () => test.advance("1s"), "job took longer than its timeout"],
    ["complete", (op) => op.complete(), undefined],
  ];
  it.each(ends)("%s", async (_what, end, reason) => {
    const op = test.progress.start("job", { timeout: "1s" });
    const { signal } = op;
    await end(op);
    expect([signal.aborted, (signal.reason as Error | undefined)?.message]).toEqual([reason !== undefined, reason]);
  });
});

describe("an outside signal", () => {
  it.each([
    ["already aborted still runs the function, whose return stands", true, () => 7, ["returned", 7], ["completed"]],
    ["aborted before, followed by the work", true, (op) => op.signal.throwIfAborted(), "threw", ["cancelled", "out"]],
    ["aborted during, followed by the work", false, (op) => op.signal.throwIfAborted(), "threw", ["cancelled", "out"]],
    ["aborted during, not followed", false, () => 7, ["returned", 7], ["completed"]],
  ] as readonly [string, boolean, Work, unknown, unknown][])("%s", async (_what, before, work, came, end) => {
    const controller = new AbortController();
    const reason = new Error("out");
    if (before) controller.abort(reason);
    const result = await job(
      (op) => {
        controller.abort(reason);
        return work(op);
      },
      { signal: controller.signal },
    );
    expect(came === "threw" ? result[0] : result).toEqual(came);
    expect(endOf()).toEqual(end);
  });

  it.each(["complete", "fail", "cancel", "dispose", "timeout", "return", "throw"])(
    "its listener is removed at the end: %s",
    async (how) => {
      const { signal } = new AbortController();
      const listening = new Set<unknown>();
      vi.spyOn(signal, "addEventListener").mockImplementation((_type, listener) => void listening.add(listener));
      vi.spyOn(signal, "removeEventListener").mockImplementation((_type, listener) => void listening.delete(listener));
      const options = { signal, timeout: "1s" } as const;
      if (how === "return") await job(() => expect(listening.size).toBe(1), options);
      else if (how === "throw") await job(throwing(new Error("x")), options);
      else {
        const op = test.progress.start("job", options);
        expect(listening.size).toBe(1);
        if (how === "timeout") await test.advance("1s");
        else if (how === "dispose") op[Symbol.dispose]();
        else op[how as "complete"]("x");
      }
      expect(listening.size).toBe(0);
    },
  );
});

describe("limits of time", () => {
  it("timeouts fail with code TIMEOUT and abort the signal; the work that follows it changes nothing", async () => {
    const run = job((op) => aborted(op.level("part", ({ signal }) => signal)), { timeout: "1s" });
    const stuck = job((op) => aborted(op.signal), { id: "b", timeout: "1s" });
    await test.advance("1s");
    const [how, error] = await stuck;
    expect([how, (error as ProgressError).code, endOf("b")]).toEqual(["threw", "TIMEOUT", ["failed", "TIMEOUT"]]);
    // The level had completed: its signal never aborts, and its work hangs as it would without us.
    expect(await Promise.race([run, "hanging"])).toBe("hanging");
    expect(endOf()).toEqual(["failed", "TIMEOUT"]);
  });

  it("idle past abandonAfter is failed, ABANDONED, and never without it", async () => {
    const op = test.progress.start("job", { id: "a", abandonAfter: "1m" });
    test.progress.start("job", { id: "b" });
    const { signal } = op;
    await test.advance("1m");
    expect([endOf("a"), signal.aborted, endOf("b")]).toEqual([["failed", "ABANDONED"], true, ["running"]]);
  });
});
