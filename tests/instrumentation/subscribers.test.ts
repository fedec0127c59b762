import { DiagLogLevel, diag } from "@opentelemetry/api";
import { afterEach, describe, expect, it, vi } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import { Subscribers } from "../../src/instrumentation/subscribers.js";
import type { EventName, Filter, ProgressEvent } from "../../src/model.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

afterEach(() => diag.disable());
const losses = (test: TestProgress) => test.progress.live.stats().losses;

describe("events", () => {
  it("come in the order they happened, each with a complete snapshot of its moment", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a", total: 4 });
    const level = op.startLevel("part", { id: "p" });
    op.increment(1);
    level.pause("wait");
    level.resume();
    level.fail(new Error("bad"));
    op.requestCancel("stop");
    op.increment(1);
    op.cancel("stopped");
    await test.advance(0);
    const brief = ({ event, level: at, operation, time, ...payload }: ProgressEvent) => [
      event,
      at?.id,
      at?.status,
      operation.current,
      payload,
    ];
    expect(test.events.map(brief)).toEqual([
      ["started", undefined, undefined, 0, {}],
      ["started", "p", "running", 0, {}],
      ["paused", "p", "paused", 1, { reason: "wait" }],
      ["resumed", "p", "running", 1, {}],
      ["failed", "p", "failed", 1, { error: { type: "Error", message: "bad" } }],
      ["cancelRequested", undefined, undefined, 1, { reason: "stop" }],
      ["cancelled", undefined, undefined, 2, { reason: "stopped" }],
    ]);
    expect(test.events.every(Object.isFrozen)).toBe(true);
  });

  it("without a reason carry none", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.pause();
    op.requestCancel();
    op.cancel();
    await test.advance(0);
    expect(test.events.map((event) => [event.event, "reason" in event])).toEqual([
      ["started", false],
      ["paused", false],
      ["cancelRequested", false],
      ["cancelled", false],
    ]);
  });

  it("are never told from inside the call that caused them", async () => {
    await using test = createTestProgress();
    const listener = vi.fn();
    test.progress.subscribe(listener);
    test.progress.operation("job", () => {});
    expect(listener).not.toHaveBeenCalled();
    await Promise.resolve();
    expect(listener).toHaveBeenCalledTimes(2);
  });

  it("caused by a listener are told after those before", async () => {
    await using test = createTestProgress();
    test.progress.subscribe(({ operation }) => operation.type === "first" && test.progress.start("second"), {
      events: ["started"],
    });
    const first = test.progress.start("first");
    first.complete();
    await test.advance(0);
    expect(test.events.map(({ event, operation }) => `${event} ${operation.type}`)).toEqual([
      "started first",
      "completed first",
      "started second",
    ]);
  });

  it("updated comes at most once per tick and operation, and only while it runs", async () => {
    await using test = createTestProgress();
    const seen: (number | undefined)[] = [];
    test.progress.subscribe(({ operation }) => seen.push(operation.current), { events: ["updated"] });
    const op = test.progress.start("job", { total: 100 });
    for (let n = 0; n < 10; n++) op.increment();
    await test.advance("100ms");
    await test.advance("300ms");
    op.increment();
    await test.advance("100ms");
    op.increment();
    op.pause();
    await test.advance("100ms");
    expect(seen).toEqual([10, 11]);
  });

  it("are not even made when nobody wants them, and ticks are followed only for updated", () => {
    const connected: string[] = [];
    const subscribers = new Subscribers(new Diagnostics({ warn() {} }), 10, "verbose", () => {
      connected.push("connect");
      return () => connected.push("disconnect");
    });
    const off = subscribers.add(() => {}, { events: ["stalled"] });
    expect(connected).toEqual([]);
    const both = [subscribers.add(() => {}, {}), subscribers.add(() => {}, { events: ["updated"] })];
    for (const remove of [off, ...both]) remove();
    expect(connected).toEqual(["connect", "disconnect"]);
  });

  it("beyond 10,000 in one turn are dropped and counted", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    for (let n = 0; n < 5_001; n++) {
      op.pause();
      op.resume();
    }
    await test.advance(0);
    expect([test.events.length, losses(test)["events_dropped"]]).toEqual([10_000, 3]);
  }, 30_000);
});

describe("a subscription", () => {
  it("may choose events", async () => {
    await using test = createTestProgress();
    const seen: EventName[] = [];
    test.progress.subscribe(({ event }) => seen.push(event), { events: ["completed", "started"] });
    test.progress.operation("job", (op) => op.requestCancel());
    await test.advance(0);
    expect(seen).toEqual(["started", "completed"]);
  });

  it("of events that do not exist is refused at set-up", () => {
    const { progress } = createTestProgress();
    const subscribe = (events: unknown) => () => progress.subscribe(() => {}, { events: events as ["failed"] });
    const message = "events: expected a list of some of started, updated, stage, completed, failed, cancelRequested, ";
    for (const [events, received] of [
      [["failed", "finished"], '"finished"'],
      ["failed", '"failed"'],
      [null, "null"],
    ])
      expect(subscribe(events)).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION", message: expect.stringContaining(message), received }),
      );
    expect(subscribe([])).not.toThrow();
  });

  it("may filter by the operation, as it was at that moment", async () => {
    await using test = createTestProgress();
    const seen: string[] = [];
    const filter: Filter = { type: "a", status: ["running"] };
    test.progress.subscribe(({ event, operation }) => seen.push(`${event} ${operation.type}`), { filter });
    for (const type of ["a", "b"]) test.progress.operation(type, (op) => op.level("part", () => {}));
    await test.advance(0);
    expect(seen).toEqual(["started a", "started a", "completed a"]);
  });

  it("ends when it is told to, once and twice", async () => {
    await using test = createTestProgress();
    const listener = vi.fn();
    const off = test.progress.subscribe(listener);
    test.progress.operation("job", () => {});
    off();
    off();
    await test.advance(0);
    test.progress.operation("job", () => {});
    await test.advance(0);
    expect(listener).not.toHaveBeenCalled();
  });

  it("ends with its signal, and one that is aborted already never begins", async () => {
    await using test = createTestProgress();
    const [listener, never] = [vi.fn(), vi.fn()];
    const controller = new AbortController();
    test.progress.subscribe(listener, { signal: controller.signal });
    test.progress.start("job");
    await test.advance(0);
    controller.abort();
    test.progress.subscribe(never, { signal: controller.signal })();
    test.progress.start("job");
    await test.advance(0);
    expect([listener.mock.calls.length, never.mock.calls.length]).toEqual([1, 0]);
  });

  it("that ends by hand no longer listens to its signal", async () => {
    await using test = createTestProgress();
    const { signal } = new AbortController();
    const [add, remove] = [vi.spyOn(signal, "addEventListener"), vi.spyOn(signal, "removeEventListener")];
    test.progress.subscribe(() => {}, { signal })();
    expect(remove.mock.calls[0]!.slice(0, 2)).toEqual(add.mock.calls[0]!.slice(0, 2));
  });

  it("beyond the limit is refused, counted and said", async () => {
    const warn = vi.fn();
    diag.setLogger({ warn, error() {}, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
    await using test = createTestProgress({ limits: { subscribers: 2 } });
    const [second, third] = [vi.fn(), vi.fn()];
    const off = test.progress.subscribe(second);
    test.progress.subscribe(third)();
    test.progress.start("job");
    await test.advance(0);
    expect([second.mock.calls.length, third.mock.calls.length, losses(test)]).toEqual([
      1,
      0,
      { subscribers_refused: 1 },
    ]);
    expect(warn.mock.calls.at(-1)![0]).toBe(
      "otel-progress: there are 2 listeners and watchers (the limit); a further one is refused",
    );
    off();
    test.progress.subscribe(third);
    test.progress.start("job");
    await test.advance(0);
    expect(third).toHaveBeenCalledTimes(1);
  });
});

describe("a listener that fails", () => {
  it("disturbs neither the work nor other listeners, is counted, and dropped after three errors in a row", async () => {
    await using test = createTestProgress();
    const failing = vi.fn(() => {
      throw new Error("x");
    });
    const other = vi.fn();
    test.progress.subscribe(failing);
    test.progress.subscribe(other);
    for (let n = 0; n < 3; n++) expect(test.progress.operation("job", () => n)).toBe(n);
    await test.advance(0);
    expect([failing.mock.calls.length, other.mock.calls.length, losses(test)]).toEqual([3, 6, { callbacks_failed: 3 }]);
  });

  it("is kept when it succeeds in between", async () => {
    await using test = createTestProgress();
    let calls = 0;
    test.progress.subscribe(() => {
      if (++calls % 3 !== 0) throw new Error("x");
    });
    for (let n = 0; n < 6; n++) test.progress.operation("job", () => {});
    await test.advance(0);
    expect([calls, losses(test)]).toEqual([12, { callbacks_failed: 8 }]);
  });

  it.each(["together", "one by one"])("asynchronously is dropped too, when its events come %s", async (how) => {
    await using test = createTestProgress();
    const failing = vi.fn(async () => {
      throw new Error("x");
    });
    test.progress.subscribe(failing, { events: ["started"] });
    for (let n = 0; n < 3; n++) {
      test.progress.start("job");
      if (how === "one by one") await test.advance(0);
    }
    await test.advance(0);
    test.progress.start("job");
    await test.advance(0);
    expect([failing.mock.calls.length, losses(test)]).toEqual([3, { callbacks_failed: 3 }]);
  });

  it("asynchronously is kept when it succeeds in between", async () => {
    await using test = createTestProgress();
    let calls = 0;
    test.progress.subscribe(
      async () => {
        if (++calls % 3 !== 0) throw new Error("x");
      },
      { events: ["started"] },
    );
    for (let n = 0; n < 9; n++) {
      test.progress.start("job");
      await test.advance(0);
    }
    expect(calls).toBe(9);
  });

  it("because its filter cannot be read is counted and dropped as well", async () => {
    await using test = createTestProgress();
    const listener = vi.fn();
    test.progress.subscribe(listener, { filter: { text: 5 as unknown as string } });
    for (let n = 0; n < 4; n++) test.progress.start("job");
    await test.advance(0);
    expect([listener.mock.calls.length, losses(test)]).toEqual([0, { callbacks_failed: 3 }]);
  });

  it("once dropped, no longer listens to its signal", async () => {
    await using test = createTestProgress();
    const { signal } = new AbortController();
    const remove = vi.spyOn(signal, "removeEventListener");
    test.progress.subscribe(
      () => {
        throw new Error("x");
      },
      { signal },
    );
    for (let n = 0; n < 3; n++) test.progress.start("job");
    await test.advance(0);
    expect(remove).toHaveBeenCalledTimes(1);
  });
});

it("events of levels carry the operation without its levels, and are not made for listeners whose filter does not match", async () => {
  await using test = createTestProgress();
  const seen: unknown[] = [];
  test.progress.subscribe(({ operation, level }) => seen.push([operation.id, operation.levels.length, level?.id]), {
    events: ["started"],
    filter: { type: "job" },
  });
  test.progress.operation("job", { id: "a" }, (op) => op.startLevel("part", { id: "p" }));
  test.progress.operation("other", { id: "b" }, (op) => op.startLevel("part"));
  await test.advance(0);
  expect(seen).toEqual([
    ["a", 0, undefined],
    ["a", 0, "p"],
  ]);
});

it("options that are missing are none", async () => {
  await using test = createTestProgress();
  const seen: string[] = [];
  test.progress.subscribe(({ event }) => void seen.push(event), null as never);
  test.progress.start("job");
  await test.advance(0);
  expect(seen).toEqual(["started"]);
});

it("what is no listener is refused at once", async () => {
  await using test = createTestProgress({ strict: false });
  expect(() => test.progress.subscribe("x" as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  expect(() => test.progress.addExporter(null as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
});
