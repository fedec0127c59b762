import { describe, expect, it } from "vitest";
import { contributionOf, countsAlike, Shares } from "../../../src/instrumentation/crossing/shares.js";
import type { Handle } from "../../../src/instrumentation/handle.js";
import { createTestProgress } from "../../../src/testing.js";

const share = (writer: string, current: number, failedItems = 0, skippedItems = 0) =>
  contributionOf(writer, 1, { current, failedItems, skippedItems });

function started() {
  const op = createTestProgress().progress.start("job");
  return { op, shares: new Shares(op as unknown as Handle) };
}

describe("shares", () => {
  it("are summed with what the owner counts, a newer one in the place of the one before", () => {
    const { op, shares } = started();
    op.increment(10);
    for (const each of [share("a", 5), share("b", 3, 2, 1), share("a", 6), share("b", 2, 1, 0)]) shares.put(each);
    op.increment();
    expect(op.snapshot()).toMatchObject({ current: 19, failedItems: 1 });
    op.update({ current: 4 });
    expect(op.snapshot().current).toBe(12);
  });

  it("come to the same in any order, fractions and all", () => {
    const all = [share("a", 0.1), share("b", 0.2), share("c", 0.3), share("a", 0.7), share("b", 1e9)];
    const sums = [all, [all[1]!, all[2]!, all[4]!, all[3]!], [all[4]!, all[2]!, all[0]!, all[3]!]].map((order) => {
      const { op, shares } = started();
      for (const each of order) shares.put(each);
      return op.snapshot().current;
    });
    expect(new Set(sums)).toEqual(new Set([0.7 + 1e9 + 0.3]));
  });

  it("of before a new attempt are no part of it, in whole numbers and in fractions", () => {
    for (const unit of [1, 0.1]) {
      const { op, shares } = started();
      shares.put(share("a", 5 * unit));
      op.newAttempt();
      expect(op.snapshot().current).toBe(undefined);
      shares.put(share("b", 2 * unit));
      shares.put(share("a", 8 * unit));
      expect(op.snapshot().current).toBeCloseTo(5 * unit, 12);
    }
  });

  it("failed and skipped items say nothing about the pace", async () => {
    await using test = createTestProgress();
    const op = test.progress.start("job");
    const shares = new Shares(op as unknown as Handle);
    await test.advance("1s");
    shares.put(share("a", 10, 5, 5));
    await test.advance("1s");
    expect([op.snapshot().rate, op.snapshot().current]).toEqual([undefined, 10]);
  });

  it("are alike when they count the same", () => {
    expect([countsAlike(undefined, share("a", 0)), countsAlike(undefined, share("a", 0, 1))]).toEqual([true, false]);
    expect([countsAlike(share("a", 1), share("a", 1)), countsAlike(share("a", 1), share("a", 2))]).toEqual([
      true,
      false,
    ]);
  });
});
