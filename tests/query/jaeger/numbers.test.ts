import { describe, expect, it } from "vitest";
import type { Attributes } from "../../../src/model.js";
import { countsAndRatio, curveOf, numbersOf, usageOf } from "../../../src/query/jaeger/numbers.js";
import { readTrace } from "../../../src/query/jaeger/untrusted.js";
import { type Made, operation, traceOf } from "./json-spans.js";

const read = (made: Omit<Made, "id"> = {}) => readTrace(traceOf([operation("a", made)]))!.spans[0]!;
const counts = (tags: Attributes, completed = false) =>
  countsAndRatio(read({ tags: { "progress.status": "failed", ...tags } }).tags, completed);
const update = (at: number, fields: Attributes) => [at, "progress.update", fields] as const;
const status = (at: number, to: string) => [at, "progress.status", { "progress.status": to }] as const;

describe("counts", () => {
  it("are those of the span; what is absent there is absent", () => {
    expect(counts({})).toEqual({ attempt: 1 });
    const tags = {
      "progress.current": 2.5,
      "progress.total": 10,
      "progress.unit": "By",
      "progress.ratio": 0.07,
      "progress.items.failed": 1,
      "progress.items.skipped": 2,
      "progress.attempt": 3,
    };
    expect(counts(tags)).toEqual({
      current: 2.5,
      total: 10,
      unit: "By",
      percentage: 7,
      failedItems: 1,
      skippedItems: 2,
      attempt: 3,
    });
  });

  it("make a percentage that is 100 when it completed, and only then", () => {
    expect(counts({ "progress.ratio": 0.3 }, true).percentage).toBe(100);
    expect(counts({ "progress.ratio": 1 }).percentage).toBe(99.9);
    expect(counts({ "progress.current": 3, "progress.total": 6 }).percentage).toBe(50);
    expect(counts({ "progress.current": 9, "progress.total": 6 }).percentage).toBe(99.9);
    expect(counts({ "progress.current": 0, "progress.total": 0 }).percentage).toBe(undefined);
    expect(counts({ "progress.ratio": 2 }).percentage).toBe(undefined);
  });

  it("leave out what is no attempt", () => {
    for (const bad of [0, 1.5, -1, "2"]) expect(counts({ "progress.attempt": bad }).attempt).toBe(1);
  });
});

describe("times", () => {
  it("are those of the span, pauses left out of what elapsed", () => {
    const events = [status(2, "paused"), status(3, "paused"), status(5, "running"), status(8, "paused")];
    expect(numbersOf(read({ from: 1, seconds: 9, events }))).toMatchObject({
      startedAt: "2026-01-01T00:00:01.000Z",
      updatedAt: "2026-01-01T00:00:10.000Z",
      elapsedSeconds: 4,
    });
    expect(numbersOf(read({ seconds: 9, events: [status(3, "running")] })).elapsedSeconds).toBe(9);
    expect(numbersOf(read({ seconds: 1, events: [status(0, "paused"), status(5, "running")] })).elapsedSeconds).toBe(0);
  });
});

describe("rates, attributes and the message", () => {
  it("are those at the end", () => {
    const tags = { "progress.rate.mean": 2, "progress.rate.peak": 5, tenant: "x" };
    const events = [update(0, { "progress.message": "early" }), update(1, { "progress.message": "late" })];
    expect(numbersOf(read({ tags, events }))).toMatchObject({
      rate: 2,
      peakRate: 5,
      meanRate: 2,
      attributes: { tenant: "x" },
      message: "late",
    });
    const silent = numbersOf(read({ events: [...events, update(2, {})] }));
    expect(["message" in silent, "rate" in silent]).toEqual([false, false]);
  });
});

describe("the curve", () => {
  const at = (seconds: number, ratio: number) => update(seconds, { "progress.ratio": ratio });

  it("is of the updates, as far as the share was known, and ends with the final one", () => {
    expect(curveOf(read({ from: 1, events: [update(1, {}), at(2, 0.5), at(3, 2), at(4, 1)] }))).toEqual([
      [1, 0.5],
      [3, 1],
    ]);
    expect(curveOf(read({ events: [at(0, 0), at(2, 0.5), at(2, 0.7)] }))).toEqual([
      [0, 0],
      [2, 0.7],
    ]);
    expect(curveOf(read({ events: [at(0, 0), at(2, 0.5), update(2, {})] }))).toEqual([
      [0, 0],
      [2, 0.5],
    ]);
  });

  it("is none where no more than the beginning and the end is known", () => {
    for (const events of [[], [at(0, 0)], [at(0, 0), at(1, 1)]]) expect(curveOf(read({ events }))).toBe(undefined);
    expect(curveOf(read({ events: [update(0, {}), update(1, {}), update(2, {})] }))).toBe(undefined);
  });
});

describe("the process", () => {
  const used = {
    "progress.process.cpu_time": 2,
    "progress.process.cpu_utilization": 1.5,
    "progress.process.memory": 1e6,
  };

  it("is there when all of it is", () => {
    expect(usageOf(read({ tags: used }).tags)).toEqual({ cpuSeconds: 2, cpuUtilization: 1.5, memoryBytes: 1e6 });
    const whole = { ...used, "progress.process.event_loop_utilization": 0.5 };
    expect(usageOf(read({ tags: whole }).tags)).toMatchObject({ eventLoopUtilization: 0.5 });
    for (const name of Object.keys(used)) expect(usageOf(read({ tags: { ...used, [name]: -1 } }).tags)).toBe(undefined);
  });
});
