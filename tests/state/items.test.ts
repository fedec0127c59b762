import { expect, it } from "vitest";
import { Diagnostics } from "../../src/diagnostics.js";
import { Entry } from "../../src/state/entry.js";
import { itemsDone, tallyItems } from "../../src/state/items.js";
import { LiveState } from "../../src/state/live-state.js";
import { ManualClock } from "../../src/testing.js";

function started(): Entry {
  const limits = {
    active: 9,
    finished: 9,
    finishedLevels: 9,
    levelsPerOperation: 9,
    openLevels: 9,
    depth: 9,
    types: 9,
  };
  const state = new LiveState(new ManualClock(), new Diagnostics({ warn() {} }), limits);
  const entry = new Entry(state.dead, state.kinds.operation("job"), "a", undefined, undefined, undefined);
  state.start(entry, 1_000, Number.NaN);
  return entry;
}

it("items done are those no tick has seen, without failed and skipped ones, and without those counted before", () => {
  const entry = started();
  entry.increment(10);
  expect(itemsDone(entry, entry.slab!)).toBe(10);
  entry.slab!.seen[entry.i] = 6;
  entry.more.aside = 1;
  expect(itemsDone(entry, entry.slab!)).toBe(3);
  entry.more.highest = 9;
  expect(itemsDone(entry, entry.slab!)).toBe(0);
});

it("items are counted under their type, unless another instance counts them", () => {
  const entry = started();
  tallyItems(entry, "done", 3);
  entry.more.elsewhere = true;
  tallyItems(entry, "done", 4);
  expect(entry.kind.tally.items).toEqual({ done: 3, failed: 0, skipped: 0 });
});
