import { describe, expect, it } from "vitest";
import {
  type Contribution,
  type Contributions,
  mergeContributions,
  readContribution,
  sumOfContributions,
} from "../src/contributions.js";

const of = (writer: string, sequence: number, current: number, failedItems = 0, skippedItems = 0): Contribution => ({
  writer,
  sequence,
  current,
  failedItems,
  skippedItems,
});
const none: Contributions = new Map();

describe("merging contributions", () => {
  it("keeps the newest of each writer and drops what is older, though it counts more", () => {
    const all = mergeContributions(none, [of("a", 2, 5), of("b", 1, 7, 1, 2), of("a", 1, 9)]);
    expect([...all.values()]).toEqual([of("a", 2, 5), of("b", 1, 7, 1, 2)]);
    expect(sumOfContributions(all)).toEqual({ current: 12, failedItems: 1, skippedItems: 2 });
  });

  it("changes neither side, and gives the first back when there is nothing new", () => {
    const a = mergeContributions(none, [of("a", 1, 1)]);
    const b = mergeContributions(none, [of("b", 1, 2)]);
    expect([...mergeContributions(a, b).keys()]).toEqual(["a", "b"]);
    expect([a.size, b.size]).toEqual([1, 1]);
    expect(mergeContributions(a, [of("a", 1, 1), of("a", 0, 50)])).toBe(a);
  });

  it("of two with one number takes the same whichever comes first", () => {
    const twins: [Contribution, Contribution][] = [
      [of("a", 1, 1), of("a", 1, 2)],
      [of("a", 1, 2, 1), of("a", 1, 2, 2)],
      [of("a", 1, 2, 2, 0), of("a", 1, 2, 2, 1)],
    ];
    for (const [less, more] of twins) {
      expect([...mergeContributions(none, [less, more]).values()]).toEqual([more]);
      expect([...mergeContributions(none, [more, less]).values()]).toEqual([more]);
    }
  });

  it("without writers sums to nothing", () => {
    expect(sumOfContributions(none)).toEqual({ current: 0, failedItems: 0, skippedItems: 0 });
  });
});

describe("reading a contribution", () => {
  it("takes exactly what belongs to it", () => {
    expect(readContribution({ ...of("a", 1, 2, 0, 1), more: "x" })).toEqual(of("a", 1, 2, 0, 1));
  });

  it.each([
    null,
    "a",
    {},
    of("", 1, 1),
    of("x".repeat(257), 1, 1),
    of("a", -1, 1),
    of("a", 1, Number.NaN),
    { ...of("a", 1, 1), current: "1" },
    { ...of("a", 1, 1), failedItems: undefined },
  ])("refuses %o", (data) => {
    expect(readContribution(data)).toBeUndefined();
  });
});
