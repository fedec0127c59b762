// Whose share is how large, who reserves it and who gives it back: rules 3, 6 and 7, in their own words.

import fc from "fast-check";
import { describe } from "vitest";
import { rollUp } from "../../src/rollup.js";
import { close, holds, same } from "./property.js";
import { KEPT, type Pair, type TreeRun, withTree } from "./tree-run.js";

const fractionOf = ({ real }: Pair): number => rollUp(real).floor;
const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

interface Part {
  readonly kind: string;
  readonly weight: number | undefined;
  readonly total: number;
  readonly unit: string | undefined;
  readonly done: number;
  readonly end: boolean;
}
const optional = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined });
const part: fc.Arbitrary<Part> = fc.record({
  kind: fc.constantFrom("a", "b"),
  weight: optional(fc.integer({ min: 1, max: 9 })),
  total: fc.integer({ min: 1, max: 20 }),
  unit: fc.constantFrom(undefined, "row", "By"),
  done: fc.nat(20),
  end: fc.boolean(),
});
const parts = fc.array(part, { minLength: 1, maxLength: 5 });
const fractionOfPart = ({ done, total, end }: Part): number => (end ? 1 : Math.min(done, total) / total);

/** Adds the parts, counts on them up to their totals and completes those that are to end. */
function add(run: TreeRun, parent: Pair, all: readonly Part[]): Pair[] {
  return all.map(({ kind, weight, total, unit, done, end }) => {
    const level = run.startLevel(parent, kind, { weight, total, unit });
    run.count(level, "increment", Math.min(done, total));
    if (end) run.end(level, "complete");
    return level;
  });
}
/** The fraction of a parent of these; the last one always runs, so that nobody else is expected. */
const fractionWith = (given: Parameters<typeof withTree>[0], all: readonly Part[]): number =>
  withTree(given, (run) => {
    add(run, run.root, [...all.slice(0, -1), { ...all.at(-1)!, end: false }]);
    return fractionOf(run.root);
  });
const expectedOf = (all: readonly Part[], weightOf: (part: Part) => number): number => {
  const open = [...all.slice(0, -1), { ...all.at(-1)!, end: false }];
  return sum(open.map((each) => weightOf(each) * fractionOfPart(each))) / sum(open.map(weightOf));
};
const PAST = [2, 1] as const;

describe("one weight scheme per parent, the first that every child can supply", () => {
  holds(
    3,
    "explicit weights go first, and parts without one get their mean; units, totals and past runs do not matter",
    10_000,
    fc.property(parts, KEPT, fc.constantFrom(undefined, PAST), (all, kept, past) => {
      const given = all.map(({ weight }) => weight).filter((weight) => weight !== undefined);
      if (given.length === 0) return;
      const mean = sum(given) / given.length;
      close(
        fractionWith({ kept, past }, all),
        expectedOf(all, ({ weight }) => weight ?? mean),
      );
    }),
  );

  // Where all parts are of one kind, its mean tells them not apart: then totals, if they can, say more.
  holds(
    3,
    "the mean durations of past runs go before totals, where all kinds have one",
    10_000,
    fc.property(parts, KEPT, (all, kept) => {
      const both: Part[] = ["a", "b", ...all.map(({ kind }) => kind)].map((kind, n) => ({
        ...all[n % all.length]!,
        kind,
        weight: undefined,
      }));
      close(
        fractionWith({ kept, past: PAST }, both),
        expectedOf(both, ({ kind }) => (kind === "a" ? 2 : 1)),
      );
      const unheard = { ...both[0]!, kind: "c", unit: "page", end: true };
      const all1 = [unheard, ...both];
      const same = new Set(all1.map(({ unit }) => unit)).size === 1;
      close(
        fractionWith({ kept, past: PAST }, all1),
        expectedOf(all1, ({ total }) => (same ? total : 1)),
      );
    }),
  );

  // Parts that all lack a unit are taken to count the same things.
  holds(
    3,
    "totals go next if all share a unit: then it is the share of all items",
    10_000,
    fc.property(parts, KEPT, fc.constantFrom(undefined, "row"), (all, kept, unit) => {
      const alike = all.map((each) => ({ ...each, unit, weight: undefined }));
      close(
        fractionWith({ kept }, alike),
        expectedOf(alike, ({ total }) => total),
      );
    }),
  );

  holds(
    3,
    "units are never mixed: counting one of them in thousandths changes nothing",
    10_000,
    fc.property(parts, KEPT, part, (all, kept, other) => {
      const unlike: Part[] = [...all, { ...other, unit: "row" }, { ...other, unit: "By" }].map((each) => ({
        ...each,
        weight: undefined,
      }));
      const finer = unlike.map((each) =>
        each.unit === "By"
          ? { ...each, total: each.total * 1_000, done: Math.min(each.done, each.total) * 1_000 }
          : each,
      );
      close(fractionWith({ kept }, unlike), fractionWith({ kept }, finer));
      close(
        fractionWith({ kept }, unlike),
        expectedOf(unlike, () => 1),
      );
    }),
  );
});

describe("shares", () => {
  const order = fc.array(fc.nat(20), { minLength: 5, maxLength: 5 });
  const inOrder = <T>(all: readonly T[], by: readonly number[]): T[] =>
    all
      .map((each, n) => [each, by[n]!] as const)
      .sort((a, b) => a[1] - b[1])
      .map(([each]) => each);

  holds(
    6,
    "declared children reserve theirs from the start: beginning changes nothing, completing adds exactly the share",
    10_000,
    fc.property(parts, order, KEPT, (all, by, kept) => {
      withTree({ kept }, (run) => {
        const given = all.map(({ weight }) => weight).filter((weight) => weight !== undefined);
        const mean = given.length === 0 ? 1 : sum(given) / given.length;
        const weights = all.map(({ weight }) => weight ?? mean);
        const declared = all.map(({ kind, weight }, n) => ({
          level: run.declare(run.root, kind, { weight, total: undefined, unit: undefined }),
          weight: weights[n]!,
        }));
        let done = 0;
        for (const { level, weight } of inOrder(declared, by)) {
          run.begin(level);
          close(fractionOf(run.root), done / sum(weights), "begun");
          run.end(level, "complete");
          done += weight;
          close(fractionOf(run.root), done / sum(weights), "completed");
        }
      });
    }),
  );

  holds(
    6,
    "with a total, late children take from what is not reserved: the shares of the others stay, up to the total",
    10_000,
    fc.property(fc.integer({ min: 1, max: 8 }), fc.array(fc.boolean(), { maxLength: 12 }), KEPT, (total, all, kept) => {
      withTree({ kept, total }, (run) => {
        const open: Pair[] = [];
        let [begun, done] = [0, 0];
        for (const begins of all) {
          if (begins || open.length === 0) {
            open.push(run.startLevel(run.root, "song", { weight: 1 + begun }));
            begun++;
          } else {
            run.end(open.pop()!, "complete");
            done++;
          }
          // Beyond the total everybody's share shrinks: it is an over-run.
          close(fractionOf(run.root), done / Math.max(total, begun));
        }
      });
    }),
  );

  holds(
    6,
    "without a total nothing is left unreserved: a late child is one more among all",
    10_000,
    fc.property(parts, part, KEPT, (all, late, kept) => {
      const same = all.map((each) => ({ ...each, weight: 1 }));
      withTree({ kept }, (run) => {
        add(run, run.root, same);
        run.startLevel(run.root, late.kind, { weight: 1 });
        close(fractionOf(run.root), sum(same.map(fractionOfPart)) / (same.length + 1));
      });
    }),
  );
});

describe("children that do not reach their end", () => {
  const gone = fc.array(fc.tuple(part, fc.constantFrom("skip", "cancel"), fc.nat(5)), { maxLength: 4 });

  // "Re-divided" is taken at its word: the parent is as if they had never been, their weights in the mean included.
  holds(
    7,
    "skipped and cancelled ones leave numerator and denominator: as if they had never been",
    10_000,
    fc.property(parts, gone, KEPT, optional(fc.integer({ min: 12, max: 20 })), (all, left, kept, total) => {
      const without = withTree({ kept, total: total === undefined ? undefined : total - left.length }, (run) => {
        add(run, run.root, all);
        return rollUp(run.root.real);
      });
      const withThem = withTree({ kept, total }, (run) => {
        const levels: (() => void)[] = [];
        for (const [each, how, at] of left) {
          const level = () => {
            const [pair] = add(run, run.root, [{ ...each, end: false }]);
            levels.push(() => run.end(pair!, how as "skip"));
          };
          if (at > 2) level();
          else levels.push(level);
        }
        add(run, run.root, all);
        for (let level = levels.shift(); level !== undefined; level = levels.shift()) level();
        return rollUp(run.root.real);
      });
      close(withThem.floor, without.floor);
      close(withThem.coverage, without.coverage, "coverage");
    }),
  );

  holds(
    7,
    "failed ones count as settled while their parent goes on, and with their own fraction once it fails; folded or not",
    10_000,
    fc.property(
      parts,
      fc.array(part, { minLength: 1, maxLength: 3 }),
      KEPT,
      optional(fc.constant(12)),
      (all, failed, kept, total) => {
        withTree({ kept, total }, (run) => {
          for (const each of failed) {
            const [level] = add(run, run.root, [{ ...each, weight: 1, end: false }]);
            run.end(level!, "fail");
          }
          add(
            run,
            run.root,
            [...all, { ...all[0]!, end: false }].map((each) => ({ ...each, weight: 1 })),
          );
          const going = fractionOf(run.root);
          const others = [...all, { ...all[0]!, end: false }];
          const expected = (ofFailed: number) =>
            (sum(others.map(fractionOfPart)) + ofFailed) / (total ?? failed.length + others.length);
          close(going, expected(failed.length), "going on");
          run.end(run.root, "fail");
          close(
            fractionOf(run.root),
            expected(sum(failed.map((each) => fractionOfPart({ ...each, end: false })))),
            "failed",
          );
        });
      },
    ),
  );

  holds(
    7,
    "a failed or cancelled operation keeps the percentage it had",
    10_000,
    fc.property(parts, KEPT, fc.constantFrom("fail", "cancel"), (all, kept, how) => {
      withTree({ kept }, (run) => {
        add(run, run.root, all);
        const { percentage } = run.root.real.snapshot();
        run.end(run.root, how as "fail");
        same(run.root.real.snapshot().percentage, percentage, "percentage");
      });
    }),
  );

  // A stage that is skipped is one that is passed over.
  holds(
    7,
    "a passed-over stage counts as done, also one that is skipped; one that is cancelled stands where it was",
    10_000,
    fc.property(
      fc.constantFrom("skip", "cancel", "fail", "complete"),
      fc.nat(2),
      fc.nat(100),
      KEPT,
      (how, n, at, kept) => {
        withTree({ kept, type: "clip" }, (run) => {
          const [from, to] = (
            [
              [0, 10],
              [10, 70],
              [70, 100],
            ] as const
          )[n]!;
          const { real } = run.root;
          real.enterStage(["load", "work", "save"][n]! as never, { percentage: at });
          close(fractionOf(run.root), (from + ((to - from) * at) / 100) / 100, "in it");
          const level = [...real.extra!.levelsById!.values()].at(-1) as Pair["real"];
          if (how === "fail") level.fail(new Error("no"));
          else level[how as "skip"]();
          close(fractionOf(run.root), (how === "cancel" ? from + ((to - from) * at) / 100 : to) / 100, how);
          if (n === 2) return;
          real.enterStage("save" as never);
          close(fractionOf(run.root), 0.7, "the next one");
        });
      },
    ),
  );
});
