import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { decodeProfile } from "../../src/eta-history.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";
import { type Installation, installPackage, runApplication } from "../services/application.js";

// Building the package takes its time on a busy machine: not that of a test.
let installation: Installation;
beforeAll(() => {
  installation = installPackage(["known-job.mjs"], process.env["SDK"] as "sdk2" | "sdk3");
});
afterAll(() => installation?.[Symbol.dispose]());

const made: TestProgress[] = [];
afterEach(async () => {
  for (const test of made.splice(0)) await test.progress.shutdown();
});
function start(options = {}): TestProgress {
  made.push(createTestProgress(options));
  return made.at(-1)!;
}

/** A job that is slow at the start: half of its time for a tenth of its items. */
async function slowAtFirst(test: TestProgress, op: Operation): Promise<void> {
  for (let n = 0; n < 10; n++) {
    op.increment();
    await test.advance("2s");
  }
  for (let n = 0; n < 20; n++) {
    op.increment(4);
    await test.advance("1s");
  }
}

describe("the second run of a job", () => {
  it("shows a time at once, and is right from the start", async () => {
    const test = start();
    const first = test.progress.start("import", { total: 90 }) as Operation;
    expect(first.snapshot().eta).toBeUndefined();
    await slowAtFirst(test, first);
    first.complete();
    const second = test.progress.start("import", { total: 90 }) as Operation;
    expect(second.snapshot().eta).toMatchObject({ basis: "history" });
    expect(second.snapshot().eta!.seconds).toBeCloseTo(40, 0);
    for (let n = 0; n < 5; n++) {
      second.increment();
      await test.advance("2s");
    }
    expect(second.snapshot().eta!.seconds).toBeGreaterThan(27);
    expect(second.snapshot().eta!.seconds).toBeLessThan(33);
    second.cancel();
  });

  it("in the next process is as right, by a store", async () => {
    const store = new Map<string, string>();
    const before = start({ etaHistory: store });
    const first = before.progress.start("import", { total: 90 }) as Operation;
    await slowAtFirst(before, first);
    first.complete();
    await before.progress.shutdown();
    expect([...store.keys()]).toEqual(["import"]);
    const after = start({ etaHistory: store });
    const second = after.progress.start("import", { total: 90 }) as Operation;
    expect(second.snapshot().eta).toMatchObject({ basis: "history" });
    second.cancel();
  });

  it("knows stages and level kinds by their own names, and weighs them by what they took", async () => {
    const store = new Map<string, string>();
    const before = start({ etaHistory: store });
    const first = before.progress.start("import");
    for (const [kind, seconds] of [
      ["short", 2],
      ["long", 18],
    ] as const) {
      const level = first.startLevel(kind);
      await before.advance(seconds * 1_000);
      level.complete();
    }
    first.complete();
    await before.progress.forceFlush();
    expect([...store.keys()].sort()).toEqual(["import", "import/long", "import/short"]);
    const after = start({ etaHistory: store });
    const second = after.progress.start("import");
    second.declare("long");
    second.startLevel("short").complete();
    expect(second.snapshot().percentage).toBeCloseTo(10, 6);
    second.cancel();
  });
});

describe("what teaches nothing", () => {
  it("is what failed, was over within a second, was tried again, or shares a name with others", async () => {
    const store = new Map<string, string>();
    const test = start({ etaHistory: store, limits: { types: 1 } });
    const { progress } = test;
    const [failed, retried] = [progress.start("job"), progress.start("job")];
    progress.start("job").complete();
    const other = progress.start("second type");
    await test.advance("5s");
    failed.fail(new Error("x"));
    retried.newAttempt();
    await test.advance("5s");
    retried.complete();
    other.complete();
    await progress.forceFlush();
    expect(store.size).toBe(0);
  });

  it("a pause leaves the duration, and no curve", async () => {
    const store = new Map<string, string>();
    const test = start({ etaHistory: store });
    const op = test.progress.start("job", { total: 10 });
    op.increment(5);
    await test.advance("5s");
    op.pause();
    await test.advance("1h");
    op.resume();
    op.increment(5);
    await test.advance("5s");
    op.complete();
    await test.progress.forceFlush();
    expect(decodeProfile(store.get("job"))!.runs).toMatchObject([{ seconds: 10, curve: [] }]);
  });
});

describe("the store", () => {
  it("is written by the ticks, at the latest at the exit of the process", async () => {
    const store = new Map<string, string>();
    const test = start({ etaHistory: store });
    const op = test.progress.start("job");
    await test.advance("2s");
    op.complete();
    await test.advance("1s");
    expect(store.size).toBe(1);
  });

  it("as a file serves the process that comes next, also without a shutdown", async () => {
    const file = join(installation.folder, "eta.json");
    expect(await runApplication(installation, "known-job.mjs", { PROGRESS_ETA_HISTORY: file })).toBe("null\n");
    const { progress } = start({ etaHistory: file });
    expect(progress.start("import", { total: 10 }).snapshot().eta).toMatchObject({ seconds: 60, basis: "history" });
  });

  it("as a file that is damaged is made anew by the next run", async () => {
    const file = join(installation.folder, "damaged.json");
    writeFileSync(file, "{");
    const test = start({ etaHistory: file });
    const op = test.progress.start("import", { total: 10 });
    expect(op.snapshot().eta).toBeUndefined();
    await test.advance("1m");
    op.complete();
    await test.progress.forceFlush();
    const { progress } = start({ etaHistory: file });
    expect(progress.start("import", { total: 10 }).snapshot().eta).toMatchObject({ seconds: 60, basis: "history" });
  });
});
