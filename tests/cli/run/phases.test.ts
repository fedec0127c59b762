import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Phases } from "../../../src/cli/run/phases.js";
import type { Operation } from "../../../src/index.js";
import { createTestProgress, type TestProgress } from "../../../src/testing.js";

let test: TestProgress;
let op: Operation;
let phases: Phases;
beforeEach(() => start());
afterEach(() => test.progress.shutdown());

function start(total?: number): void {
  test = createTestProgress();
  op = test.progress.start("tool", { total }) as Operation;
  phases = new Phases(op);
}
const found = (...percentages: number[]) => {
  for (const percentage of percentages) phases.found({ percentage });
};
const named = (label: string, ...percentages: number[]) => {
  for (const percentage of percentages) phases.found({ percentage, label });
};
/** Name, status and percentage of each. */
const levels = () => op.snapshot().levels.map(({ name, status, percentage }) => [name, status, percentage]);

it("a single phase is the progress of the operation, exactly", () => {
  found(10, 45.3);
  expect(op.snapshot()).toMatchObject({ percentage: 45.3 });
  expect(levels()).toEqual([["phase 1", "running", 45.3]]);
  expect(op.snapshot().levels[0]!.type).toBe("phase");
});

it("what is counted is counted", () => {
  phases.found({ percentage: 30, current: 3, total: 10 });
  phases.found({ percentage: 40, current: 4, total: 10 });
  expect(op.snapshot()).toMatchObject({ percentage: 40, levels: [{ current: 4, total: 10 }] });
});

describe("what has no name", () => {
  it("is the next phase when it falls", () => {
    found(50, 100, 3, 60, 20);
    expect(levels()).toEqual([
      ["phase 1", "completed", 100],
      ["phase 2", "completed", 100],
      ["phase 3", "running", 20],
    ]);
  });

  it("may fall a little: that is noise", () => {
    found(50, 45, 41, 40, 51);
    expect(levels()).toEqual([["phase 1", "running", 51]]);
  });

  it("may not when it was done", () => {
    found(99.6, 99.5, 99);
    expect(levels()).toEqual([
      ["phase 1", "completed", 100],
      ["phase 2", "running", 99],
    ]);
  });
});

describe("what has a name", () => {
  it("is called by it, and ends when it was done and the next begins", () => {
    named("Counting", 50, 100);
    named("Receiving", 0, 12);
    expect(levels()).toEqual([
      ["Counting", "completed", 100],
      ["Receiving", "running", 12],
    ]);
  });

  it("is found by it, so that several take turns", () => {
    named("a", 10);
    named("b", 5);
    named("a", 20);
    named("b", 15);
    expect(levels()).toEqual([
      ["a", "running", 20],
      ["b", "running", 15],
    ]);
  });

  it("starts over when it falls", () => {
    named("a", 80, 0);
    expect(levels()).toEqual([
      ["a", "completed", 100],
      ["a", "running", 0],
    ]);
  });
});

it("with a total, the percentage is over that many phases", () => {
  start(4);
  found(100, 50);
  expect(op.snapshot().percentage).toBe(37.5);
});

it("without it, it holds when the next phase begins, and says so", () => {
  found(80);
  expect(op.snapshot().percentage).toBe(80);
  found(0);
  expect(op.snapshot()).toMatchObject({ percentage: 80, revised: true });
});

it("at most sixteen run at once: the oldest ends for the next", () => {
  for (let index = 0; index < 20; index++) named(`part ${index}`, 10);
  const running = op.snapshot().levels.filter(({ status }) => status === "running");
  expect(running.map(({ name }) => name)).toEqual(Array.from({ length: 16 }, (_, index) => `part ${index + 4}`));
});

it("at most a hundred are begun: further ones are counted on the last", () => {
  for (let index = 0; index < 200; index++) found(100, index % 50);
  const all = op.snapshot().levels;
  expect(all.length).toBe(100);
  expect(all.at(-1)).toMatchObject({ name: "phase 100", status: "running" });
});

it("the end completes what runs, and what comes then begins anew", () => {
  found(30);
  phases.found("over");
  expect(levels()).toEqual([["phase 1", "completed", 100]]);
  found(40);
  phases.end();
  expect(levels()).toEqual([
    ["phase 1", "completed", 100],
    ["phase 2", "completed", 100],
  ]);
});

describe("what the program tells itself", () => {
  it("lets no phase begin", () => {
    op.startLevel("file", { total: 4 }).increment();
    found(90);
    expect(levels()).toEqual([["file", "running", 25]]);
    expect(op.snapshot().percentage).toBe(25);
  });

  it("ends those that run, and no more come", () => {
    found(10);
    op.startLevel("file", { total: 4 }).increment();
    phases.look();
    found(95);
    phases.look();
    phases.end();
    expect(levels()).toEqual([
      ["phase 1", "skipped", 10],
      ["file", "running", 25],
    ]);
    expect(op.snapshot().percentage).toBe(25);
  });
});
