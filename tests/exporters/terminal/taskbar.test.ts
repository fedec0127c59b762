import { beforeEach, expect, test } from "vitest";
import { Taskbar } from "../../../src/exporters/terminal/taskbar.js";
import { operation } from "../snapshots.js";

let told: string[];
let taskbar: Taskbar;
beforeEach(() => {
  told = [];
  taskbar = new Taskbar((sequence) => told.push(sequence));
});
const show = (...running: Record<string, unknown>[]) => taskbar.show(running.map(operation), 1_000);

test("it is told as OSC 9;4, when it changes", () => {
  show({ percentage: 42.9 });
  show({ percentage: 42.99 });
  show({ percentage: 43 });
  expect(told).toEqual(["\u001b]9;4;1;42\u001b\\", "\u001b]9;4;1;43\u001b\\"]);
});

test.each([
  [
    "the mean of the operations that are no part of others",
    [{ percentage: 10 }, { percentage: 25.5 }, { percentage: 100, parentId: "1" }],
    "1;17",
  ],
  ["without a value when one of them has none", [{ percentage: 10 }, {}], "3;0"],
  [
    "a warning when one is stalled",
    [{ percentage: 10 }, { percentage: 20, stalled: { seconds: 9, waitingOn: [] } }],
    "4;15",
  ],
  ["a warning when one is paused", [{ status: "paused" }], "4;0"],
])("it is %s", (_, running, state) => {
  show(...running);
  expect(told).toEqual([`\u001b]9;4;${state}\u001b\\`]);
});

test("it is told again after five seconds, for terminals that forget", () => {
  const running = [operation({ percentage: 1 })];
  for (const millis of [10_000, 14_999, 15_000]) taskbar.show(running, millis);
  expect(told.length).toBe(2);
});

test("it is cleared once, and when nothing runs", () => {
  taskbar.clear();
  expect(told).toEqual([]);
  show({ percentage: 1 });
  taskbar.clear();
  taskbar.clear();
  show({ percentage: 1 });
  show();
  const cleared = "\u001b]9;4;0;0\u001b\\";
  expect(told).toEqual(["\u001b]9;4;1;1\u001b\\", cleared, "\u001b]9;4;1;1\u001b\\", cleared]);
});
