import { inspect } from "node:util";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Level, Operation } from "../../src/instrumentation/handles.js";
import type { Attributes, Json } from "../../src/model.js";
import { createTestProgress } from "../../src/testing.js";

type AnyOperation = Operation<string, string>;
const circular: { self?: unknown } = {};
circular.self = circular;
const manyAttributes = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`a${n}`, n]));
const tenMegabytes = "x".repeat(10_000_000);

describe("a handle", () => {
  it("has its ids and types at every depth", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("album", { id: "a" });
    const level = op.startLevel("song", { id: "s" }).startLevel("verse", { id: "v" });
    expect([op, level].map(({ id, type, operationId }) => [id, type, operationId])).toEqual([
      ["a", "album", "a"],
      ["v", "verse", "a"],
    ]);
  });

  it("counts by one, by n, by fractions, and by 0", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    for (const n of [undefined, 5, 0.5, 0]) op.increment(n);
    expect(op.snapshot().current).toBe(6.5);
  });

  it("becomes its snapshot in JSON", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job", { id: "a", total: 2 });
    const level = op.startLevel("part");
    for (const handle of [op, level]) expect(JSON.parse(JSON.stringify(handle))).toEqual(handle.snapshot());
  });

  it("an unbound method does not work: the documented exception", async () => {
    await using test = createTestProgress();
    const { increment } = test.progress.start("job");
    expect(() => [1].forEach(increment)).toThrow(TypeError);
  });

  it("current is the sum of what was counted, whatever the order", async () => {
    await using test = createTestProgress();
    const count = fc.tuple(fc.constantFrom("increment", "itemFailed", "itemSkipped"), fc.nat(1_000));
    fc.assert(
      fc.property(fc.array(count, { maxLength: 20 }), (counts) => {
        const op = test.progress.start("job");
        for (const [how, n] of counts) {
          if (how === "increment") op.increment(n);
          else if (how === "itemFailed") op.itemFailed(undefined, n);
          else op.itemSkipped(n);
        }
        const sum = (only?: string) =>
          counts.reduce((all, [how, n]) => all + (only === undefined || how === only ? n : 0), 0);
        expect([op.snapshot().current ?? 0, op.snapshot().failedItems ?? 0]).toEqual([sum(), sum("itemFailed")]);
        op.complete();
      }),
      { numRuns: 1_000 },
    );
  });
});

/** What is done, the loss it is counted under, and the code in strict mode if it is misuse. */
const MATRIX: [what: string, act: (op: AnyOperation, level: Level) => unknown, losses: object, code?: string][] = [
  ["increment of NaN", (op) => op.increment(Number.NaN), { misuse: 1 }, "INVALID_NUMBER"],
  ["increment of -1", (op) => op.increment(-1), { misuse: 1 }, "INVALID_NUMBER"],
  ["increment of Infinity", (op) => op.increment(Number.POSITIVE_INFINITY), { misuse: 1 }, "INVALID_NUMBER"],
  ["increment of 1e300", (op) => op.increment(1e300), { misuse: 1 }, "INVALID_NUMBER"],
  ["a negative total", (op) => op.setTotal(-1), { misuse: 1 }, "INVALID_NUMBER"],
  ["a total of NaN", (op) => op.setTotal(Number.NaN), { misuse: 1 }, "INVALID_NUMBER"],
  ["a total below current", (op) => op.update({ current: 10, total: 5 }), {}],
  ["a message of ten megabytes", (op) => op.message(tenMegabytes), { text_clipped: 1 }],
  ["10,000 attributes", (op) => op.setAttributes(manyAttributes), { attributes_dropped: 9_936 }],
  ["attributes of null", (op) => op.setAttributes(null as unknown as Attributes), {}],
  ["a circular summary", (op) => op.complete(circular as Json), { attributes_dropped: 1 }],
  ["circular details", (op) => op.fail("x", { details: circular as Json }), { attributes_dropped: 1 }],
  ["a message that is missing", (op) => op.message(undefined as unknown as string), {}],
  [
    "etaSeconds without a percentage",
    (op) => op.update({ current: 1, etaSeconds: 5 } as never),
    { misuse: 1 },
    "INVALID_OPTION",
  ],
  ["a level without a kind", (op) => op.startLevel(undefined as never), { misuse: 1 }, "INVALID_OPTION"],
  ["a duplicate level id", (op) => op.startLevel("part", { id: "p" }), { misuse: 1 }, "DUPLICATE_ID"],
  ["an unknown stage", (op) => op.enterStage("nowhere"), { misuse: 1 }, "UNKNOWN_STAGE"],
  ["resume of what runs", (op) => op.resume(), { misuse: 1 }, "INVALID_TRANSITION"],
  [
    "update after the end",
    (op) => {
      op.complete();
      op.update({ current: 1 });
    },
    { misuse: 1 },
    "ENDED",
  ],
  [
    "a level after the parent's end",
    (op) => {
      op.complete();
      op.startLevel("late");
    },
    { misuse: 1 },
    "ENDED",
  ],
  [
    "calls on a level its parent closed",
    (op, level) => {
      op.complete();
      level.update({ current: 1 });
      level.message("late");
    },
    { late_updates: 2 },
  ],
];

it("logged, a handle is what is known of the work", async () => {
  await using test = createTestProgress();
  const op = test.progress.start("job", { total: 4 });
  op.increment();
  const level = op.startLevel("part");
  for (const handle of [op, level]) expect(inspect(handle)).toBe(inspect(handle.snapshot()));
});

describe("bad input", () => {
  it.each(MATRIX)(
    "%s throws nothing outside strict mode, and its loss is counted",
    async (_what, act, losses, code) => {
      await using test = createTestProgress({ strict: false });
      const op = test.progress.start("job", { id: "a" }) as unknown as AnyOperation;
      const level = op.startLevel("part", { id: "p" });
      act(op, level);
      await test.advance("100ms");
      expect(test.progress.live.stats().losses).toEqual(losses);
      expect(test.misuse()).toEqual(code === undefined ? [] : [code]);
      expect(() => JSON.stringify(op.snapshot())).not.toThrow();
    },
  );

  it.each(MATRIX)(
    "%s in strict mode throws a ProgressError with its code if it is misuse",
    async (_what, act, _losses, code) => {
      await using test = createTestProgress();
      const op = test.progress.start("job", { id: "a" }) as unknown as AnyOperation;
      const level = op.startLevel("part", { id: "p" });
      const run = () => act(op, level);
      if (code === undefined) expect(run).not.toThrow();
      else expect(run).toThrow(expect.objectContaining({ name: "ProgressError", code }));
    },
  );

  it("a loss is said once and counted every time", async () => {
    await using test = createTestProgress({ strict: false });
    const op = test.progress.start("job");
    for (let n = 0; n < 50; n++) op.increment(-1);
    expect(test.progress.live.stats().losses).toEqual({ misuse: 50 });
    expect(op.snapshot()).not.toHaveProperty("current");
  });
});
