import { describe, expect, it } from "vitest";
import { aged, readIdle } from "../../src/redis/aging.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

function started(): TestProgress & { op: ReturnType<TestProgress["progress"]["start"]> } {
  const test = createTestProgress();
  const op = test.progress.start("job", { id: "a", total: 10, stallTimeout: "5s" });
  op.startLevel("part", { id: "open" }).startLevel("part", { id: "inner" });
  op.startLevel("part", { id: "done" }).complete();
  op.increment();
  test.clock.advance(1_000);
  return { ...test, op };
}

describe("an operation that runs", () => {
  it("has run for longer, and so has what is open in it; what has ended has not", () => {
    const { op } = started();
    const written = op.snapshot();
    const later = aged(written, 2.5);
    expect(later.elapsedSeconds).toBe(written.elapsedSeconds + 2.5);
    const [open, done] = later.levels;
    expect([open!.elapsedSeconds, open!.levels[0]!.elapsedSeconds]).toEqual([3.5, 3.5]);
    expect(done).toBe(written.levels[1]);
    expect(Object.isFrozen(later)).toBe(true);
    expect(written.elapsedSeconds).toBe(1);
  });

  it("is stalled when it has not moved for as long as it may not, without a guess of what is left", () => {
    const { op } = started();
    const written = op.snapshot();
    expect(written).toMatchObject({ rate: expect.any(Number) });
    expect(aged(written, 4, [0.9, 5])).not.toHaveProperty("stalled");
    const stalled = aged(written, 4.5, [0.9, 5]);
    expect(stalled).toMatchObject({ status: "running", stalled: { seconds: 5.4, waitingOn: [] }, elapsedSeconds: 5.5 });
    for (const name of ["rate", "eta"]) expect(stalled).not.toHaveProperty(name);
  });

  it("and is stalled, has been so for longer, and waits for longer", () => {
    const { op } = started();
    const stalled = {
      ...op.snapshot(),
      status: "running" as const,
      stalled: { seconds: 6, waitingOn: [{ name: "GET", elapsedSeconds: 5, attributes: {} }] },
    };
    expect(aged(stalled, 10, [6, 5])).toMatchObject({
      stalled: { seconds: 16, waitingOn: [{ name: "GET", elapsedSeconds: 15 }] },
    });
  });
});

it("nothing changes without time, or with time that goes back", () => {
  const written = started().op.snapshot();
  for (const seconds of [0, -1, Number.NaN]) expect(aged(written, seconds, [9, 5])).toBe(written);
});

it("what is paused or has ended stands still, with all that is in it", () => {
  const { op } = started();
  op.pause();
  const paused = op.snapshot();
  expect(aged(paused, 60, [1, 5])).toBe(paused);
  op.resume();
  op.complete();
  const ended = op.snapshot();
  expect(aged(ended, 60)).toBe(ended);
});

it.each([undefined, null, 3, [1], [1, "2"], [1, 2, 3], { 0: 1, 1: 2 }])("is not told when to stall by %j", (value) => {
  expect(readIdle(value)).toBe(undefined);
  expect(readIdle([1, 2])).toEqual([1, 2]);
});
