// The progress curve and the rate as paths in a box of 100 by 100 units, y downwards. Pure.

import type { Snapshot } from "../../../model.js";

export interface Drawn {
  /** The line, and the area under it. */
  readonly line: string;
  readonly area: string;
}
export interface Curves {
  readonly progress: Drawn;
  readonly rate: Drawn;
  /** At the right edge. */
  readonly seconds: number;
  /** Items per second at the top of the rate; share of the whole when the total is unknown. */
  readonly peak: number;
  readonly inItems: boolean;
}

type Point = readonly [x: number, y: number];

/** Undefined while there is nothing to draw. */
export function curvesOf(snapshot: Snapshot): Curves | undefined {
  const points = pointsOf(snapshot);
  const seconds = points.at(-1)?.[0] ?? 0;
  if (points.length < 3 || !(seconds > 0)) return undefined;
  const { total } = snapshot;
  const inItems = total !== undefined && total > 0;
  const rates = ratesOf(withoutStub(points), inItems ? total : 1);
  const peak = Math.max(...rates.map(([, rate]) => rate));
  const placed = (all: readonly Point[], top: number): Point[] =>
    all.map(([x, y]) => [(x / seconds) * 100, 100 - (top > 0 ? y / top : 0) * 100]);
  return { progress: draw(placed(points, 1)), rate: draw(placed(stepsOf(rates), peak * 1.1)), seconds, peak, inItems };
}

/** What was recorded, in order, and the present behind it. */
function pointsOf({ curve = [], elapsedSeconds, percentage }: Snapshot): Point[] {
  const points: Point[] = [];
  const add = (seconds: number, ratio: number) => {
    if (seconds > (points.at(-1)?.[0] ?? -1)) points.push([seconds, Math.min(1, Math.max(0, ratio))]);
  };
  if ((curve[0]?.[0] ?? 0) > 0) add(0, 0);
  for (const [seconds, ratio] of curve) add(seconds, ratio);
  if (percentage !== undefined) add(elapsedSeconds, percentage / 100);
  return points;
}

/** The last piece has just begun: too short to tell a rate from. */
function withoutStub(points: readonly Point[]): readonly Point[] {
  const [before, last] = points.slice(-2) as [Point, Point];
  const short = last[0] - before[0] < last[0] / points.length / 2;
  return short ? [...points.slice(0, -2), last] : points;
}

/** At the end of each piece, how fast it went. Backwards is no rate. */
function ratesOf(points: readonly Point[], total: number): Point[] {
  return points.slice(1).map(([x, y], index): Point => {
    const [before, was] = points[index]!;
    return [x, Math.max(0, ((y - was) / (x - before)) * total)];
  });
}

/** A rate holds for its piece: drawn as steps. */
function stepsOf(rates: readonly Point[]): Point[] {
  return rates.flatMap(([x, rate], index): Point[] => [
    [index === 0 ? 0 : rates[index - 1]![0], rate],
    [x, rate],
  ]);
}

function draw(points: readonly Point[]): Drawn {
  const number = (value: number) => String(Math.round(value * 100) / 100);
  const line = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${number(x)} ${number(y)}`).join("");
  return { line, area: `${line}L${number(points.at(-1)![0])} 100L${number(points[0]![0])} 100Z` };
}
