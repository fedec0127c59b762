// Text in several styles: how wide it is, and how it is fitted into a place. Pure.

import { paint, type Style, type Theme } from "../../paint.js";
import { cut, widthOf } from "./text-width.js";

/** Text without control characters, in one style. */
export type Piece = readonly [text: string, style?: Style | undefined];

export function widthOfPieces(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, [text]) => sum + widthOf(text), 0);
}

/** In at most `width` columns; what is cut off is replaced by an ellipsis. */
export function paintPieces(pieces: readonly Piece[], width: number, theme: Theme): string {
  if (widthOfPieces(pieces) <= width) return pieces.map(([text, style]) => paint(theme, style, text)).join("");
  const ellipsis = theme.unicode ? "…" : "..";
  let left = width;
  let painted = "";
  for (const [index, [text, style]] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    const fits = widthOf(text) <= left - (isLast ? 0 : ellipsis.length);
    const shown = fits ? text : cut(isLast ? text : `${text}${ellipsis}`, left, ellipsis);
    painted += paint(theme, style, shown);
    left -= widthOf(shown);
    if (!fits) break;
  }
  return painted;
}
