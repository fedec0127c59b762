import { expect, it } from "vitest";
import { Handle } from "../../src/instrumentation/handle.js";
import { StrictHandle } from "../../src/instrumentation/strict-handle.js";
import { createTestProgress } from "../../src/testing.js";

it("strict mode hands out the checking class, other instances the fast one", async () => {
  await using strict = createTestProgress();
  await using fast = createTestProgress({ strict: false });
  const [checked, plain] = [strict.progress.start("job"), fast.progress.start("job")];
  expect([checked instanceof StrictHandle, plain instanceof StrictHandle]).toEqual([true, false]);
  expect(plain).toBeInstanceOf(Handle);
  expect(checked.startLevel("part")).toBeInstanceOf(StrictHandle);
});

it("counts while it runs, by one or by n", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("job");
  op.increment();
  op.increment(4);
  expect(op.snapshot().current).toBe(5);
});

it("throws at once when it is incremented after its end", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("job");
  op.complete();
  expect(() => op.increment()).toThrow(
    expect.objectContaining({ name: "ProgressError", code: "ENDED", message: "increment on job, which is completed" }),
  );
  expect(test.misuse()).toEqual(["ENDED"]);
});

it("does not throw for a level that its parent closed: it cannot know", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("job");
  const level = op.startLevel("part");
  op.complete();
  level.increment(3);
  expect([test.misuse(), test.progress.live.stats().losses]).toEqual([[], { late_updates: 1 }]);
});

it("the fast handle counts late increments at the next tick, and says so once", async () => {
  await using test = createTestProgress({ strict: false });
  const op = test.progress.start("job");
  test.progress.start("other");
  op.complete();
  op.increment();
  op.increment(2);
  expect(test.progress.live.stats().losses).toEqual({});
  await test.advance("100ms");
  expect(test.progress.live.stats().losses).toEqual({ late_updates: 3 });
  expect(test.misuse()).toEqual([]);
});
