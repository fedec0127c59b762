import { describe, expect, it } from "vitest";
import { stallLimitMillis } from "../src/stall.js";

describe("stallLimitMillis", () => {
  it("a fixed limit is taken as it is, whatever the pace", () => {
    expect([stallLimitMillis(500, undefined), stallLimitMillis(0, 3_600)]).toEqual([500, 0]);
  });

  it("auto is five minutes while the usual gap is unknown", () => {
    expect(stallLimitMillis("auto", undefined)).toBe(300_000);
  });

  it.each([
    [0, 60_000],
    [0.1, 60_000],
    [6, 60_000],
    [6.5, 65_000],
    [120, 1_200_000],
  ])("auto with a usual gap of %d s is %d ms: ten times the gap, at least a minute", (gap, millis) => {
    expect(stallLimitMillis("auto", gap)).toBe(millis);
  });
});
