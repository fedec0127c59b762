// Text in several styles: how wide it is, and how it is fitted into a place. Pure.

import { paint, type Style, type Theme } from "../../paint.js";
import { cut, widthOf } from "./text-width.js";

/** Text without control characters, in one style. */
export type Piece = readonly [text: string, style?: Style | undefined];

export function widthOfPieces(pieces: readonly Piece[]): number {
  return pieces.reduce((sum, [text]) => sum + widthOf(text), 0);
}

/** What was painted, and how many columns it takes: at most as many as there were. */
export interface Painted {
  readonly text: string;
  readonly width: number;
}

/** In at most `width` columns; what is cut off is replaced by an ellipsis. */
export function paintPieces(pieces: readonly Piece[], width: number, theme: Theme): Painted {
  const whole = widthOfPieces(pieces);
  if (whole <= width) return { text: pieces.map(([text, style]) => paint(theme, style, text)).join(""), width: whole };
  const ellipsis = theme.unicode ? "…" : "..";
  let used = 0;
  let painted = "";
  for (const [index, [text, style]] of pieces.entries()) {
    const isLast = index === pieces.length - 1;
    const left = width - used;
    const fits = widthOf(text) <= left - (isLast ? 0 : ellipsis.length);
    const shown = fits ? text : cut(isLast ? text : `${text}${ellipsis}`, left, ellipsis);
    painted += paint(theme, style, shown);
    used += widthOf(shown);
    if (!fits) break;
  }
  return { text: painted, width: used };
}
