import { describe, expect, it } from "vitest";
import { curvesOf } from "../../../../src/query/web/client/curve.js";
import { operation } from "./operations.js";

const curve = (points: [number, number][], given = {}) => curvesOf(operation("a", { curve: points, ...given }));

describe("curves", () => {
  it("are progress over time, and its rate in steps, in a box of a hundred", () => {
    const found = curve(
      [
        [2.5, 0.25],
        [5, 0.5],
      ],
      { elapsedSeconds: 10, percentage: 50, total: 100 },
    )!;
    expect(found.progress.line).toBe("M0 100L25 75L50 50L100 50");
    expect(found.progress.area).toBe("M0 100L25 75L50 50L100 50L100 100L0 100Z");
    expect(found.rate.line).toBe("M0 9.09L25 9.09L25 9.09L50 9.09L50 100L100 100");
    expect([found.seconds, found.peak, found.inItems]).toEqual([10, 10, true]);
  });

  it("are in shares of the whole where the total is not known", () => {
    const found = curve(
      [
        [1, 0.1],
        [2, 0.4],
      ],
      { elapsedSeconds: 3, percentage: 50 },
    )!;
    expect([found.inItems, Math.round(found.peak * 100)]).toEqual([false, 30]);
  });

  it("make no rate of a piece that has just begun, nor of a step back", () => {
    const found = curve(
      [
        [1, 0.1],
        [2, 0.2],
        [3, 0.1],
      ],
      { elapsedSeconds: 3.01, percentage: 20, total: 10 },
    )!;
    expect(found.peak).toBeCloseTo(1);
    expect(found.rate.line.endsWith("L100 100") || found.rate.line.endsWith(" 9.09")).toBe(true);
  });

  it("stand at the bottom while nothing moves", () => {
    expect(
      curve(
        [
          [1, 0],
          [2, 0],
        ],
        { elapsedSeconds: 3, percentage: 0, total: 9 },
      )!.rate.line,
    ).toMatch(/^(.\d+ 100)+$|100$/);
  });

  it("are none while there are not three moments", () => {
    expect(curve([])).toBe(undefined);
    expect(curve([[1, 0.5]], { elapsedSeconds: 1, percentage: 50 })).toBe(undefined);
    expect(curvesOf(operation("a"))).toBe(undefined);
  });
});
