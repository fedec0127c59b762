import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { clipped, fitted, widthOf } from "../../src/cli/columns.js";

const WIDTHS: readonly [string, number][] = [
  ["", 0],
  ["plain", 5],
  ["日本語", 6],
  ["🇩🇪 flag", 7],
  ["e\u0301te\u0301", 3],
];

describe("the width of a text in a terminal", () => {
  it.each(WIDTHS)("of %j is %i columns", (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it("that is too long is clipped with dots, wide characters whole or not at all", () => {
    expect(clipped("abcdef", 4)).toBe("abc…");
    expect(clipped("日本語", 5)).toBe("日本…");
    expect(clipped("日本語", 4)).toBe("日…");
    expect(clipped("日本語", 1)).toBe("…");
    expect(clipped("日本語", 0)).toBe("");
    expect(clipped("abcdef", 4, false)).toBe("abc.");
  });

  it("that is too short is filled, at the right or at the left", () => {
    expect(fitted("日本", 6)).toBe("日本  ");
    expect(fitted("42%", 5, true)).toBe("  42%");
    expect(fitted("日本語", 4)).toBe("日… ");
  });

  it("a fitted text takes exactly the columns it was given", () => {
    const piece = fc.constantFrom("a", " ", "日", "👨‍👩‍👧", "e\u0301", "é", "…");
    fc.assert(
      fc.property(fc.array(piece), fc.integer({ min: 1, max: 12 }), (pieces, columns) => {
        expect(widthOf(fitted(pieces.join(""), columns))).toBe(columns);
      }),
    );
  });
});
