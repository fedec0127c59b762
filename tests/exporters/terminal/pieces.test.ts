import { stripVTControlCharacters } from "node:util";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Piece, paintPieces, widthOfPieces } from "../../../src/exporters/terminal/pieces.js";
import { widthOf } from "../../../src/exporters/terminal/text-width.js";

const pieces: readonly Piece[] = [["one", "red"], [" "], ["two", "dim"]];

test("pieces stand one after the other, each in its style", () => {
  expect(widthOfPieces(pieces)).toBe(7);
  expect(paintPieces(pieces, 7, { color: true, unicode: true })).toEqual({
    text: "\u001b[31mone\u001b[0m \u001b[2mtwo\u001b[0m",
    width: 7,
  });
});

test("what does not fit is replaced by an ellipsis in the style of where it was cut", () => {
  const cut = (width: number, unicode = true) => paintPieces(pieces, width, { color: false, unicode }).text;
  expect([6, 5, 4, 3, 2, 1, 0].map((width) => cut(width))).toEqual(["one t…", "one …", "one…", "on…", "o…", "…", ""]);
  expect([6, 5, 4].map((width) => cut(width, false))).toEqual(["one ..", "one..", "on.."]);
  expect(paintPieces(pieces, 2, { color: true, unicode: true }).text).toBe("\u001b[31mo…\u001b[0m");
});

test("the whole never takes more than its place, and all of it when it can", () => {
  const piece = fc.tuple(fc.string({ unit: "grapheme", maxLength: 12 }), fc.constantFrom("red", "dim", undefined));
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), fc.nat({ max: 40 }), fc.boolean(), (given, width, unicode) => {
      const texts = given.map(([text, style]): Piece => [text.replace(/\p{C}/gu, "."), style as never]);
      const painted = paintPieces(texts, width, { color: true, unicode });
      const shown = stripVTControlCharacters(painted.text);
      expect(widthOf(shown)).toBe(painted.width);
      expect(painted.width).toBeLessThanOrEqual(width);
      if (widthOfPieces(texts) <= width) expect(shown).toBe(texts.map(([text]) => text).join(""));
    }),
    { numRuns: 1_000 },
  );
});
