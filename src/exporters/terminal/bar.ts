// The bar itself: as much of `width` as is known to be done; what is not known is not drawn as if it were. Pure.

import { paint, type Style, type Theme } from "../../paint.js";

export interface BarState {
  /** 0 to 100. */
  readonly percentage: number | undefined;
  /** The percentage is at least this: the rest of the bar is drawn as unknown. */
  readonly floor: boolean;
  readonly style: Style;
  /** Counts up with time: moves the mark of a bar of unknown length; undefined where nothing moves. */
  readonly frame: number | undefined;
}

const GLYPHS = {
  true: { full: "━", half: "╸", empty: "─", unknown: "╌" },
  false: { full: "#", half: "", empty: "-", unknown: "." },
};
/** Width of the moving mark. */
const MARK = 3;

export function drawBar({ percentage, floor, style, frame }: BarState, width: number, theme: Theme): string {
  const { full, half, empty, unknown } = GLYPHS[`${theme.unicode}`];
  if (percentage === undefined) return drawMark(frame, width, theme, style);
  const done = (percentage / 100) * width;
  const whole = Math.floor(done);
  const part = done - whole >= 0.5 ? half : "";
  const rest = (floor ? unknown : empty).repeat(Math.max(0, width - whole - part.length));
  return paint(theme, style, full.repeat(whole) + part) + paint(theme, "dim", rest);
}

/** Goes to and fro. */
function drawMark(frame: number | undefined, width: number, theme: Theme, style: Style): string {
  const { full, unknown } = GLYPHS[`${theme.unicode}`];
  const room = width - MARK;
  if (frame === undefined || room < 1) return paint(theme, "dim", unknown.repeat(width));
  const step = frame % (2 * room);
  const at = step <= room ? step : 2 * room - step;
  return (
    paint(theme, "dim", unknown.repeat(at)) +
    paint(theme, style, full.repeat(MARK)) +
    paint(theme, "dim", unknown.repeat(room - at))
  );
}
