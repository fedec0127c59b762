// Work that says nothing about itself: what its expected time means for stalls, and what is no expected time.

import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { defineOperation } from "../../src/instrumentation/definition.js";
import type { Level, Operation, SimulateOptions } from "../../src/instrumentation/handles.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";

const TEN = { simulate: { expected: "10s" } } as const;
const clip = defineOperation("clip", { stages: { load: [0, 20], render: [20, 100] } });

let test: TestProgress;
beforeEach(() => {
  test = createTestProgress();
});
afterEach(() => test.progress.shutdown());

const start = (options: object) => test.progress.start("job", options) as Operation;

describe("a stall", () => {
  const stalledAfter = async (options: object, part?: (op: Operation) => unknown) => {
    await using own = createTestProgress();
    const op = own.progress.start("job", options) as Operation;
    part?.(op);
    await own.advance("1s"); // what begins is a movement, seen at the first tick
    for (let minutes = 1; minutes <= 60; minutes++) {
      await own.advance("60s");
      if ("stalled" in op.snapshot()) return minutes;
    }
    return undefined;
  };

  it("is none before twice the expected time, with auto", async () => {
    expect(await stalledAfter({})).toBe(5);
    expect(await stalledAfter({ simulate: { expected: "10m" } })).toBe(20);
    expect(await stalledAfter({ simulate: { expected: "10s" } })).toBe(5);
    expect(await stalledAfter({ stallTimeout: "auto", simulate: { expected: "10m" } })).toBe(20);
  });

  it("of what is around an opaque part has as much patience", async () => {
    const opaque = { simulate: { expected: "10m" } } as const;
    expect(await stalledAfter({}, (op) => op.startLevel("outer").startLevel("inner", opaque))).toBe(20);
    expect(await stalledAfter({}, (op) => op.declare("part", opaque))).toBe(5);
  });

  it("comes when a limit that was given says so", async () => {
    expect(await stalledAfter({ stallTimeout: "2m", simulate: { expected: "10m" } })).toBe(2);
    expect(await stalledAfter({ stallTimeout: "2m" }, (op) => op.startLevel("part", TEN))).toBe(2);
  });
});

describe("an expectation that is none", () => {
  const BAD: unknown[] = [0, "0s", -1, Number.NaN, Number.POSITIVE_INFINITY, "soon", "", undefined, null, {}];
  const options = (expected: unknown) => ({ simulate: { expected } as SimulateOptions });

  it.each(BAD)("%j is misuse, and the work runs without a guess", async (expected) => {
    await using lax = createTestProgress({ strict: false });
    const op = lax.progress.start(clip, options(expected));
    const levels: Level<string>[] = [op.startLevel("a", options(expected)), op.declare("b", options(expected)).start()];
    expect(op.level("c", options(expected), () => 7)).toBe(7);
    expect(op.stage("load", options(expected), () => 8)).toBe(8);
    op.enterStage("render", options(expected));
    await lax.advance("5s");
    expect(lax.misuse()).toEqual(Array(6).fill("INVALID_OPTION"));
    expect(levels.map((level) => level.snapshot().percentage)).toEqual([undefined, undefined]);
  });

  it.each([null, 5, "10s", true])("%j instead of options is misuse as well", async (simulate) => {
    await using lax = createTestProgress({ strict: false });
    lax.progress.start("job", { simulate: simulate as never });
    expect(lax.misuse()).toEqual(["INVALID_OPTION"]);
  });

  it("in strict mode is thrown before anything begins", () => {
    const op = start({});
    expect(() => start(options("soon"))).toThrow("simulate: expected");
    expect(() => op.startLevel("a", options(0))).toThrow("simulate: expected");
    expect([test.progress.live.stats().active, op.snapshot().levels]).toEqual([1, []]);
  });
});
