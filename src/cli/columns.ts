// Widths as a terminal has them: East Asian characters and emoji take two columns, marks over others none.

import sliceAnsi from "slice-ansi";

/** One column each. */
const PLAIN = /^[\x20-\x7e]*$/;

/** Columns that a text takes. */
export function widthOf(text: string): number {
  if (PLAIN.test(text)) return text.length;
  // No character takes more than two: those behind the text that still fit say how much it left.
  const most = 2 * text.length;
  return most - (sliceAnsi(text + "x".repeat(most), 0, most).length - text.length);
}

/** The text in at most so many columns; what is cut ends in "…". */
export function clipped(text: string, columns: number, unicode = true): string {
  if (widthOf(text) <= columns) return text;
  const dots = unicode ? "…" : ".";
  let room = columns - 1;
  // A wide character on the border is given whole.
  while (room > 0 && widthOf(sliceAnsi(text, 0, room)) > columns - 1) room--;
  return columns < 1 ? "" : (room > 0 ? sliceAnsi(text, 0, room) : "") + dots;
}

/** In exactly so many columns: clipped, or filled with blanks. */
export function fitted(text: string, columns: number, right = false, unicode = true): string {
  const shown = clipped(text, columns, unicode);
  const blanks = " ".repeat(Math.max(0, columns - widthOf(shown)));
  return right ? blanks + shown : shown + blanks;
}
