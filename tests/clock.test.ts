import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { afterThisTurn, atMost, nextTurn, systemClock } from "../src/clock.js";
import { ManualClock } from "../src/testing.js";

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2026, 0, 1) });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("systemClock", () => {
  it("reads monotonic and wall milliseconds", () => {
    const [before, epoch] = [systemClock.monotonicMillis(), systemClock.epochMillis()];
    vi.advanceTimersByTime(250);
    expect([systemClock.monotonicMillis() - before, systemClock.epochMillis() - epoch]).toEqual([250, 250]);
    expect(epoch).toBe(Date.UTC(2026, 0, 1));
  });

  it("calls every interval until it is stopped", () => {
    let calls = 0;
    const stop = systemClock.every(100, () => calls++);
    vi.advanceTimersByTime(350);
    stop();
    vi.advanceTimersByTime(1_000);
    expect(calls).toBe(3);
  });

  it("does not keep the process alive", () => {
    vi.useRealTimers();
    const before = process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;
    const stop = systemClock.every(60_000, () => {});
    expect(process.getActiveResourcesInfo().filter((name) => name === "Timeout")).toHaveLength(before);
    stop();
  });

  it("works with timers that are plain numbers, as in a browser", () => {
    const cleared: unknown[] = [];
    vi.stubGlobal("setInterval", () => 7);
    vi.stubGlobal("clearInterval", (timer: unknown) => cleared.push(timer));
    systemClock.every(100, () => {})();
    vi.unstubAllGlobals();
    expect(cleared).toEqual([7]);
  });
});

it("nextTurn lets what waits already go first", async () => {
  const seen: string[] = [];
  setTimeout(() => seen.push("waited"), 0);
  const turn = nextTurn().then(() => seen.push("next"));
  await Promise.resolve();
  expect(seen).toEqual([]);
  await vi.advanceTimersByTimeAsync(1);
  await turn;
  expect(seen).toEqual(["waited", "next"]);
});

describe("afterThisTurn", () => {
  it("runs once the event loop turned, and keeps the process alive only when it is to be held", async () => {
    vi.useRealTimers();
    const immediates = () => process.getActiveResourcesInfo().filter((name) => name === "Immediate").length;
    const seen: string[] = [];
    const before = immediates();
    afterThisTurn(() => seen.push("release"), "release");
    const released = immediates() - before;
    afterThisTurn(() => seen.push("hold"), "hold");
    const held = immediates() - before;
    seen.push("this turn");
    await new Promise((resolve) => setImmediate(resolve));
    expect([seen, released, held]).toEqual([["this turn", "release", "hold"], 0, 1]);
  });
});

describe("atMost", () => {
  it("gives what the work gave, and leaves no timer behind", async () => {
    expect(await atMost(5_000, Promise.resolve("done"))).toBe("done");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("gives undefined when the time is up first", async () => {
    const waiting = atMost(5_000, new Promise(() => {}));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(await waiting).toBeUndefined();
  });

  it("rejects as the work rejects, and leaves no timer behind", async () => {
    await expect(atMost(5_000, Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(vi.getTimerCount()).toBe(0);
  });
});

it("a manual clock never goes back, also when a timer blocks for longer than it was advanced", () => {
  const clock = new ManualClock();
  clock.every(100, () => clock.block(1_000));
  clock.advance(150);
  expect(clock.monotonicMillis()).toBe(1_000 + 100 + 1_000);
});
