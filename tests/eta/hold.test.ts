import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HOLD_NUMBERS, held } from "../../src/eta/hold.js";

const memory = () => new Array<number>(HOLD_NUMBERS).fill(Number.NaN);
const at = (seconds: number, left: number, loss = 0.4, goal = 100, remaining = 50) => ({
  seconds,
  left,
  loss,
  goal,
  remaining,
});

describe("the end that is shown", () => {
  it("is the first one as it is, and stays while new ones are within the uncertainty", () => {
    const kept = memory();
    expect(held(kept, 0, at(10, 100))).toBe(100);
    expect(held(kept, 0, at(20, 80))).toBe(90);
    expect(held(kept, 0, at(20, 100))).toBe(90);
  });

  it("moves to within the uncertainty of one that lies beyond it, which is half of the loss", () => {
    const kept = memory();
    held(kept, 0, at(0, 100, 0.4));
    expect(held(kept, 0, at(0, 200, 0.4))).toBe(160);
    const sure = memory();
    held(sure, 0, at(0, 100, 0));
    expect(held(sure, 0, at(0, 200, 0))).toBe(196);
    const unsure = memory();
    held(unsure, 0, at(0, 100, 9));
    expect(held(unsure, 0, at(0, 1_000, 9))).toBeCloseTo(300, 9);
  });

  it("comes closer the longer the new one stays on one side", () => {
    const kept = memory();
    held(kept, 0, at(0, 100));
    const shown = [0, 10, 20, 40].map((now) => held(kept, 0, at(now, 200 - now)) + now);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    expect(new Set(shown).size).toBe(4);
    expect(shown.at(-1)).toBeLessThan(200);
  });

  it("asking twice changes nothing", () => {
    const kept = memory();
    held(kept, 0, at(0, 100));
    expect(held(kept, 0, at(5, 300))).toBe(held(kept, 0, at(5, 300)));
  });

  it("when the amount of work changes, what is left changes with it", () => {
    const kept = memory();
    held(kept, 0, at(10, 100, 0.4, 100, 50));
    expect(held(kept, 0, at(10, 200, 0.4, 150, 100))).toBe(200);
  });

  it("begins anew when there was nothing left before there was more", () => {
    const kept = memory();
    held(kept, 0, at(10, 0.5, 0.4, 100, 1));
    expect(held(kept, 0, at(11, 500, 0.4, 200, 100))).toBe(500);
  });

  it("is never before now, and never further from the new one than 70 %", () => {
    const step = fc.record({
      passed: fc.double({ min: 0, max: 1e4, noNaN: true }),
      left: fc.double({ min: 1e-3, max: 1e6, noNaN: true }),
      loss: fc.double({ min: 0, max: 4, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), (steps) => {
        const kept = memory();
        let now = 0;
        for (const { passed, left, loss } of steps) {
          now += passed;
          const shown = held(kept, 0, at(now, left, loss));
          expect(shown).toBeGreaterThanOrEqual(0);
          expect(Math.abs(shown - left)).toBeLessThanOrEqual(0.7 * left + 1e-6 * (now + left));
        }
      }),
    );
  });

  it("uses only its part of the memory", () => {
    const kept = [7, ...memory(), 8];
    held(kept, 1, at(10, 100));
    held(kept, 1, at(20, 500));
    expect([kept[0], kept.at(-1)]).toEqual([7, 8]);
  });
});
