import { expect, it } from "vitest";
import { withLevels } from "../src/kept-levels.js";
import { createTestProgress } from "../src/testing.js";

function tree() {
  const { progress } = createTestProgress();
  const op = progress.start("job", { id: "a" });
  op.startLevel("part", { id: "done" }).complete();
  const open = op.startLevel("part", { id: "open" });
  open.startLevel("part", { id: "below" });
  op.startLevel("part", { id: "bad" }).fail("broken");
  return op.snapshot();
}
const ids = (most: number) =>
  withLevels(tree(), most).levels.map(({ id, levels }) => [id, levels.map((one) => one.id)]);

it("keeps failed levels before open ones, and those before what has ended, each in its place", () => {
  expect([ids(1), ids(2), ids(3)]).toEqual([
    [["bad", []]],
    [
      ["open", []],
      ["bad", []],
    ],
    [
      ["done", []],
      ["open", []],
      ["bad", []],
    ],
  ]);
  expect(ids(4)[1]).toEqual(["open", ["below"]]);
});

it("says how many it left out, and leaves alone what has none", () => {
  expect(withLevels(tree(), 0)).toMatchObject({ levels: [], droppedLevels: 3 });
  expect(withLevels(tree(), 3).levels[1]).toMatchObject({ id: "open", droppedLevels: 1 });
  const whole = tree();
  expect(withLevels(whole, 4)).toEqual(whole);
  const bare = { ...whole, levels: [] };
  expect(withLevels(bare, 0)).toBe(bare);
});
