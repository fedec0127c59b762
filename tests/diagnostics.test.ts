import { describe, expect, it } from "vitest";
import { Diagnostics } from "../src/diagnostics.js";
import { expectedButReceived, ProgressError } from "../src/errors.js";

function recording(strict = false) {
  const lines: unknown[][] = [];
  const misused: string[] = [];
  const diagnostics = new Diagnostics({ warn: (...line) => lines.push(line) }, strict, ({ code }) =>
    misused.push(code),
  );
  return { diagnostics, lines, misused };
}

describe("counting", () => {
  it("adds up by cause, and names only causes that occurred", () => {
    const { diagnostics } = recording();
    expect([diagnostics.losses(), diagnostics.counted("misuse")]).toEqual([{}, 0]);
    diagnostics.count("late_updates");
    diagnostics.count("late_updates", 4);
    diagnostics.count("misuse");
    expect(diagnostics.losses()).toEqual({ late_updates: 5, misuse: 1 });
    expect(diagnostics.counted("late_updates")).toBe(5);
  });

  it("hands out copies that do not change", () => {
    const { diagnostics } = recording();
    const before = diagnostics.losses();
    diagnostics.count("misuse");
    expect([before, Object.isFrozen(before)]).toEqual([{}, true]);
  });
});

describe("warnOnce", () => {
  it("says each key once, with its arguments", () => {
    const { diagnostics, lines } = recording();
    diagnostics.warnOnce("a", "first", 1);
    diagnostics.warnOnce("a", "again", 2);
    diagnostics.warnOnce("b", "second");
    expect(lines).toEqual([["otel-progress: first", 1], ["otel-progress: second"]]);
  });

  it("falls silent after 200 different troubles", () => {
    const { diagnostics, lines } = recording();
    for (let key = 0; key < 1_000; key++) diagnostics.warnOnce(String(key), "trouble");
    expect(lines).toHaveLength(200);
  });

  it("survives a sink that throws, and counts it", () => {
    const diagnostics = new Diagnostics({
      warn() {
        throw new Error("no log");
      },
    });
    diagnostics.warnOnce("a", "first");
    diagnostics.warnOnce("a", "first");
    expect(diagnostics.losses()).toEqual({ internal_errors: 1 });
  });
});

describe("misuse", () => {
  const error = new ProgressError("ENDED", "update on job, which is completed");

  it("is counted every time and said once per kind and place", () => {
    const { diagnostics, lines, misused } = recording();
    diagnostics.misuse(error, "job");
    diagnostics.misuse(error, "job");
    diagnostics.misuse(error, "other");
    diagnostics.misuse(error);
    expect(diagnostics.losses()).toEqual({ misuse: 4 });
    const line = "otel-progress: update on job, which is completed (ENDED; ignored, further ones are only counted)";
    expect(lines).toEqual([[line], [line], [line]]);
    expect(misused).toEqual(["ENDED", "ENDED", "ENDED", "ENDED"]);
  });

  it("is said once per subject, whatever was received", () => {
    const { diagnostics, lines } = recording();
    for (const what of ["total", "total", "weight"])
      for (const received of [-1, "x"])
        diagnostics.misuse(expectedButReceived("INVALID_NUMBER", what, "a number", received), "job");
    expect(diagnostics.losses()).toEqual({ misuse: 6 });
    expect(lines.map(([line]) => line)).toEqual([
      "otel-progress: total: expected a number, received -1 (INVALID_NUMBER; ignored, further ones are only counted)",
      "otel-progress: weight: expected a number, received -1 (INVALID_NUMBER; ignored, further ones are only counted)",
    ]);
  });

  it("throws in strict mode, neither counted nor said", () => {
    const { diagnostics, lines, misused } = recording(true);
    expect(() => diagnostics.misuse(error, "job")).toThrow(error);
    expect([diagnostics.strict, diagnostics.losses(), lines, misused]).toEqual([true, {}, [], ["ENDED"]]);
  });

  it("needs nobody to listen", () => {
    const diagnostics = new Diagnostics({ warn() {} });
    diagnostics.misuse(error);
    expect([diagnostics.strict, diagnostics.counted("misuse")]).toEqual([false, 1]);
  });
});

describe("safely", () => {
  it("gives what the function gave", () => {
    const { diagnostics } = recording();
    expect(diagnostics.safely("callbacks_failed", "a listener", () => 7)).toBe(7);
    expect(diagnostics.losses()).toEqual({});
  });

  it("counts every throw, says the first with the error, and gives undefined", () => {
    const { diagnostics, lines } = recording();
    const thrown = new Error("no");
    const failing = () => {
      throw thrown;
    };
    expect(diagnostics.safely("callbacks_failed", "a listener", failing)).toBeUndefined();
    expect(diagnostics.safely("callbacks_failed", "a listener", failing)).toBeUndefined();
    expect(diagnostics.losses()).toEqual({ callbacks_failed: 2 });
    expect(lines).toEqual([["otel-progress: a listener failed; further failures are only counted", thrown]]);
  });
});
