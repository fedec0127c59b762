// How many columns a text takes on a screen, and how it is cut to fit. Terminals disagree about joined emoji: the widest
// answer is given, so that a line never gets longer than was counted. Texts are without control characters here.

import { eastAsianWidth } from "get-east-asian-width";

const ASCII = /^[ -~]*$/;
/** Combining marks and format characters (joiners among them), which take no column; the soft hyphen does. */
const NO_WIDTH = /^(?!\u00ad)[\p{Mn}\p{Me}\p{Cf}]$/u;
/** Asks for the colourful form of the character before, which is two columns wide. */
const EMOJI_FORM = "\ufe0f";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  let last = 0;
  for (const character of text) {
    if (character === EMOJI_FORM) width += last === 1 ? 1 : 0;
    else width += last = NO_WIDTH.test(character) ? 0 : eastAsianWidth(character.codePointAt(0)!);
  }
  return width;
}

/** `text` in at most `width` columns; what is cut off is replaced by `ellipsis`. Never cuts through a character as people see it. */
export function cut(text: string, width: number, ellipsis: string): string {
  if (widthOf(text) <= width) return text;
  const room = width - ellipsis.length;
  if (room < 0) return ellipsis.slice(0, Math.max(0, width));
  let kept = "";
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    used += widthOf(segment);
    if (used > room) break;
    kept += segment;
  }
  return kept.trimEnd() + ellipsis;
}
