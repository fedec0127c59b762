import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseDuration } from "../src/duration.js";

describe("parseDuration", () => {
  it.each([
    ["250ms", 250],
    ["30s", 30_000],
    ["2m", 120_000],
    ["1h", 3_600_000],
    ["7d", 604_800_000],
    ["1.5s", 1_500],
    ["0s", 0],
    [0, 0],
    [12.5, 12.5],
  ])("%j is %d milliseconds", (given, millis) => {
    expect(parseDuration(given)).toBe(millis);
  });

  it.each(["", "5", "s", "-1s", "+1s", "1e3s", "0x10s", " 1s", "1s ", "1 s", ".5s", "1.s", "1S", "1w", "1s2m", "NaNs"])(
    "%j is no duration",
    (given) => {
      expect(parseDuration(given)).toBeUndefined();
    },
  );

  it.each([-1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])("%d is no duration", (given) => {
    expect(parseDuration(given)).toBeUndefined();
  });

  it("reads any whole number with any unit", () => {
    const units = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
    const unit = fc.constantFrom(...(Object.keys(units) as (keyof typeof units)[]));
    fc.assert(
      fc.property(fc.nat(1_000_000), unit, (n, name) => parseDuration(`${n}${name}`) === n * units[name]),
      { numRuns: 1_000 },
    );
  });

  it("gives a finite number that is not negative, or undefined, for any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const millis = parseDuration(text);
        return millis === undefined || (Number.isFinite(millis) && millis >= 0);
      }),
      { numRuns: 1_000 },
    );
  });
});
