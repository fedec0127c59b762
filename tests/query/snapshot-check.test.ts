import { describe, expect, it } from "vitest";
import { readEnded } from "../../src/query/snapshot-check.js";
import { createTestProgress } from "../../src/testing.js";
import { snapshotOf } from "./source.js";

const AT = "2026-01-01T00:00:01.000Z";
const read = (value: unknown) => readEnded(JSON.stringify(value));
const completed = (more: object = {}) => snapshotOf("a", 0, { status: "completed", endedAt: AT, ...more } as object);
const level = (more: object = {}) => ({ ...completed(), operationId: "a", ...more });

describe("an ended operation", () => {
  it("is read as it was, with all that can be in it", async () => {
    const { progress, advance } = createTestProgress();
    const attributes = { tenant: "x", sizes: [1, 2], dry: true };
    const ops = ["a", "b", "c"].map((id) =>
      progress.start("job", { id, name: "J", total: 9, unit: "row", attributes }),
    );
    const below = ops[1]!.startLevel("part", { id: "p", total: 3, weight: 2 });
    below.startLevel("piece", { id: "q" }).increment(2);
    ops[1]!.startLevel("part", { id: "r" }).skip("not there");
    await advance(3_000);
    for (const op of ops) op.increment(4);
    await advance(3_000);
    ops[0]!.complete({ rows: [1, null] });
    ops[1]!.fail(new Error("bad", { cause: new Error("worse") }), { code: "E", details: { row: 7 } });
    ops[2]!.cancel("not needed");
    for (const op of ops) expect(read(op.snapshot())).toEqual(JSON.parse(JSON.stringify(op.snapshot())));
    await progress.shutdown();
  });

  it("may be a lost one, and may have numbers for attributes that JSON has no words for", () => {
    expect(read(snapshotOf("a", 0, { status: "lost", lastSeenAt: AT } as object))?.status).toBe("lost");
    expect(read(completed({ attributes: { ratio: Number.NaN } }))?.attributes).toEqual({ ratio: null });
  });
});

describe("what is none", () => {
  it.each(["", "{", "null", "1", '"a"', "[]", "{}", '{"id":"a"}'])("%s", (json) => {
    expect(readEnded(json)).toBe(undefined);
  });

  it("has the wrong status, or not what belongs to it", () => {
    for (const status of ["running", "paused", "pending", "skipped", "toString", 1])
      expect(read(completed({ status }))).toBe(undefined);
    expect(read(completed({ endedAt: "yesterday" }))).toBe(undefined);
    expect(read(completed({ status: "lost" }))).toBe(undefined);
    expect(read(completed({ status: "failed" }))).toBe(undefined);
    expect(read(completed({ status: "failed", error: { type: "E", message: 1 } }))).toBe(undefined);
    expect(read(completed({ status: "failed", error: { type: "E", message: "m" } }))?.status).toBe("failed");
  });

  it.each(
    Object.entries({
      id: 1,
      name: null,
      updatedAt: "never",
      startedAt: 7,
      elapsedSeconds: -1,
      percentage: 101,
      current: "4",
      attempt: 0,
      attributes: { a: { b: 1 } },
      instance: { host: "h" },
      counts: { total: 1 },
      process: {},
      levels: {},
      curve: [[1, 2, 3]],
      droppedLevels: 0.5,
      overrun: false,
    }),
  )("has something else for %s", (name, value) => {
    expect(read(completed({ [name]: value }))).toBe(undefined);
  });

  it("has levels that are none", () => {
    expect(read(completed({ levels: [level({ levels: [level()] })] }))?.levels.length).toBe(1);
    const wrong = [null, completed(), level({ levels: [1] }), level({ status: "running" }), level({ weight: "1" })];
    for (const one of wrong) expect(read(completed({ levels: [one] }))).toBe(undefined);
  });

  it("is so deep that whoever follows would not come back", () => {
    const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
    const withSummary = (json: string) => JSON.stringify(completed({ summary: "?" })).replace('"?"', json);
    expect(readEnded(withSummary(nested(900)))?.status).toBe("completed");
    expect(readEnded(withSummary(nested(100_000)))).toBe(undefined);
    let deep = level();
    for (let n = 0; n < 600; n++) deep = level({ levels: [deep] });
    expect(read(completed({ levels: [deep] }))).toBe(undefined);
  });
});
