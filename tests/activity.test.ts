import { describe, expect, it } from "vitest";
import { activityOf } from "../src/activity.js";
import { defineOperation } from "../src/index.js";
import type { Snapshot } from "../src/model.js";
import { createTestProgress } from "../src/testing.js";
import { snapshotOf } from "./query/source.js";

const clip = defineOperation("clip", { stages: { load: [0, 20], encode: [20, 100] } });

describe("what is going on in an operation", () => {
  it("is its message, and what runs inside of it: each time the level that changed last", async () => {
    const t = createTestProgress();
    const op = t.progress.start("import");
    op.message("importing");
    const [a, b] = [op.startLevel("file", { name: "a.csv" }), op.startLevel("file", { name: "b.csv" })];
    a.message("parsing");
    expect(activityOf(op.snapshot())).toBe("importing › a.csv: parsing");
    await t.advance("100ms");
    b.startLevel("sheet", { name: "first" }).message("row 7");
    b.increment();
    await t.advance("100ms");
    expect(activityOf(op.snapshot())).toBe("importing › b.csv › first: row 7");
    b.complete();
    a.complete();
    expect(activityOf(op.snapshot())).toBe("importing");
  });

  it("names a stage once", () => {
    const t = createTestProgress();
    const op = t.progress.start(clip);
    op.enterStage("load");
    expect(activityOf(op.snapshot())).toBe("load");
    op.enterStage("encode", { message: "pass 1" });
    expect(activityOf(op.snapshot())).toBe("encode: pass 1");
  });

  it("is the counts when nothing says more, and nothing when nothing is known", () => {
    expect(activityOf(snapshotOf("1", 0, { current: 3, total: 10, unit: "row" }))).toBe("3 of 10 rows");
    expect(activityOf(snapshotOf("1"))).toBe("");
  });

  it("says first why nothing moves", () => {
    const of = (more: object) => activityOf(snapshotOf("1", 0, { message: "copying", ...more } as Partial<Snapshot>));
    const on = [{ name: "SELECT\u0007", elapsedSeconds: 9, attributes: {} }];
    expect(of({ status: "paused", reason: "lunch" })).toBe("paused: lunch › copying");
    expect(of({ status: "paused" })).toBe("paused › copying");
    expect(of({ stalled: { seconds: 78, waitingOn: on } })).toBe("stalled for 1m 10s, waiting on SELECT › copying");
    expect(of({ stalled: { seconds: 3, waitingOn: [] } })).toBe("stalled for 1s › copying");
  });

  it("is one line of at most 500 characters without control characters, three levels deep", () => {
    expect(activityOf(snapshotOf("1", 0, { message: "a\n\u001b[31mb" }))).toBe("a b");
    const long = activityOf(snapshotOf("1", 0, { message: "🚚".repeat(400) }));
    expect([long.length, long.endsWith("🚚…")]).toEqual([499, true]);
    const op = createTestProgress().progress.start("job");
    op.startLevel("a").startLevel("b").startLevel("c").startLevel("d");
    expect(activityOf(op.snapshot())).toBe("a › b › c");
  });
});
