import { expect, test } from "vitest";
import type { TextColumn, View } from "../../../src/exporters/terminal/columns.js";
import { SayingMemory } from "../../../src/exporters/terminal/sayings.js";
import { operation } from "../snapshots.js";

const view: View = { color: false, unicode: true, frame: 0 };
const row = (fields: Record<string, unknown>, agoSeconds = 0) => ({
  shown: operation(fields),
  agoSeconds,
  followed: [],
});
const COLUMNS: TextColumn[] = ["name", "count", "elapsed"];

test("each column is asked once, and its width counted", () => {
  expect(new SayingMemory().of(row({ name: "日本", current: 3 }), COLUMNS, view)).toEqual({
    name: { pieces: [["日本", "bold"]], width: 4 },
    count: { pieces: [["3"]], width: 1 },
    elapsed: { pieces: [["0s", "dim"]], width: 2 },
  });
});

test("of the same snapshot only what changes with time is worked out again", () => {
  const memory = new SayingMemory();
  const first = row({ current: 3 });
  const before = memory.of(first, COLUMNS, view);
  const after = memory.of({ ...first, agoSeconds: 60 }, COLUMNS, view);
  expect(after.count).toBe(before.count);
  expect(after.elapsed?.pieces).toEqual([["1m", "dim"]]);
  expect(memory.of(row({ current: 4 }), COLUMNS, view).count?.pieces).toEqual([["4"]]);
});
