import { beforeEach, describe, expect, it } from "vitest";
import { ageOf, LINGER_MILLIS, Store } from "../../../../src/query/web/client/store.js";
import { NOON_MILLIS, noonPlus, operation } from "./operations.js";

let store: Store;
beforeEach(() => {
  store = new Store();
});
const ids = () => [...store.held.keys()];
const replace = (seconds: number, ...operations: ReturnType<typeof operation>[]) =>
  store.replace({ time: noonPlus(seconds), operations }, seconds * 1000);
const update = (seconds: number, changed: ReturnType<typeof operation>[], removed: string[] = []) =>
  store.update({ time: NOON_MILLIS + seconds * 1000, changed, removed, missed: 0 }, seconds * 1000);

describe("a store", () => {
  it("has what the frames say, with the time they came", () => {
    replace(10, operation("a"));
    update(11, [operation("b"), operation("a", { current: 1 })]);
    expect(ids()).toEqual(["a", "b"]);
    expect(store.held.get("a")).toEqual({
      snapshot: operation("a", { current: 1 }),
      arrived: NOON_MILLIS + 11_000,
      at: 11_000,
    });
    expect(store.serverTime(12_000)).toBe(NOON_MILLIS + 12_000);
    expect(ageOf(store.held.get("a")!, 13_500)).toBe(2.5);
  });

  it("keeps what left the stream for a moment, until it is swept", () => {
    replace(10, operation("a"), operation("b"));
    update(11, [], ["a", "stranger"]);
    expect([store.unsettled, store.held.get("a")!.leftAt]).toEqual([true, 11_000]);
    expect(store.sweep(11_000 + LINGER_MILLIS - 1)).toBe(false);
    expect(store.sweep(11_000 + LINGER_MILLIS)).toBe(true);
    expect(ids()).toEqual(["b"]);
  });

  it("counts what is not in a new whole state as gone", () => {
    replace(10, operation("a"), operation("b"));
    replace(20, operation("b"));
    expect([store.held.get("a")!.leftAt, store.held.get("b")!.leftAt]).toEqual([20_000, undefined]);
    update(21, [operation("a")]);
    expect(store.held.get("a")!.leftAt).toBe(undefined);
  });

  it("learns how it ended what left, and nothing else", () => {
    replace(10, operation("a"), operation("b"));
    update(11, [], ["a"]);
    const ended = (id: string, given = {}) => operation(id, { status: "completed", endedAt: noonPlus(11), ...given });
    store.settle([ended("a", { startedAt: noonPlus(-5) }), ended("b"), ended("c")], 12_000);
    expect([...store.held.values()].map(({ snapshot }) => snapshot.status)).toEqual(["running", "running"]);
    store.settle([ended("a")], 12_000);
    store.settle([operation("a", { status: "failed" })], 12_000);
    expect([store.held.get("a")!.snapshot.status, store.held.get("a")!.leftAt]).toEqual(["completed", 11_000]);
    expect(store.unsettled).toBe(false);
  });
});

describe("what is told", () => {
  const stalled = { stalled: { seconds: 1, waitingOn: [] } };
  const told = () => store.takeHappenings().map(({ tone, name }) => `${tone} ${name}`);

  it("is trouble and ends, each once", () => {
    replace(10, operation("a"), operation("b"));
    update(11, [operation("a", stalled)]);
    update(12, [operation("a", stalled), operation("b", { status: "lost", lastSeenAt: noonPlus(1) })]);
    expect(told()).toEqual(["stalled a", "lost b"]);
    update(13, [operation("a")], []);
    update(14, [operation("a", stalled)], ["a"]);
    store.settle([operation("a", { status: "failed" })], 15_000);
    expect(told()).toEqual(["stalled a", "failed a"]);
    expect(told()).toEqual([]);
  });

  it("is not what was so when the page was opened", () => {
    replace(10, operation("a", stalled));
    expect(told()).toEqual([]);
  });
});
