import { Readable } from "node:stream";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Operation } from "../../src/instrumentation/handles.js";
import { NoopHandle } from "../../src/instrumentation/no-op.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
let op: Operation<string, string>;
beforeEach(() => {
  test = createTestProgress({ enabled: false });
  op = test.progress.start("job", { id: "a" }) as unknown as Operation<string, string>;
});
afterEach(() => test[Symbol.asyncDispose]());

it("is a small one of its own per call", () => {
  expect(op).toBeInstanceOf(NoopHandle);
  expect(test.progress.start("job")).not.toBe(op);
  expect([op.id, op.operationId, op.type]).toEqual(["a", "a", "job"]);
  expect(test.progress.start("job").id).toMatch(/./);
});

it("does nothing for any verb, and never counts or throws, even in strict mode", () => {
  const level = op.startLevel("part");
  op.increment(Number.NaN);
  op.update({ current: -1 });
  op.setTotal(-1);
  op.message("x");
  op.itemFailed();
  op.itemSkipped();
  op.event("x");
  op.heartbeat();
  op.setAttributes({ a: 1 });
  op.pause();
  op.resume();
  op.newAttempt();
  op.enterStage("nowhere");
  level.skip();
  op.complete({ rows: 1 });
  op.fail(new Error("x"));
  op.cancel();
  op[Symbol.dispose]();
  expect([test.misuse(), test.progress.live.stats().losses, test.events]).toEqual([[], {}, []]);
});

it("has a snapshot that claims nothing but who it is", () => {
  op.increment(5);
  expect(op.snapshot()).toEqual({
    id: "a",
    type: "job",
    name: "job",
    status: "running",
    operationId: "a",
    updatedAt: "2026-01-01T00:00:00.000Z",
    elapsedSeconds: 0,
    attempt: 1,
    attributes: {},
    levels: [],
    instance: { id: "test", host: "localhost", pid: 1 },
  });
});

it("runs functions at every depth, with ids, and passes results and errors through", async () => {
  const error = new Error("x");
  expect(op.level("part", { id: "p" }, (level) => [level.id, level.operationId, level.type])).toEqual([
    "p",
    "a",
    "part",
  ]);
  expect(op.level("part", (level) => level.id)).toBe("part");
  expect(await op.stage("first", async (stage) => stage.id)).toBe("first");
  expect(op.stage("first", { total: 3 }, () => 3)).toBe(3);
  expect(() =>
    op.level("part", () => {
      throw error;
    }),
  ).toThrow(error);
  const later = op.declare("part", { id: "q" });
  expect([later.id, later.start().id, later.run((level) => level.id), later.skip()]).toEqual([
    "q",
    "q",
    "q",
    undefined,
  ]);
  expect([op.declare("part").id, op.startLevel("part", { id: "r" }).id]).toEqual(["part", "r"]);
  expect(op.getLevel("p")).toBe(undefined);
});

it("lets loops and streams through unchanged", async () => {
  expect([...op.track([1, 2])]).toEqual([1, 2]);
  const items = (async function* () {
    yield 1;
    yield 2;
  })();
  const seen: number[] = [];
  for await (const item of op.track(items)) seen.push(item);
  const chunks: string[] = [];
  const stream = Readable.from(["a", "b"]).pipe(op.trackStream({ total: 2 }));
  for await (const chunk of stream) chunks.push(chunk as string);
  expect([seen, chunks]).toEqual([
    [1, 2],
    ["a", "b"],
  ]);
});

it("closes the source of a loop that is left early", () => {
  let closed = false;
  function* source() {
    try {
      yield 1;
      yield 2;
    } finally {
      closed = true;
    }
  }
  for (const _ of op.track(source())) break;
  expect(closed).toBe(true);
});

describe("its signal", () => {
  it("is usable: the same every time, aborted by a request with its reason", () => {
    const { signal } = op;
    expect([op.signal === signal, signal.aborted]).toEqual([true, false]);
    op.requestCancel("stop");
    expect([signal.aborted, signal.reason]).toEqual([true, "stop"]);
    const unread = test.progress.start("job");
    unread.requestCancel();
    expect(unread.signal.aborted).toBe(true);
  });

  it("follows the outside signal it was given: switching progress off must not switch cancellation off", () => {
    const controller = new AbortController();
    const inner = test.progress.operation("job", { signal: controller.signal }, (given) =>
      given.level("part", (level) => level.signal),
    );
    expect(inner.aborted).toBe(false);
    controller.abort(new Error("caller left"));
    expect(inner.reason).toEqual(new Error("caller left"));
    expect(test.progress.start("job", { signal: controller.signal }).signal.aborted).toBe(true);
  });

  it("of levels and operations refused over a limit follows what is around them", async () => {
    await using limited = createTestProgress({ limits: { openLevels: 0, active: 1 }, strict: false });
    const signals = limited.progress.operation("job", (outer) => {
      const level = outer.startLevel("part");
      const found = [level.signal, level.startLevel("below").signal];
      found.push(limited.progress.start("inner").signal);
      found.push((outer as unknown as Operation<string>).stage("nowhere", (stage) => stage.signal));
      const detached = limited.progress.start("inner", { detached: true }).signal;
      outer.requestCancel("stop");
      return [...found, detached];
    });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true, true, true, false]);
  });
});

it("logged and as JSON it is its snapshot", () => {
  expect(inspect(op)).toBe(inspect(op.snapshot()));
  expect(JSON.parse(JSON.stringify(op))).toEqual(op.snapshot());
});

it("takes missing options like a tracked one", () => {
  expect(op.level("part", null as never, (level) => level.id)).toBe("part");
  expect(op.startLevel("part", null as never).id).toBe("part");
  expect(op.startLevel("part", { id: null as never }).id).toBe("part");
  expect(op.declare("part", null as never).id).toBe("part");
});

it("lets a loop over nothing fail in the loop, as it would without us, and texts through", () => {
  const over = (items: unknown) => [...op.track(items as string[])];
  expect(() => op.track(null as never)).not.toThrow();
  expect(() => over(null)).toThrow(TypeError);
  expect(over("abc")).toEqual(["a", "b", "c"]);
});
