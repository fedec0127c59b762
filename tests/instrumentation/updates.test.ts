import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Update } from "../../src/instrumentation/handles.js";
import type { TotalKind } from "../../src/model.js";
import { createTestProgress, startTestTelemetry } from "../../src/testing.js";

/** Past the types, as from plain JavaScript. */
const any = (value: unknown) => value as Update;
const BAD_COUNTS = [Number.NaN, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 2 ** 53, "5", null, {}];

describe("update", () => {
  it("sets current, total, message and attributes together", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { attributes: { a: 1 } });
    op.update({ current: 3, total: 10, totalKind: "estimate", message: "pass 1", attributes: { b: 2 } });
    expect(op.snapshot()).toMatchObject({
      current: 3,
      total: 10,
      totalKind: "estimate",
      percentage: 30,
      message: "pass 1",
      attributes: { a: 1, b: 2 },
    });
    op.update({ increment: 2 });
    op.update({});
    expect(op.snapshot().current).toBe(5);
  });

  it("current may go back: the raw number falls, the percentage shown holds and says revised", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 10 });
    op.update({ current: 8 });
    expect(op.snapshot()).toMatchObject({ current: 8, percentage: 80 });
    op.update({ current: 2 });
    expect(op.snapshot()).toMatchObject({ current: 2, percentage: 80, revised: true });
  });

  it("a total below current is raised to it and flagged, not refused", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 10 });
    op.update({ current: 8, total: 5 });
    expect(op.snapshot()).toMatchObject({ current: 8, total: 8, overrun: true, percentage: 99.9 });
  });

  it("percentage and remaining seconds known by the work itself are shown as they are", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.update({ percentage: 40, etaSeconds: 30 });
    await test.advance("10s");
    expect(op.snapshot()).toMatchObject({
      percentage: 40,
      eta: { seconds: 20, low: 20, high: 20, basis: "reported" },
    });
    op.update({ percentage: 60 });
    expect(op.snapshot().percentage).toBe(60);
    expect(op.snapshot().eta?.basis).not.toBe("reported");
  });

  it("a count after a percentage counts again", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 10 });
    op.update({ percentage: 20 });
    op.update({ current: 5 });
    expect(op.snapshot().percentage).toBe(50);
  });

  it.each([
    [{ current: Number.NaN }, "update: current"],
    [{ current: -1 }, "update: current"],
    [{ current: Number.POSITIVE_INFINITY }, "update: current"],
    [{ increment: -1 }, "increment"],
    [{ increment: Number.NaN }, "increment"],
    [{ increment: 2 ** 53 }, "increment"],
    [{ percentage: -1 }, "update: percentage"],
    [{ percentage: 101 }, "update: percentage"],
    [{ percentage: Number.NaN }, "update: percentage"],
    [{ percentage: 5, etaSeconds: -1 }, "update: etaSeconds"],
    [{ total: -1 }, "setTotal"],
    [{ total: 2 ** 53 }, "setTotal"],
  ])("%j is misuse and changes nothing", async (update, what) => {
    await using lax = createTestProgress({ strict: false });
    await using strict = createTestProgress();
    const [op, checked] = [lax, strict].map(({ progress }) => progress.start("job", { total: 10 }));
    const before = op!.snapshot();
    op!.update(any(update));
    expect([op!.snapshot(), lax.misuse()]).toEqual([before, ["INVALID_NUMBER"]]);
    expect(lax.progress.live.stats().losses).toEqual({ misuse: 1 });
    expect(() => checked!.update(any(update))).toThrow(
      expect.objectContaining({
        code: "INVALID_NUMBER",
        message: expect.stringMatching(`^${what}: expected a number from 0 to`),
      }),
    );
  });

  it("any sequence of updates, good or bad, leaves numbers that are counts, and throws nothing", async () => {
    const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(...(BAD_COUNTS as number[])));
    const step = fc.record(
      { current: number, increment: number, percentage: number, total: number, message: fc.string() },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 8 }), async (steps) => {
        await using test = createTestProgress({ strict: false });
        const op = test.progress.start("job");
        let shown = 0;
        for (const update of steps) {
          op.update(any(update));
          const { current = 0, total = 0, percentage = shown } = op.snapshot();
          expect(current).toBeGreaterThanOrEqual(0);
          expect(total).toBeGreaterThanOrEqual(0);
          expect(percentage).toBeGreaterThanOrEqual(shown);
          expect(percentage).toBeLessThanOrEqual(99.9);
          shown = percentage;
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it("that ends the operation, by noticing a timeout in a blocked loop, never lands in another's count", async () => {
    await using test = createTestProgress({ strict: false, timeout: "1s" });
    const op = test.progress.start("job", { id: "a" });
    test.clock.block(5_000);
    op.update({ current: 7 });
    expect(op.snapshot()).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
    const next = test.progress.start("job", { id: "b", timeout: "1h" });
    expect([next.snapshot().current, test.progress.live.stats().losses]).toEqual([undefined, { late_updates: 1 }]);
  });
});

it("items aside that end the operation in the same way are late, and counted nowhere else", async () => {
  await using test = createTestProgress({ strict: false, timeout: "1s" });
  const op = test.progress.start("job");
  test.clock.block(5_000);
  op.itemFailed(new Error("x"), 3);
  expect(op.snapshot()).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
  expect(op.snapshot()).not.toHaveProperty("failedItems");
  expect(test.progress.live.stats().losses).toEqual({ late_updates: 1 });
});

describe("setTotal", () => {
  it("sets, and makes unknown again", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.increment(5);
    op.setTotal(20, "atLeast");
    expect(op.snapshot()).toMatchObject({ total: 20, totalKind: "atLeast", percentage: 25 });
    op.setTotal(undefined);
    expect(op.snapshot()).not.toHaveProperty("total");
  });

  it("a kind alone leaves the total as it is, known or unknown", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.update({ totalKind: "estimate" });
    expect(op.snapshot()).toMatchObject({ totalKind: "estimate" });
    op.setTotal(5);
    op.update({ totalKind: "exact" });
    expect(op.snapshot()).toMatchObject({ total: 5, totalKind: "exact" });
  });

  it.each(BAD_COUNTS)("%s is misuse and changes nothing", async (total) => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job", { total: 5 });
    op.setTotal(total as number);
    expect([op.snapshot().total, test.misuse()]).toEqual([5, ["INVALID_NUMBER"]]);
  });

  it("a kind that does not exist is misuse and changes nothing", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job", { total: 5 });
    op.setTotal(6, "guess" as TotalKind);
    expect([op.snapshot().total, test.misuse()]).toEqual([5, ["INVALID_OPTION"]]);
  });
});

describe("items", () => {
  it("increment, itemFailed and itemSkipped all advance current; only increment feeds the rate", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { total: 100 });
    op.increment(10);
    op.itemFailed();
    op.itemFailed(new Error("bad row"), 4);
    op.itemSkipped();
    op.itemSkipped(24);
    await test.advance("1s");
    expect(op.snapshot()).toMatchObject({
      current: 40,
      percentage: 40,
      failedItems: 5,
      skippedItems: 25,
      message: "bad row",
    });
    op.complete();
    expect(op.snapshot()).toMatchObject({ rate: 10 });
  });

  it("a message or a name that is missing takes the one before away", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { name: "Nightly" });
    op.message("pass 1");
    op.update({ message: undefined, name: undefined });
    expect(op.snapshot()).toMatchObject({ message: "pass 1", name: "Nightly" });
    op.update({ message: null as never, name: "" });
    expect(op.snapshot()).toMatchObject({ name: "job" });
    expect(op.snapshot()).not.toHaveProperty("message");
  });

  it("the error of a failed item may be anything; the last one is the message", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.itemFailed("text");
    expect(op.snapshot().message).toBe("text");
    op.itemFailed({});
    expect(op.snapshot().message).toBe("[object Object]");
    op.itemFailed(
      Object.defineProperty(new Error("x"), "message", {
        get: () => {
          throw new Error("trapped");
        },
      }),
    );
    expect(op.snapshot()).toMatchObject({ failedItems: 3, current: 3 });
  });

  it.each(BAD_COUNTS)("%s items are misuse and count nothing", async (n) => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    op.itemFailed(undefined, n as number);
    op.itemSkipped(n as number);
    const { current, failedItems, skippedItems } = op.snapshot();
    expect([current, failedItems, skippedItems]).toEqual([undefined, undefined, undefined]);
    expect(test.misuse()).toEqual(["INVALID_NUMBER", "INVALID_NUMBER"]);
  });

  it("skipped items never count as done, also when a blocked loop is looked at in between", async () => {
    await using telemetry = await startTestTelemetry();
    await using test = createTestProgress();
    const op = test.progress.start("job");
    for (let n = 0; n < 5; n++) {
      op.increment();
      test.clock.block(150);
      op.itemSkipped(100);
      test.clock.block(150);
    }
    op.complete();
    const items = (await telemetry.metrics()).filter(({ name }) => name === "progress.items");
    expect(
      Object.fromEntries(items.map(({ attributes, value }) => [attributes["progress.item.status"], value])),
    ).toMatchObject({ done: 5, skipped: 500 });
  });
});

describe("messages, events and attributes", () => {
  it("a message of ten megabytes is clipped and counted; what is no text becomes one", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    op.message("x".repeat(10_000_000));
    expect(op.snapshot().message).toBe(`${"x".repeat(1_023)}…`);
    op.message(5 as unknown as string);
    expect([op.snapshot().message, test.progress.live.stats().losses]).toEqual(["5", { text_clipped: 1 }]);
  });

  it("attributes merge; 10,000 of them are cut to 64 and counted", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { attributes: { a: 1 } });
    op.setAttributes({ a: 2, b: [1, 2] });
    expect(op.snapshot().attributes).toEqual({ a: 2, b: [1, 2] });
    op.update({ attributes: Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`n${n}`, n])) });
    expect(Object.keys(op.snapshot().attributes)).toHaveLength(64);
    expect(test.progress.live.stats().losses).toEqual({ attributes_dropped: 9_938 });
  });

  it("the 33rd event of one's own is dropped and counted", async () => {
    await using telemetry = await startTestTelemetry();
    await using test = createTestProgress();
    const op = test.progress.start("job");
    for (let n = 0; n < 33; n++) op.event("beat", { n });
    op.complete();
    expect(telemetry.spans()[0]!.events.map(({ attributes }) => attributes?.["n"])).toEqual([...Array(32).keys()]);
    expect(test.progress.live.stats().losses).toEqual({ events_dropped: 1 });
  });

  it("a heartbeat is no progress", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const before = op.snapshot();
    op.heartbeat();
    expect(op.snapshot()).toEqual(before);
  });
});

type Late = ReturnType<ReturnType<typeof createTestProgress>["progress"]["start"]>;
it.each([
  ["update", (op: Late) => op.update({ current: 1 })],
  ["setTotal", (op: Late) => op.setTotal(1)],
  ["message", (op: Late) => op.message("x")],
  ["itemFailed", (op: Late) => op.itemFailed()],
  ["itemSkipped", (op: Late) => op.itemSkipped()],
  ["event", (op: Late) => op.event("x")],
  ["heartbeat", (op: Late) => op.heartbeat()],
  ["setAttributes", (op: Late) => op.setAttributes({ a: 1 })],
  ["pause", (op: Late) => op.pause()],
  ["resume", (op: Late) => op.resume()],
  ["newAttempt", (op: Late) => op.newAttempt()],
])("%s after your own end is misuse, and changes nothing", async (what, call) => {
  await using lax = createTestProgress({ strict: false });
  await using strict = createTestProgress();
  const [op, checked] = [lax, strict].map(({ progress }) => progress.start("job"));
  for (const ended of [op!, checked!]) ended.complete();
  const before = op!.snapshot();
  call(op!);
  expect([op!.snapshot(), lax.misuse(), lax.progress.live.stats().losses]).toEqual([before, ["ENDED"], { misuse: 1 }]);
  expect(() => call(checked!)).toThrow(`${what} on job, which is completed`);
});

it("refuses two ways of saying how far at once", async () => {
  await using test = createTestProgress({ strict: false });
  const op = test.progress.start("job", { total: 10 });
  op.update({ current: 3, increment: 1 } as never);
  expect([op.snapshot().current, test.misuse()]).toEqual([0, ["INVALID_OPTION"]]);
});

it.each([undefined, null, 5])("update(%s) is misuse, and nothing is thrown", async (given) => {
  await using test = createTestProgress({ strict: false });
  test.progress.start("job").update(given as never);
  expect(test.misuse()).toEqual(["INVALID_OPTION"]);
});

it.each<[string, (op: Late) => void]>([
  ["message", (op) => op.message("x")],
  ["setTotal", (op) => op.setTotal(5)],
  ["percentage", (op) => op.update({ percentage: 50 })],
  ["level", (op) => op.level("part", () => {})],
])("a blocked loop is noticed through %s too", async (_name, call) => {
  await using test = createTestProgress({ strict: false, timeout: "1s" });
  const op = test.progress.start("job");
  test.clock.block(5_000);
  for (let n = 0; n < 3; n++) call(op);
  expect(op.snapshot()).toMatchObject({ status: "failed", error: { code: "TIMEOUT" } });
});

it("what the work reported itself gives way to a count that moves", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("job", { total: 100 });
  op.update({ percentage: 10, etaSeconds: 5 });
  await test.advance("1s");
  op.increment(60);
  await test.advance("1s");
  expect(op.snapshot()).toMatchObject({ percentage: 60, eta: { basis: "rate" } });
});

it("another name is shown from then on, and is on the span", async () => {
  await using test = createTestProgress();
  await using telemetry = await startTestTelemetry();
  const op = test.progress.start("job", { name: "before" });
  const level = op.startLevel("part");
  op.update({ name: "after" });
  level.update({ name: "x".repeat(300) });
  expect([op.snapshot().name, level.snapshot().name.length]).toEqual(["after", 256]);
  op.complete();
  expect(telemetry.spans().map(({ attributes }) => attributes["progress.operation.name"])).toEqual([
    undefined,
    "after",
  ]);
});
