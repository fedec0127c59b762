import fc from "fast-check";
import { expect, it } from "vitest";
import { Steady } from "../../src/redis/steady.js";

const LEASE = 10_000;

/** Looks of a story: when it was asked, how long the answer took, and by how much the clock of Redis then was ahead. */
function after(...looks: readonly (readonly [at: number, took?: number, ahead?: number])[]): boolean {
  const steady = new Steady(LEASE);
  for (const [at, took = 1, ahead = 0] of looks) steady.saw(at, at + took, 1_000_000 + at + took + ahead);
  return steady.holds;
}
const every = (millis: number, until: number, from = 0) =>
  Array.from({ length: Math.floor((until - from) / millis) + 1 }, (_, n) => [from + n * millis] as const);

it("holds after a whole lease of looks, and not before", () => {
  expect(after(...every(2_000, 10_000))).toBe(true);
  expect(after(...every(2_000, 8_000))).toBe(false);
  expect(after()).toBe(false);
});

it("begins anew after a gap, a late answer, no answer, or a jump of the clock either way", () => {
  const good = every(2_000, 10_000);
  expect(after(...good, [17_000])).toBe(false);
  expect(after(...good, [12_000, 3_000])).toBe(false);
  expect(after(...good, [12_000, 1, 60_000])).toBe(false);
  expect(after(...good, [12_000, 1, -60_000])).toBe(false);
  const steady = new Steady(LEASE);
  for (const [at] of good) steady.saw(at, at, at);
  expect(steady.holds).toBe(true);
  steady.failed();
  expect(steady.holds).toBe(false);
});

it("holds again a lease after that", () => {
  expect(after([0], [2_000], ...every(2_000, 30_000, 20_000))).toBe(true);
  expect(after([0, 1, 0], ...every(2_000, 12_000, 2_000).map(([at]) => [at, 1, 60_000] as const))).toBe(true);
});

it("never holds when the latest trouble is less than a lease ago", () => {
  const look = fc.record({ pause: fc.integer({ min: 0, max: 8_000 }), took: fc.integer({ min: 0, max: 4_000 }) });
  fc.assert(
    fc.property(fc.array(look, { maxLength: 30 }), (looks) => {
      const steady = new Steady(LEASE);
      let [now, trouble] = [0, Number.NEGATIVE_INFINITY];
      let last: number | undefined;
      for (const { pause, took } of looks) {
        const asked = now + pause;
        now = asked + took;
        if (last === undefined || now - last > LEASE / 2 || took > LEASE / 4) trouble = now;
        last = now;
        steady.saw(asked, now, 5_000 + now);
        expect(steady.holds).toBe(now - trouble >= LEASE);
      }
    }),
  );
});
