import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readDuration, timeLimits } from "../../src/instrumentation/time-limits.js";
import type { Duration } from "../../src/model.js";

const bad = (value: unknown) => value as Duration;

describe("readDuration", () => {
  it("reads milliseconds and whole numbers with a unit", () => {
    expect(["250ms", "30s", "2m", "1h", "7d", 0, 12.5].map((value) => readDuration("x", bad(value)))).toEqual([
      250, 30_000, 120_000, 3_600_000, 604_800_000, 0, 12.5,
    ]);
    expect(readDuration("x", undefined)).toBe(undefined);
  });

  it.each([
    [-1, "-1"],
    [Number.NaN, "NaN"],
    [Number.POSITIVE_INFINITY, "Infinity"],
    ["", '""'],
    ["30", '"30"'],
    ["30 s", '"30 s"'],
    ["-5s", '"-5s"'],
    ["1w", '"1w"'],
    ["1e3s", '"1e3s"'],
    [null, "null"],
    [true, "true"],
    [{}, "an object"],
  ])("refuses %j with a sentence that names what was expected and what came", (value, received) => {
    expect(() => readDuration("createProgress: timeout", bad(value))).toThrow(
      expect.objectContaining({
        code: "INVALID_OPTION",
        expected: 'milliseconds or a duration such as "30s" or "2m"',
        received,
        message: `createProgress: timeout: expected milliseconds or a duration such as "30s" or "2m", received ${received}`,
      }),
    );
  });

  it("takes any finite number from 0 as it is", () => {
    fc.assert(
      fc.property(fc.double({ min: 0, noNaN: true, noDefaultInfinity: true }), (millis) => {
        expect(readDuration("x", millis)).toBe(millis);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("timeLimits", () => {
  it("turns all three into milliseconds; auto stays auto, what is not given stays unknown", () => {
    expect(timeLimits("job", { stallTimeout: "2m", timeout: "1h", abandonAfter: 5 })).toEqual({
      stallTimeout: 120_000,
      timeout: 3_600_000,
      abandonAfter: 5,
    });
    expect(timeLimits("job", { stallTimeout: "auto" })).toEqual({
      stallTimeout: "auto",
      timeout: undefined,
      abandonAfter: undefined,
    });
    expect(Object.isFrozen(timeLimits("job", {}))).toBe(true);
  });

  it.each(["stallTimeout", "timeout", "abandonAfter"] as const)("names %s when it is bad", (name) => {
    expect(() => timeLimits("job", { [name]: "soon" as Duration })).toThrow(`job: ${name}: expected milliseconds`);
  });
});
