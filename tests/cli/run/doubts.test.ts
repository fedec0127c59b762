import { expect, it } from "vitest";
import { Doubts } from "../../../src/cli/run/doubts.js";

/** Which of these are progress, as they come. */
function judged(...seen: (readonly [kind: string, percentage: number])[]): boolean[] {
  const doubts = new Doubts();
  return seen.map(([kind, percentage]) => {
    const is = doubts.isProgress(kind, percentage);
    doubts.saw(kind, percentage);
    return is;
  });
}

it("the first of a kind is no progress, nor are others until one is greater", () => {
  expect(judged(["a", 40], ["a", 40], ["a", 30], ["a", 35])).toEqual([false, false, false, true]);
});

it("from then on all of that kind are", () => {
  expect(judged(["a", 1], ["a", 2], ["a", 2], ["a", 0])).toEqual([false, true, true, true]);
});

it("kinds do not help each other", () => {
  expect(judged(["a", 1], ["b", 2], ["a", 1], ["b", 3])).toEqual([false, false, false, true]);
});

it("of very many kinds the one not seen for the longest time is forgotten", () => {
  const others = Array.from({ length: 15 }, (_, index) => [`${index}`, 0] as const);
  expect(judged(["a", 1], ...others, ["a", 2]).at(-1)).toBe(true);
  expect(judged(["a", 1], ...others, ["one more", 0], ["a", 2]).at(-1)).toBe(false);
});
