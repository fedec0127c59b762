import { expect, it } from "vitest";
import type { Snapshot } from "../src/model.js";
import { Unread } from "../src/unread.js";

const shot = (id: string, current = 0) => ({ id, current }) as Snapshot;

it("gives the latest of each operation in the order they first changed, and how many states were left out", () => {
  const unread = new Unread([]);
  for (const [id, n] of [
    ["a", 1],
    ["b", 1],
    ["a", 2],
    ["a", 3],
  ] as const)
    unread.note(shot(id, n));
  expect(unread.take()).toEqual({ kind: "update", changed: [shot("a", 3), shot("b", 1)], removed: [], missed: 2 });
  expect(unread.empty).toBe(true);
  unread.note(shot("a", 4));
  expect(unread.take()).toEqual({ kind: "update", changed: [shot("a", 4)], removed: [], missed: 0 });
});

it("tells that one is gone once, and only of those the reader knows", () => {
  const unread = new Unread([shot("a"), shot("b")]);
  unread.note(shot("a"), false);
  unread.note(shot("a"), false);
  unread.gone("stranger");
  expect(unread.take()).toEqual({ kind: "update", changed: [], removed: ["a"], missed: 0 });
  unread.gone("a");
  unread.note(shot("stranger"), false);
  expect(unread.empty).toBe(true);
});

it("a state that is gone before it was read was missed; one that comes back is not gone", () => {
  const unread = new Unread([shot("a"), shot("b")]);
  unread.note(shot("a", 1));
  unread.gone("a");
  unread.gone("b");
  unread.note(shot("b", 2));
  unread.skip(5);
  expect(unread.take()).toEqual({ kind: "update", changed: [shot("b", 2)], removed: ["a"], missed: 6 });
});

it("a new whole state removes what is not in it, and counts no state as missed that was never there", () => {
  const unread = new Unread([shot("a"), shot("b")]);
  unread.replace([shot("b", 2), shot("c", 1)]);
  expect(unread.take()).toEqual({ kind: "update", changed: [shot("b", 2), shot("c", 1)], removed: ["a"], missed: 0 });
});
