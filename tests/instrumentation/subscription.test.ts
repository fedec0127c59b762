import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import type { Granularity } from "../../src/granularity.js";
import { defineOperation } from "../../src/instrumentation/definition.js";
import { type SubscribeOptions, Subscription } from "../../src/instrumentation/subscription.js";
import type { EventName, ProgressEvent } from "../../src/model.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress({ strict: false });
});
afterEach(() => test.progress.shutdown());
const losses = () => test.progress.live.stats().losses;

/** A listener that is busy with one event until it is told to go on. */
function busy(options: SubscribeOptions<EventName> = {}) {
  const heard: string[] = [];
  const open: { resolve(): void; reject(error: unknown): void }[] = [];
  const listener = (event: ProgressEvent) => {
    const { operation } = event;
    const missed = "missed" in event ? ` missed ${event.missed}` : "";
    heard.push(`${operation.id} ${event.event} ${operation.current ?? ""}${missed}`);
    return new Promise<void>((resolve, reject) => open.push({ resolve, reject }));
  };
  const remove = test.progress.subscribe(listener, options);
  const settled = () => test.advance(0);
  return {
    heard,
    remove,
    async next() {
      open.shift()!.resolve();
      await settled();
    },
    async fails() {
      open.shift()!.reject(new Error("x"));
      await settled();
    },
    /** Everything that waits for it. */
    async rest() {
      while (open.length > 0) await this.next();
      return heard.splice(0);
    },
  };
}

describe("a listener that is busy", () => {
  it("is told nothing until it is ready, then what happened meanwhile, in order", async () => {
    const listener = busy();
    const op = test.progress.start("job", { id: "a" });
    await test.advance(0);
    op.pause();
    op.resume();
    op.requestCancel();
    op.cancel();
    await test.advance(0);
    expect(listener.heard).toEqual(["a started "]);
    await listener.next();
    expect(listener.heard).toEqual(["a started ", "a paused "]);
    expect(await listener.rest()).toEqual([
      "a started ",
      "a paused ",
      "a resumed ",
      "a cancelRequested ",
      "a cancelled ",
    ]);
  });

  it("of updates hears the latest of each operation, and how many it missed", async () => {
    const listener = busy({ events: ["updated", "completed"] });
    const [a, b] = [test.progress.start("job", { id: "a" }), test.progress.start("job", { id: "b" })];
    for (let n = 0; n < 5; n++) {
      a.increment();
      if (n < 2) b.increment();
      await test.advance("100ms");
    }
    expect(await listener.rest()).toEqual(["a updated 1", "b updated 2 missed 1", "a updated 5 missed 3"]);
    a.increment();
    await test.advance("100ms");
    a.complete();
    expect(await listener.rest()).toEqual(["a updated 6", "a completed 6"]);
  });

  it("misses no count of what it missed while it stays behind", async () => {
    const listener = busy({ events: ["updated"] });
    const ops = ["a", "b", "c"].map((id) => test.progress.start("job", { id }));
    const all = async () => {
      for (const op of ops) op.increment();
      await test.advance("100ms");
    };
    for (let n = 0; n < 3; n++) await all();
    await listener.next();
    for (let n = 0; n < 3; n++) await all();
    await listener.next();
    for (let n = 0; n < 3; n++) await all();
    const heard = await listener.rest();
    const missed = heard.reduce((sum, line) => sum + Number(/missed (\d+)/.exec(line)?.[1] ?? 0), 0);
    expect([heard.length + missed, heard.slice(-3).map((line) => line.slice(0, 11))]).toEqual([
      27,
      ["a updated 9", "b updated 9", "c updated 9"],
    ]);
  });

  it("never hears of a later state before an earlier one", async () => {
    const listener = busy();
    const op = test.progress.start("job", { id: "a" });
    const count = async () => {
      op.increment();
      await test.advance("100ms");
    };
    await count();
    await count();
    op.pause();
    op.resume();
    await count();
    await count();
    expect(await listener.rest()).toEqual(["a started ", "a paused 2", "a resumed 2", "a updated 4 missed 3"]);
  });

  it("is not told of a new run under an id before the end of the old one", async () => {
    const listener = busy();
    for (const items of [1, 2]) {
      const op = test.progress.start("job", { id: "a" });
      op.increment(items);
      await test.advance("100ms");
      op.complete();
    }
    expect(await listener.rest()).toEqual([
      "a started ",
      "a completed 1",
      "a started ",
      "a updated 2 missed 1",
      "a completed 2",
    ]);
  });

  it("holds back no other listener", async () => {
    const [slow, quick] = [busy({ events: ["started"] }), vi.fn()];
    test.progress.subscribe(quick, { events: ["started"] });
    for (let n = 0; n < 3; n++) test.progress.start("job");
    await test.advance(0);
    expect([slow.heard.length, quick.mock.calls.length]).toEqual([1, 3]);
  });

  it("keeps at most 10,000 waiting; what comes then is dropped and counted", async () => {
    const listener = busy({ events: ["paused"] });
    const op = test.progress.start("job", { id: "a" });
    const pauses = async (times: number) => {
      for (let n = 0; n < times; n++) {
        op.pause(String(n));
        op.resume();
      }
      await test.advance(0);
    };
    await pauses(1);
    for (let n = 0; n < 5; n++) await pauses(2_000);
    expect(losses()).toEqual({});
    await pauses(2);
    expect(losses()).toEqual({ events_dropped: 2 });
    expect((await listener.rest()).length).toBe(10_001);
    await pauses(1);
    expect((await listener.rest()).length).toBe(1);
  }, 60_000);

  it("with all places taken still gets the latest update of what waits already", async () => {
    const listener = busy({ events: ["updated", "paused"] });
    const [a, b] = ["a", "b"].map((id) => test.progress.start("job", { id }));
    await test.advance("100ms");
    a!.increment();
    await test.advance("100ms");
    for (let n = 0; n < 9_998; n++) {
      b!.pause();
      b!.resume();
      if (n % 2_000 === 0) await test.advance(0);
    }
    a!.increment();
    b!.increment();
    await test.advance("100ms");
    expect(losses()).toEqual({});
    test.progress.start("job", { id: "c" });
    await test.advance("100ms");
    expect(losses()).toEqual({ events_dropped: 1 });
    const heard = await listener.rest();
    expect([heard.length, heard[0], ...heard.slice(-2)]).toEqual([
      10_001,
      "a updated ",
      "a updated 2 missed 1",
      "b updated 1 missed 1",
    ]);
  }, 60_000);

  it("is told nothing any more once it is removed, whatever waited", async () => {
    const listener = busy();
    test.progress.start("job");
    test.progress.start("job");
    await test.advance(0);
    listener.remove();
    test.progress.start("job");
    await listener.next();
    expect(listener.heard).toEqual(["1 started "]);
  });

  it("removed by itself in the middle of what waited hears no more of it", async () => {
    const heard: string[] = [];
    const go: (() => void)[] = [];
    const remove = test.progress.subscribe(({ operation }) => {
      heard.push(operation.id);
      if (heard.length === 2) remove();
      return heard.length === 1 ? new Promise<void>((resolve) => go.push(resolve)) : undefined;
    });
    for (let n = 0; n < 4; n++) test.progress.start("job");
    await test.advance(0);
    go[0]!();
    await test.advance(0);
    expect(heard).toEqual(["1", "2"]);
  });

  it("may be a plain listener for what follows: the rest comes at once", async () => {
    const heard: string[] = [];
    let go = () => {};
    test.progress.subscribe(({ operation }) => {
      heard.push(operation.id);
      return heard.length > 1 ? undefined : new Promise<void>((resolve) => (go = resolve));
    });
    for (let n = 0; n < 3; n++) test.progress.start("job");
    await test.advance(0);
    expect(heard).toEqual(["1"]);
    go();
    await test.advance(0);
    expect(heard).toEqual(["1", "2", "3"]);
  });

  it("is one whose promise is of another making, too", async () => {
    const heard: string[] = [];
    let go = () => {};
    const listener = ({ operation }: ProgressEvent) => {
      heard.push(operation.id);
      // biome-ignore lint/suspicious/noThenProperty: it is the point
      return { then: (resolve: () => void) => (go = resolve) };
    };
    test.progress.subscribe(listener);
    for (let n = 0; n < 3; n++) test.progress.start("job");
    await test.advance(0);
    expect(heard).toEqual(["1"]);
    go();
    await test.advance(0);
    expect(heard).toEqual(["1", "2"]);
  });

  it("that fails three times in a row is dropped, with what waited", async () => {
    const listener = busy({ events: ["started"] });
    for (let n = 0; n < 6; n++) test.progress.start("job");
    await test.advance(0);
    await listener.fails();
    await listener.fails();
    await listener.next();
    for (let n = 0; n < 2; n++) await listener.fails();
    expect([listener.heard.length, losses()]).toEqual([6, { callbacks_failed: 4 }]);
    await listener.fails();
    test.progress.start("job");
    await test.advance(0);
    expect([listener.heard.length, losses()]).toEqual([6, { callbacks_failed: 5 }]);
  });
});

describe("the granularity of a listener", () => {
  const clip = defineOperation("clip", { stages: { load: 1, render: 1 } });
  const events = async (instance: Granularity, own?: Granularity) => {
    await using of = createTestProgress({ granularity: instance });
    const heard = new Set<string>();
    of.progress.subscribe(({ event, level }) => heard.add(level === undefined ? event : `level ${event}`), {
      granularity: own,
    });
    const op = of.progress.start(clip);
    op.enterStage("load");
    op.increment();
    await of.advance("100ms");
    op.complete();
    await of.advance(0);
    return [...heard];
  };
  const BASIC = ["started", "completed"];
  const STANDARD = ["started", "updated", "completed"];
  const DETAILED = ["started", "stage", "updated", "completed"];
  const VERBOSE = ["started", "level started", "stage", "updated", "completed", "level cancelled"];

  it.each([
    ["basic", BASIC],
    ["standard", STANDARD],
    ["detailed", DETAILED],
    ["verbose", VERBOSE],
  ] as const)("%s is that of the instance, or what it asks for itself", async (granularity, expected) => {
    expect((await events(granularity)).sort()).toEqual([...expected].sort());
    expect((await events("verbose", granularity)).sort()).toEqual([...expected].sort());
  });

  it("narrows that of the instance and never widens it", async () => {
    expect((await events("standard", "verbose")).sort()).toEqual([...STANDARD].sort());
    expect((await events("detailed", "basic")).sort()).toEqual([...BASIC].sort());
  });

  it.each(["fine", "", null, 1, "Basic"])("%j is refused at once, and takes no place", async (granularity) => {
    await using one = createTestProgress({ limits: { subscribers: 2 } });
    const subscribe = () => one.progress.subscribe(() => {}, { granularity: granularity as never });
    expect(subscribe).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    one.progress.subscribe(() => {});
    expect(one.progress.live.stats().losses).toEqual({});
  });

  it("and the events it asks for must both let an event through", () => {
    const diagnostics = new Diagnostics({ warn() {} });
    const wants = (granularity: Granularity, events?: EventName[]) => {
      const subscription = new Subscription(vi.fn(), { events }, granularity, diagnostics, () => {});
      return [subscription.wants("updated", false), subscription.wants("paused", true)];
    };
    expect(wants("verbose")).toEqual([true, true]);
    expect(wants("verbose", ["paused"])).toEqual([false, true]);
    expect(wants("standard", ["updated", "paused"])).toEqual([true, false]);
    expect(wants("basic", ["updated", "paused"])).toEqual([false, false]);
  });
});

describe("a subscription", () => {
  const event = (id: string) =>
    ({ event: "started", time: "", operation: { id, status: "running", startedAt: "", updatedAt: "" } }) as never;

  it("whose filter cannot be read lets everything come to the listener, where it fails and is counted", () => {
    const diagnostics = new Diagnostics({ warn() {} });
    const [listener, removed] = [vi.fn(), vi.fn()];
    const options = { filter: { text: 5 as never } };
    const subscription = new Subscription(listener, options, "verbose", diagnostics, removed);
    expect(subscription.passes({} as never)).toBe(true);
    for (let n = 0; n < 3; n++) subscription.tell(event("a"));
    expect([listener.mock.calls.length, removed.mock.calls.length, diagnostics.losses()]).toEqual([
      0,
      1,
      { callbacks_failed: 3 },
    ]);
  });

  it("that is over calls its listener for nothing more", () => {
    const listener = vi.fn();
    const subscription = new Subscription(listener, {}, "verbose", new Diagnostics({ warn() {} }), () => {});
    subscription.tell(event("a"));
    subscription.remove();
    subscription.tell(event("b"));
    expect(listener).toHaveBeenCalledTimes(1);
  });
});
