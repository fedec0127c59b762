// A small sign for each status: shape and colour, so that colour alone never tells it.

import { makeSvg, setAttribute } from "./elements.js";
import type { Tone } from "./wording.js";

/** Strokes in a box of 16 by 16. */
const PATHS: Readonly<Record<Tone, string>> = {
  pending: "M8 2.5a5.5 5.5 0 1 1 0 11a5.5 5.5 0 1 1 0-11M8 5v3l2 1.5",
  running: "M8 2.5a5.5 5.5 0 1 1-5.5 5.5",
  stalled: "M8 2.5L14 13H2ZM8 6.5v3M8 11.2v.1",
  paused: "M6 4v8M10 4v8",
  completed: "M3 8.5l3.5 3.5L13 4.5",
  failed: "M4 4l8 8M12 4l-8 8",
  cancelled: "M4.5 4.5h7v7h-7Z",
  lost: "M5.5 6a2.5 2.5 0 1 1 3.6 2.3C8.3 8.7 8 9.2 8 10M8 12.6v.1",
  skipped: "M3.5 4.5L8 8l-4.5 3.5ZM8.5 4.5L13 8l-4.5 3.5Z",
};

export function icon(tone: Tone): SVGElement {
  const path = makeSvg("path", { d: PATHS[tone] });
  return makeSvg("svg", { class: "icon", viewBox: "0 0 16 16", "aria-hidden": "true" }, path);
}

export function setIcon(element: SVGElement, tone: Tone): void {
  setAttribute(element.firstElementChild!, "d", PATHS[tone]);
}
