// The remaining time of what runs side by side: rule 11.

import fc from "fast-check";
import { describe } from "vitest";
import type { Eta, Snapshot } from "../../src/model.js";
import { holds } from "./property.js";
import { KEPT, type Pair, type TreeRun, withTree } from "./tree-run.js";

interface Part {
  readonly kind: string;
  readonly total: number;
  /** Items per second. */
  readonly rates: readonly number[];
  readonly weights: readonly [number, number];
  /** An operation of its own. */
  readonly nested: boolean;
  /** Parts inside of it, instead of a count. */
  readonly inside: readonly Part[];
}
const leaf = {
  kind: fc.constantFrom("a", "b"),
  total: fc.integer({ min: 20, max: 60 }),
  rates: fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 4 }),
  weights: fc.tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 })),
  nested: fc.boolean(),
};
const simple: fc.Arbitrary<Part> = fc.record({ ...leaf, inside: fc.constant([]) });
const part: fc.Arbitrary<Part> = fc.record({
  ...leaf,
  inside: fc.oneof(
    { weight: 3, arbitrary: fc.constant([]) },
    { weight: 1, arbitrary: fc.array(simple, { minLength: 1, maxLength: 3 }) },
  ),
});
const parallel = fc.array(part, { minLength: 2, maxLength: 4 });

interface Leaf {
  readonly pair: Pair;
  readonly part: Part;
}

function begin(run: TreeRun, parent: Pair, all: readonly Part[], weights: 0 | 1): { parts: Pair[]; leaves: Leaf[] } {
  const leaves: Leaf[] = [];
  const parts = all.map((each) => {
    const options = { weight: each.weights[weights], total: each.inside.length > 0 ? undefined : each.total };
    const pair = each.nested ? run.startOperation(parent, "job", options) : run.startLevel(parent, each.kind, options);
    if (each.inside.length === 0) leaves.push({ pair, part: each });
    else leaves.push(...begin(run, pair, each.inside, weights).leaves);
    return pair;
  });
  return { parts, leaves };
}

const etaOf = ({ real }: Pair): Eta | undefined => (real.snapshot() as Snapshot).eta;

/** Runs the parts side by side for some seconds, looking at the remaining times after each. */
function run(
  all: readonly Part[],
  kept: number,
  weights: 0 | 1,
  look: (parent: Eta | undefined, parts: Pair[]) => void,
): void {
  withTree({ kept }, (tree) => {
    const { parts, leaves } = begin(tree, tree.root, all, weights);
    for (let second = 0; second < 4; second++) {
      for (const { pair, part } of leaves) {
        const left = part.total - pair.real.current;
        tree.count(pair, "increment", Math.min(left, part.rates[second % part.rates.length]!));
      }
      tree.pass(1_000);
      look(etaOf(tree.root), parts);
    }
  });
}

const BOUNDS = ["seconds", "low", "high"] as const;
const atLeast = (eta: number, least: number): boolean => eta >= least - 1e-9;

describe("parallel children", () => {
  holds(
    11,
    "their parent takes at least as long as the slowest of them, in every bound, however many run and whatever is in them",
    10_000,
    fc.property(parallel, KEPT, (all, kept) => {
      run(all, kept, 0, (parent, parts) => {
        const etas = parts.map(etaOf);
        if (etas.some((eta) => eta === undefined)) throw new Error("a part that counts has a remaining time");
        if (parent === undefined) throw new Error("all parts have one, their parent has none");
        for (const bound of BOUNDS) {
          const slowest = Math.max(...etas.map((eta) => eta![bound]));
          if (!atLeast(parent[bound], slowest)) throw new Error(`${bound}: ${parent[bound]}, slowest ${slowest}`);
        }
        if (!(parent.low <= parent.seconds + 1e-9 && parent.seconds <= parent.high + 1e-9)) throw new Error("order");
      });
    }),
  );

  holds(
    11,
    "does not depend on their weights, which the percentage goes by",
    10_000,
    fc.property(parallel, KEPT, (all, kept) => {
      const seen = ([0, 1] as const).map((weights) => {
        const etas: (Eta | undefined)[] = [];
        run(all, kept, weights, (parent) => etas.push(parent));
        return etas;
      });
      for (const [n, eta] of seen[0]!.entries()) {
        for (const bound of BOUNDS) {
          const [a, b] = [eta?.[bound], seen[1]![n]?.[bound]];
          if (a !== b && !(Math.abs(a! - b!) < 1e-9 * Math.max(1, a!))) throw new Error(`${bound}: ${a} and ${b}`);
        }
      }
    }),
  );

  // With as many running at once as now, no schedule of what is left is faster (Graham 1969): those to come count too.
  holds(
    11,
    "with more to come it is at least the slowest, and at least the work left over the parts that run at once",
    10_000,
    fc.property(
      fc.array(simple, { minLength: 2, maxLength: 3 }),
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 1, max: 5 }),
      KEPT.filter((kept) => kept > 3),
      (all, seconds, toCome, kept) => {
        withTree({ kept, total: all.length + 1 + toCome }, (tree) => {
          const first = tree.startLevel(tree.root, "a", {});
          tree.pass(seconds * 1_000);
          tree.end(first, "complete");
          const parts = all.map(({ total, weights }) => tree.startLevel(tree.root, "a", { total, weight: weights[0] }));
          for (const [n, pair] of parts.entries()) tree.count(pair, "increment", all[n]!.rates[0]!);
          tree.pass(1_000);
          const etas = parts.map((pair) => etaOf(pair)!.seconds);
          // One took all of its seconds, the others, so far, one for the share of it that they did.
          const seen = etas.reduce((sum, left) => sum + 1 / (1 + left), 1);
          const each = (seconds + parts.length) / seen;
          const least = Math.max(...etas, (etas.reduce((a, b) => a + b) + toCome * each) / parts.length);
          const eta = etaOf(tree.root);
          if (!(eta !== undefined && Math.abs(eta.seconds - least) < 1e-9 * least))
            throw new Error(`${eta?.seconds}, least ${least}`);
        });
      },
    ),
  );
});
