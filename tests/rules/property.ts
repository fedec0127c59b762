// A rule as a property: checked on random cases; a failure says how to see it again.

import fc from "fast-check";
import { it } from "vitest";

/** A test that `sentence`, a part of the rule with this number, holds in `runs` random cases. */
export function holds<T>(rule: number | string, sentence: string, runs: number, property: fc.IRawProperty<T>): void {
  const name = typeof rule === "number" ? `rule ${rule}` : rule;
  it(`${name}: ${sentence}`, async () => {
    const { seed } = fc.readConfigureGlobal();
    const from = seed ?? Math.floor(Math.random() * 2 ** 31);
    try {
      await fc.assert(property, { numRuns: runs, seed: from });
    } catch (error) {
      const { message, cause } = error as Error;
      const again = `repeat it with PROPERTY_SEED=${from} npx vitest run --project rules -t "${name}"`;
      throw new Error(`${name}: ${sentence}\n${again}\n${message}`, { cause });
    }
  });
}

/** Fails with `what`; a fraction of the cost of `expect`, which is called a million times. */
export function must(holds: boolean, what: string): asserts holds {
  if (!holds) throw new Error(what);
}

export function close(is: number, expected: number, what = "fraction"): void {
  if (!(Math.abs(is - expected) < 1e-9)) throw new Error(`${what} ${is}, expected ${expected}`);
}

export function same<T>(is: T, expected: T, what: string): void {
  if (!Object.is(is, expected)) throw new Error(`${what} ${is}, expected ${expected}`);
}
