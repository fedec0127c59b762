// Texts as cells of a table: cut to a width, or filled up to it.

import { cut, widthOf } from "../exporters/terminal/text-width.js";

export { widthOf };

/** The text in at most so many columns; what is cut ends in "…". */
export const clipped = (text: string, columns: number, unicode = true): string =>
  cut(text, columns, unicode ? "…" : ".");

/** In exactly so many columns: clipped, or filled with blanks. */
export function fitted(text: string, columns: number, right = false, unicode = true): string {
  const shown = clipped(text, columns, unicode);
  const blanks = " ".repeat(Math.max(0, columns - widthOf(shown)));
  return right ? blanks + shown : shown + blanks;
}
