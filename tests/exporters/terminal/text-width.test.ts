import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cut, widthOf } from "../../../src/exporters/terminal/text-width.js";

describe("the width of a text", () => {
  test.each([
    ["", 0],
    ["plain", 5],
    ["Größe", 5],
    ["日本語", 6],
    ["e\u0301", 1],
    ["नमस्ते", 4],
    ["📦", 2],
    ["❤", 1],
    ["❤\ufe0f", 2],
    ["co\u00adop", 5],
    ["a\u200bb", 2],
    ["ｆｕｌｌ", 8],
  ])("%s takes %d columns", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  test("joined emoji count as wide as the terminal that does not join them shows them", () => {
    expect(widthOf("👨‍👩‍👧")).toBe(6);
    expect(widthOf("👍🏽")).toBe(4);
  });
});

describe("a text that is too long", () => {
  test.each([
    ["abcdef", 6, "abcdef"],
    ["abcdef", 5, "abcd…"],
    ["ab cdef", 4, "ab…"],
    ["日本語", 5, "日本…"],
    ["日本語", 4, "日…"],
    ["👨‍👩‍👧x", 6, "…"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
    ["abc", 1, "…"],
    ["abc", 0, ""],
  ])("%s in %d columns is %s", (text, width, expected) => {
    expect(cut(text, width, "…")).toBe(expected);
  });

  test("an ellipsis of ASCII is cut itself where there is no room for it", () => {
    expect([cut("abc", 2, ".."), cut("abc", 1, ".."), cut("abcd", 3, "..")]).toEqual(["..", ".", "a.."]);
  });

  test("never takes more than its place", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.nat({ max: 40 }), (text, width) => {
        expect(widthOf(cut(text, width, "…"))).toBeLessThanOrEqual(width);
      }),
      { numRuns: 1_000 },
    );
  });
});
