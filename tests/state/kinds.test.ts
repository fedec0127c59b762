import { describe, expect, it } from "vitest";
import { Kinds, OTHER } from "../../src/state/kinds.js";

const names = (kinds: Iterable<{ type: string; level: string | undefined }>) =>
  [...kinds].map(({ type, level }) => (level === undefined ? type : `${type}/${level}`));

describe("Kinds of operations", () => {
  it("are one per type", () => {
    const kinds = new Kinds(2);
    const a = kinds.operation("a");
    expect([kinds.operation("a") === a, kinds.operation("b") === a, names(kinds.operations())]).toEqual([
      true,
      false,
      ["a", "b"],
    ]);
  });

  it("beyond the limit keep their names and are counted together as other", () => {
    const kinds = new Kinds(2);
    const a = kinds.operation("a");
    kinds.operation("b");
    const [c, d] = [kinds.operation("c"), kinds.operation("d")];
    c.tally.active++;
    d.tally.active++;
    expect([c.type, d.type, c.tally === d.tally, c.tally === a.tally]).toEqual(["c", "d", true, false]);
    expect(names(kinds.operations())).toEqual(["a", "b", OTHER]);
    expect([...kinds.operations()].map(({ tally }) => tally.active)).toEqual([0, 0, 2]);
    expect([kinds.operation("a") === a, kinds.countedAs(a) === a, kinds.countedAs(c).type]).toEqual([
      true,
      true,
      OTHER,
    ]);
  });

  it("a type that is itself named other is counted with the others", () => {
    const kinds = new Kinds(2);
    expect(kinds.operation(OTHER).tally).toBe(kinds.operation(OTHER).tally);
    expect(names(kinds.operations())).toEqual([OTHER]);
  });
});

describe("Kinds of levels", () => {
  it("are one per operation type and level type", () => {
    const kinds = new Kinds(10);
    const file = kinds.level("a", "file");
    expect([kinds.level("a", "file") === file, kinds.level("b", "file") === file]).toEqual([true, false]);
    kinds.level("a", "row");
    expect([names(kinds.levels()), names(kinds.operations())]).toEqual([["a/file", "a/row", "b/file"], []]);
  });

  it("beyond the limit keep their names and are counted together as other, over all operation types", () => {
    const kinds = new Kinds(2);
    const known = kinds.level("a", "x");
    kinds.level("b", "x");
    const [c, d] = [kinds.level("a", "c"), kinds.level("d", "d")];
    expect([c.type, c.level, d.type, d.level, c.tally === d.tally]).toEqual(["a", "c", "d", "d", true]);
    expect(names(kinds.levels())).toEqual(["a/x", "b/x", `${OTHER}/${OTHER}`]);
    expect([kinds.countedAs(known) === known, names([kinds.countedAs(d)])]).toEqual([true, [`${OTHER}/${OTHER}`]]);
    expect(kinds.level(OTHER, OTHER).tally).toBe(c.tally);
  });

  it("learn together when an operation of their type completed", () => {
    const kinds = new Kinds(10);
    const [a, b] = [kinds.level("a", "x"), kinds.level("b", "x")];
    a.tally.completedAfter(3);
    b.tally.completedAfter(5);
    kinds.learnLevels("a");
    kinds.learnLevels("unheard of");
    expect([a.tally.pastMeanSeconds, b.tally.pastMeanSeconds]).toEqual([3, undefined]);
  });
});
