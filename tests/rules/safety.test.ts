// Loops, thenables, and that nothing of ours ever gets into somebody's work: rule by rule, in the words in which it is
// promised.

import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Level, Operation } from "../../src/instrumentation/handles.js";
import type { ProgressOptions } from "../../src/instrumentation/options.js";
import type { ProgressEvent } from "../../src/model.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test[Symbol.asyncDispose]());

const boom = new Error("boom");

describe("an item counts when the next one is requested", () => {
  /** Three items, and whether they were closed. */
  function source(kind: "sync" | "async") {
    const state = { closed: false };
    function* sync() {
      try {
        yield* [1, 2, 3];
      } finally {
        state.closed = true;
      }
    }
    async function* async() {
      yield* sync();
    }
    return { state, items: (kind === "sync" ? sync() : async()) as AsyncIterable<number> };
  }
  const LEAVING = {
    "to the end": () => false,
    break: () => true,
    throw: () => {
      throw boom;
    },
  };
  const cases = (["sync", "async"] as const).flatMap((kind) =>
    (Object.keys(LEAVING) as (keyof typeof LEAVING)[]).map((how) => [kind, how] as const),
  );

  /** Leaves the loop with item 2 in hand. */
  async function loop(items: AsyncIterable<number>, how: keyof typeof LEAVING) {
    for await (const item of items) if (item === 2 && LEAVING[how]()) break;
  }

  it.each(cases)("op.track, %s, left by: %s", async (kind, how) => {
    const op = test.progress.start("job");
    const { state, items } = source(kind);
    const run = loop(op.track(items), how);
    if (how === "throw") await expect(run).rejects.toBe(boom);
    else await run;
    const { status, current, levels } = op.snapshot();
    expect([state.closed, status, current, levels]).toEqual([true, "running", how === "to the end" ? 3 : 1, []]);
  });

  it.each(cases)("progress.track, %s, left by: %s", async (kind, how) => {
    const { state, items } = source(kind);
    const run = loop(test.progress.track("scan", items, { id: "a" }), how);
    if (how === "throw") await expect(run).rejects.toBe(boom);
    else await run;
    const { status, current } = test.progress.live.get("a")!;
    const end = how === "to the end" ? ["completed", 3] : ["cancelled", 1];
    expect([state.closed, status, current]).toEqual([true, ...end]);
  });

  it("total from length or size; generators without", () => {
    const totals = [[1, 2], new Set([1, 2, 3]), source("sync").items].map((items) => {
      const op = test.progress.start("job");
      op.track(items as Iterable<unknown> & object);
      return op.snapshot().total;
    });
    expect(totals).toEqual([2, 3, undefined]);
  });
});

describe("thenables are subscribed once and a real Promise comes back", () => {
  it.each([
    ["operation", (fn: () => PromiseLike<number>) => test.progress.operation("job", fn)],
    ["level", (fn: () => PromiseLike<number>) => test.progress.start("job").level("part", fn)],
    ["declared level", (fn: () => PromiseLike<number>) => test.progress.start("job").declare("part").run(fn)],
  ] as const)("%s", async (_what, run) => {
    let subscribed = 0;
    const result = run(() => ({
      // biome-ignore lint/suspicious/noThenProperty: a lazy thenable is what is tested
      then(resolve) {
        subscribed++;
        return Promise.resolve(7).then(resolve);
      },
    }));
    expect(Object.getPrototypeOf(result)).toBe(Promise.prototype);
    expect([await result, await result, subscribed]).toEqual([7, 7, 1]);
  });
});

describe("a generator function as the scoped function", () => {
  it("is misuse, and its items come all the same", async () => {
    await using lax = createTestProgress({ strict: false });
    const items = lax.progress.operation("job", function* () {
      yield 1;
    } as () => unknown);
    expect([[...(items as Iterable<number>)], lax.misuse()]).toEqual([[1], ["INVALID_OPTION"]]);
  });
});

describe("instrumentation never changes control flow", () => {
  const WORK: readonly [string, () => unknown][] = [
    ["a value", () => 7],
    ["nothing", () => undefined],
    ["a promise", () => Promise.resolve(7)],
    [
      "a throw",
      () => {
        throw boom;
      },
    ],
    ["a rejection", () => Promise.reject(boom)],
    ["an AbortError", () => Promise.reject(new DOMException("x", "AbortError"))],
  ];
  const SETTINGS: readonly [string, ProgressOptions][] = [
    ["tracked", {}],
    ["switched off", { enabled: false }],
    ["over the limit", { limits: { active: 0 } }],
    ["without room for levels", { limits: { openLevels: 0, depth: 1 } }],
  ];
  const outcome = async (run: () => unknown) => {
    let given: unknown;
    try {
      given = run();
      return [given instanceof Promise, "returned", await given];
    } catch (error) {
      return [given instanceof Promise, "threw", error instanceof DOMException ? error.name : error];
    }
  };
  it.each(SETTINGS.flatMap(([how, options]) => WORK.map(([what, work]) => [how, what, options, work] as const)))(
    "%s, %s: the same comes out as without it, also with a signal aborted before",
    async (_how, _what, options, work) => {
      await using lax = createTestProgress({ strict: false, ...options });
      const { progress } = lax;
      const plain = await outcome(work);
      const signal = AbortSignal.abort();
      expect(await outcome(() => progress.operation("job", work))).toEqual(plain);
      expect(await outcome(() => progress.operation("job", { signal }, work))).toEqual(plain);
      expect(await outcome(() => progress.operation("job", (op) => op.level("part", work)))).toEqual(plain);
      expect(
        await outcome(() => progress.operation("job", (op) => op.level("part", (part) => part.level("piece", work)))),
      ).toEqual(plain);
      expect(progress.live.stats().active).toBe(0);
    },
  );
});

describe("only a limit or enabled: false gives a no-op handle", () => {
  it.each([
    ["switched off", { enabled: false }],
    ["over the limit", { limits: { active: 0 } }],
  ] as const)("which runs the work, has an id and a usable signal: %s", async (_how, options) => {
    await using off = createTestProgress(options);
    const controller = new AbortController();
    const seen = off.progress.operation("job", { id: "a", signal: controller.signal }, (op) =>
      op.level("part", { id: "p" }, (part) => {
        const before = [op.signal.aborted, part.signal.aborted];
        controller.abort();
        return [op.id, part.id, before, op.signal.aborted, part.signal.aborted];
      }),
    );
    expect(seen).toEqual(["a", "p", [false, false], true, true]);
    const [one, other] = [off.progress.start("job"), off.progress.start("job")];
    expect(one.id).not.toBe(other.id);
    one.requestCancel();
    expect([one.signal.aborted, other.signal.aborted]).toEqual([true, false]);
  });
});

describe("a user's callback that throws", () => {
  it.each(["throws", "rejects"])("is isolated, counted, and dropped after three errors in a row: %s", async (how) => {
    await using other = createTestProgress();
    const heard: string[] = [];
    const failing = vi.fn((_event: ProgressEvent): unknown => {
      if (how === "rejects") return Promise.reject(boom);
      throw boom;
    });
    other.progress.subscribe(failing, { events: ["started"] });
    other.progress.subscribe(({ operation }) => heard.push(operation.id), { events: ["started"] });
    for (let n = 0; n < 5; n++) {
      other.progress.start("job");
      await other.advance(0);
    }
    expect([failing.mock.calls.length, heard, other.progress.live.stats().losses]).toEqual([
      3,
      ["1", "2", "3", "4", "5"],
      { callbacks_failed: 3 },
    ]);
  });
});

describe("unhandled rejections are never caused by us", () => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => void unhandled.push(reason);
  let others: NodeJS.UnhandledRejectionListener[] = [];
  beforeEach(() => {
    unhandled.length = 0;
    // Ours alone: the runner's would fail the run for what is provoked here.
    others = process.listeners("unhandledRejection");
    process.removeAllListeners("unhandledRejection");
    process.on("unhandledRejection", note);
  });
  afterEach(() => {
    process.removeListener("unhandledRejection", note);
    for (const other of others) process.on("unhandledRejection", other);
  });
  /** Rejections without a handler are told after the turn they happened in. */
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const handled: readonly [string, (test: TestProgress) => unknown][] = [
    [
      "a rejection that is handled",
      ({ progress }) => progress.operation("job", () => Promise.reject(boom)).catch(() => {}),
    ],
    [
      "siblings that reject after Promise.all has",
      ({ progress }) =>
        progress
          .operation("job", (op) =>
            Promise.all([1, 2, 3].map((n) => op.level("part", async () => Promise.reject(new Error(`${n}`))))),
          )
          .catch(() => {}),
    ],
    [
      "a timeout, a request and an end of work that never settles",
      async (test) => {
        test.progress.operation("job", { timeout: "1s" }, () => new Promise(() => {}));
        const asked = test.progress.start("job");
        void [asked.signal, asked.startLevel("part").signal];
        asked.requestCancel("stop");
        asked.cancel();
        await test.advance("1s");
      },
    ],
    [
      "a source that fails in a tracked loop",
      async ({ progress }) => {
        async function* source() {
          yield 1;
          throw boom;
        }
        const loop = async () => {
          for await (const _ of progress.track("scan", source()));
        };
        await expect(loop()).rejects.toBe(boom);
      },
    ],
    [
      "a listener and an exporter that reject",
      async (test) => {
        test.progress.subscribe(() => Promise.reject(boom));
        test.progress.addExporter({ export: () => Promise.reject(boom), shutdown: () => Promise.reject(boom) });
        test.progress.start("job").complete();
        await test.advance("1s");
        await test.progress.forceFlush();
        await test.progress.shutdown();
      },
    ],
    [
      "a watch that is left while it waits",
      async ({ progress }) => {
        const left = new AbortController();
        const changes = progress.live.watch({}, { signal: left.signal })[Symbol.asyncIterator]();
        await changes.next();
        const waiting = changes.next();
        left.abort(boom);
        await waiting;
      },
    ],
  ];
  it.each(handled)("%s", async (_what, run) => {
    await run(test);
    await turn();
    expect(unhandled).toEqual([]);
  });

  it("one that the user leaves unhandled is told once, with the very error, as without us", async () => {
    void test.progress.operation("job", (op: Operation) =>
      (op as unknown as Level).level("part", () => Promise.reject(boom)),
    );
    await turn();
    expect(unhandled).toEqual([boom]);
  });
});
