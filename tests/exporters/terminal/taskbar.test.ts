import { expect, test } from "vitest";
import { CLEARED, taskbarSequence, taskbarState } from "../../../src/exporters/terminal/taskbar.js";
import { operation } from "../snapshots.js";

test("it is the mean of the operations that are no part of others", () => {
  const part = operation({ percentage: 100, parentId: "1" });
  expect(taskbarState([operation({ percentage: 10 }), operation({ percentage: 25.5 }), part])).toEqual([1, 17]);
});

test("it moves without a value when one of them has none", () => {
  expect(taskbarState([operation({ percentage: 10 }), operation()])).toEqual([3, 0]);
});

test("it warns when one is stalled or paused", () => {
  const stalled = { stalled: { seconds: 9, waitingOn: [] } };
  expect(taskbarState([operation({ percentage: 10 }), operation({ percentage: 20, ...stalled })])).toEqual([4, 15]);
  expect(taskbarState([operation({ status: "paused" })])).toEqual([4, 0]);
});

test("it is cleared when nothing runs", () => {
  expect(taskbarState([])).toEqual(CLEARED);
  expect(taskbarSequence(CLEARED)).toBe("\u001b]9;4;0;0\u001b\\");
  expect(taskbarSequence([1, 42])).toBe("\u001b]9;4;1;42\u001b\\");
});
