import { describe, expect, test } from "vitest";
import type { Snapshot } from "../../src/model.js";
import { hasTag, smallStatus, tagOf } from "../../src/query/status.js";
import { snapshotOf } from "./source.js";

describe("the small form", () => {
  test("has what a bar needs, in whole numbers, and nothing of the machine", () => {
    const snapshot = snapshotOf("a", 0, {
      stage: "scan",
      percentage: 99.99,
      message: "nearly",
      eta: { seconds: 12.6, low: 1, high: 20, basis: "rate" },
      attributes: { tenant: 7 },
    });
    expect(smallStatus(snapshot)).toEqual({
      id: "a",
      status: "running",
      stage: "scan",
      progress: 99,
      message: "nearly",
      etaSeconds: 13,
      attributes: { tenant: 7 },
    });
  });

  test("has no progress, not 0, when it is unknown", () => {
    expect(smallStatus(snapshotOf("a"))).toEqual({ id: "a", status: "running", attributes: {} });
  });

  test("says what went wrong, without what is for those who mend it", () => {
    const error = { type: "TypeError", message: "no", code: "E1", details: { secret: 1 }, causes: [] };
    const failed = snapshotOf("a", 0, { status: "failed", error } as unknown as Partial<Snapshot>);
    expect(smallStatus(failed).error).toEqual({ message: "no", code: "E1" });
    const bare = { ...failed, error: { type: "Error", message: "no" } } as Snapshot;
    expect(smallStatus(bare).error).toEqual({ message: "no" });
  });
});

describe("a tag", () => {
  test("is the same for the same text only", async () => {
    expect(await tagOf("a")).toBe(await tagOf("a"));
    expect(await tagOf("a")).not.toBe(await tagOf("b"));
    expect(await tagOf("a")).toMatch(/^"[\w-]{20}"$/);
  });

  test("is found as the header may say it", () => {
    expect(hasTag('"x"', '"x"')).toBe(true);
    expect(hasTag('W/"x"', '"x"')).toBe(true);
    expect(hasTag('"y", W/"x" ,"z"', '"x"')).toBe(true);
    expect(hasTag("*", '"x"')).toBe(true);
    expect(hasTag('"xx"', '"x"')).toBe(false);
    expect(hasTag("x", '"x"')).toBe(false);
    expect(hasTag(null, '"x"')).toBe(false);
  });
});
