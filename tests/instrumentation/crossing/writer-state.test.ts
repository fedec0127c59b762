import { describe, expect, it } from "vitest";
import { fullBudget, joinParts, partOf } from "../../../src/instrumentation/crossing/writer-state.js";
import { defineOperation } from "../../../src/instrumentation/definition.js";
import type { Handle } from "../../../src/instrumentation/handle.js";
import { createTestProgress } from "../../../src/testing.js";

const clip = defineOperation("clip", { stages: { load: [0, 20], cut: [20, 100] } });
const AT = Date.UTC(2026, 0, 1);
const toldOf = (op: object) => partOf(op as Handle, undefined, fullBudget());

describe("what a writer tells", () => {
  it("is everything that was said of its levels, and of operations in between, whose ids are made unique", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("import");
    op.increment(2);
    op.heartbeat();
    const level = op.startLevel("file", {
      id: "f",
      name: "F",
      description: "d",
      total: 4,
      totalKind: "estimate",
      unit: "row",
      weight: 3,
    });
    level.itemFailed(new Error("bad"), 1);
    level.newAttempt();
    level.pause("later");
    op.level("file", { id: "g" }, (done) => done.complete({ rows: 1 }));
    op.declare("file", { id: "h", simulate: { expected: "5s" } });
    const run = () =>
      test.progress.operation("inner", { id: "i" }, (inner) => {
        inner.startLevel("part", { id: "1" });
        throw Object.assign(new Error("no"), { code: "E" });
      });
    expect(() => op.level("outer", { id: "o" }, run)).toThrow("no");
    await test.advance("1s");
    const failed = {
      status: "failed",
      current: 0,
      error: { type: "Error", message: "no", code: "E" },
      startedAt: AT,
      endedAt: AT,
    };
    expect(toldOf(op)).toEqual({
      current: 2,
      heartbeats: 1_000,
      ended: { completed: 1, failed: 1, excluded: 0 },
      levels: [
        {
          id: "f",
          type: "file",
          status: "paused",
          current: 0,
          message: "bad",
          name: "F",
          unit: "row",
          total: 4,
          startedAt: AT,
          description: "d",
          totalKind: "estimate",
          weight: 3,
          attempt: 2,
          reason: "later",
        },
        { id: "h", type: "file", status: "pending", current: 0, expectedMillis: 5_000 },
        { id: "g", type: "file", status: "completed", current: 0, summary: { rows: 1 }, startedAt: AT, endedAt: AT },
        {
          ...failed,
          id: "o",
          type: "outer",
          ended: { completed: 0, failed: 1, excluded: 0 },
          levels: [
            {
              ...failed,
              id: "i",
              type: "inner",
              ended: { completed: 0, failed: 0, excluded: 1 },
              levels: [
                {
                  id: "i/1",
                  type: "part",
                  status: "cancelled",
                  current: 0,
                  reason: "parent ended",
                  startedAt: AT,
                  endedAt: AT,
                },
              ],
            },
          ],
        },
      ],
    });
  });

  it("names the place of stages, and the percentage that work knows itself", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("import");
    op.startLevel("known").update({ percentage: 40 });
    await op.level("outer", async () => {
      const inner = test.progress.start(clip);
      inner.enterStage("cut", { percentage: 50 });
    });
    const { levels } = toldOf(op);
    expect(levels?.map(({ reported, levels: below }) => [reported, below?.[0]?.reported])).toEqual([
      [0.4, undefined],
      [undefined, expect.closeTo(0.6, 12)],
    ]);
  });

  it("is bounded: open levels first, then those that ended last, failed ones longest; the rest as counts", () => {
    const op = createTestProgress().progress.start("import");
    op.level("bad", (level) => level.fail("no"));
    for (let at = 0; at < 100; at++) op.level("done", () => {});
    const open = op.startLevel("open");
    for (let at = 0; at < 200; at++) open.startLevel("below");
    const { levels, ended } = toldOf(op);
    expect(ended).toEqual({ completed: 100, failed: 1, excluded: 0 });
    expect([levels?.length, levels?.[0]?.levels?.length]).toEqual([1, 127]);
    open.complete();
    const after = toldOf(op).levels!;
    expect(after.filter(({ type }) => type === "bad")).toHaveLength(1);
    expect(after.length).toBeLessThanOrEqual(40);
  });

  it("leaves out what is long when there is much of it", () => {
    const op = createTestProgress().progress.start("import");
    const attributes = { text: "x".repeat(1_000) };
    for (let at = 0; at < 120; at++) op.startLevel("part", { attributes, description: "y".repeat(1_000) });
    expect(JSON.stringify(toldOf(op)).length).toBeLessThan(100_000);
  });
});

describe("of one image after another", () => {
  it("counts and ends are added, levels kept as long as there is room", () => {
    const level = (id: string) => ({ id, type: "part", status: "completed", current: 0 }) as const;
    const before = {
      current: 2,
      failedItems: 1,
      attributes: { a: 1, b: 1 },
      levels: [level("x")],
      ended: { completed: 1, failed: 0, excluded: 0 },
    };
    const now = {
      current: 3,
      skippedItems: 2,
      attributes: { b: 2 },
      levels: [level("y")],
      ended: { completed: 1, failed: 1, excluded: 0 },
    };
    expect(joinParts(before, now)).toEqual({
      current: 5,
      failedItems: 1,
      skippedItems: 2,
      attributes: { a: 1, b: 2 },
      levels: [level("y"), level("x")],
      ended: { completed: 2, failed: 1, excluded: 0 },
    });
    expect(joinParts(undefined, now)).toBe(now);
    const many = { current: 0, levels: Array.from({ length: 50 }, (_, at) => level(String(at))) };
    expect(joinParts(many, { current: 0 }).levels).toHaveLength(32);
    expect(joinParts({ ...before, levels: [] }, { current: 0 }).ended).toEqual(before.ended);
  });
});
