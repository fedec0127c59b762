// One fraction from counts, children and stages: rules 2, 4 and 5, in their own words.

import fc from "fast-check";
import { describe, expect } from "vitest";
import { ProgressError } from "../../src/errors.js";
import { type Definition, defineOperation, type StagesSpec } from "../../src/instrumentation/definition.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import type { Snapshot } from "../../src/model.js";
import { rollUp } from "../../src/rollup.js";
import type { Entry } from "../../src/state/entry.js";
import { ManualClock } from "../../src/testing.js";
import { close, holds, must, same } from "./property.js";
import { cases, KEPT, type Pair, runTree, type Step, withTree } from "./tree-run.js";

const fractionOf = ({ real }: Pair): number => rollUp(real).floor;

describe("a parent with a total", () => {
  const child = fc.record({
    total: fc.integer({ min: 1, max: 9 }),
    current: fc.nat(12),
    how: fc.constantFrom("run", "run", "complete", "fail", "declare" as const),
  });

  holds(
    2,
    "with a total, it counts its children, and the running ones by their fraction; their ends count nothing on it",
    10_000,
    fc.property(
      fc.array(child, { maxLength: 6 }),
      fc.nat(8),
      fc.integer({ min: 6, max: 12 }),
      KEPT,
      (all, n, total, kept) => {
        withTree({ kept, total }, (run) => {
          run.count(run.root, "increment", n);
          let settled = 0;
          let running = 0;
          const expected = () => Math.min(1, (Math.max(n, settled) + running) / total);
          for (const { how, current, ...rest } of all) {
            if (how === "declare") {
              run.declare(run.root, "song", { ...rest, unit: undefined, weight: undefined });
              continue;
            }
            const level = run.startLevel(run.root, "song", rest);
            run.count(level, "increment", current);
            const fraction = Math.min(1, current / rest.total);
            close(
              fractionOf(run.root),
              Math.min(1, (Math.max(n, settled) + running + fraction) / total),
              "while it runs",
            );
            if (how === "run") running += fraction;
            else {
              run.end(level, how);
              settled++;
            }
            close(fractionOf(run.root), expected());
          }
          same(run.root.real.current, n, "current");
        });
      },
    ),
  );
});

describe("stages", () => {
  const progress = createProgress({ strict: true, clock: new ManualClock(), limits: { finished: 0 } });
  const weights = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 5 });
  const named = <T>(values: readonly T[]): Record<string, T> =>
    Object.fromEntries(values.map((value, n) => [`s${n}`, value]));
  /** Percent ranges of these widths, the last one up to 100. */
  const tiles = (widths: readonly number[]): [number, number][] => {
    const ends = widths.map((_, n) => (n === widths.length - 1 ? 100 : widths.slice(0, n + 1).reduce((a, b) => a + b)));
    return ends.map((end, n) => [n === 0 ? 0 : ends[n - 1]!, end]);
  };
  const define = (stages: StagesSpec): Definition<string> => defineOperation("staged", { stages: stages as never });

  holds(
    2,
    "a stage begins where its range begins, goes to where it ends, and wins over a total; ranges and weights alike",
    10_000,
    fc.property(
      weights,
      fc.boolean(),
      fc.array(fc.tuple(fc.nat(4), fc.nat(100)), { maxLength: 5 }),
      (all, ranges, steps) => {
        const sum = all.reduce((a, b) => a + b);
        const from = (n: number) =>
          ranges ? tiles(all)[n]![0] / 100 : all.slice(0, n).reduce((a, b) => a + b, 0) / sum;
        const to = (n: number) => (n === all.length - 1 ? 1 : from(n + 1));
        const op = progress.start(define(named<StagesSpec[string]>(ranges ? tiles(all) : all)), {
          total: 7,
        }) as Operation;
        op.increment(3);
        const raw = () => rollUp(op as unknown as Entry);
        close(raw().floor, 0);
        let at: number | undefined;
        for (const [stage, percentage] of steps) {
          const n = stage % all.length;
          op.enterStage(`s${n}` as never);
          if (n !== at) close(raw().floor, from(n), `s${n} begins at`);
          op.enterStage(`s${n}` as never, { percentage });
          close(raw().floor, from(n) + (percentage / 100) * (to(n) - from(n)), `s${n} at ${percentage} %`);
          same(raw().coverage, 1, "coverage");
          at = n;
        }
        op.cancel();
      },
    ),
  );

  holds(
    2,
    "ranges that do not tile 0 to 100, and ranges mixed with weights, are refused",
    10_000,
    fc.property(
      weights,
      fc.nat(4),
      fc.constantFrom("from", "to", "weight"),
      fc.constantFrom(-3, 3),
      (all, at, what, by) => {
        const spec: (readonly [number, number] | number)[] = tiles(all);
        define(named(spec as StagesSpec[string][]));
        const n = at % spec.length;
        const [from, to] = spec[n] as [number, number];
        if (what === "weight" && spec.length === 1) return;
        spec[n] = what === "weight" ? 5 : what === "from" ? [from + by, to] : [from, to + by];
        expect(() => define(named(spec as StagesSpec[string][]))).toThrow(ProgressError);
      },
    ),
  );
});

describe("an over-run", () => {
  holds(
    4,
    "of items or of parts raises the total and is flagged, in any run; the fraction stays between 0 and 1",
    10_000,
    fc.property(cases(24), (given) => {
      runTree(given, (_run, { real, plain }, step) => {
        const { floor, coverage } = rollUp(real);
        if (!(floor >= 0 && floor <= 1 && coverage >= 0 && coverage <= 1)) throw new Error(`${floor}, ${coverage}`);
        if (step?.verb !== "read" && step?.verb !== "level" && step?.verb !== "increment") return;
        const { current = 0, total, overrun } = real.snapshot() as Snapshot;
        if (plain.total === undefined) return same(total ?? overrun, undefined, "total");
        const parts = plain.children.filter(({ status }) => status !== "skipped" && status !== "cancelled").length;
        const beyond = Math.max(current, plain.total > 0 && plain.final === undefined ? parts : 0);
        if (plain.final === undefined) same(total, Math.max(plain.total, beyond), "total");
        if (!(total! >= current && total! >= plain.total)) throw new Error(`${current} of ${total}`);
        same(overrun, total! > plain.total ? true : undefined, "overrun");
      });
    }),
  );

  holds(
    4,
    "f = clamp(current / total, 0, 1)",
    10_000,
    fc.property(fc.nat(1_000), fc.integer({ min: 1, max: 500 }), (current, total) => {
      withTree({ total }, ({ root }) => {
        root.real.increment(current);
        close(fractionOf(root), Math.min(1, current / total));
        const shown = root.real.snapshot();
        same(shown.total, Math.max(current, total), "total");
        same(shown.overrun, current > total ? true : undefined, "overrun");
      });
    }),
  );
});

describe("what is unknown", () => {
  const SAYS = ["grow", "total", "kind", "percentage", "stage", "complete", "fail", "declare", "begin"];
  /** Steps that say nothing about any size. */
  const mute = (step: Step): Step => ({
    ...step,
    verb: SAYS.includes(step.verb) || (step.verb === "nested" && step.kind === "c") ? "increment" : step.verb,
    total: undefined,
    simulate: undefined,
  });

  holds(
    5,
    "without any size known the fraction is undefined, not 0, and no percentage is invented",
    10_000,
    fc.property(cases(24), (given) => {
      const type = given.type === "clip" ? "job" : given.type;
      const steps = given.steps.map(mute);
      runTree({ ...given, type, steps, total: undefined, simulate: undefined }, (_run, { real }) => {
        const { floor, coverage, estimated } = rollUp(real);
        must(floor === 0 && coverage === 0 && !estimated, `${floor}, ${coverage}`);
        const shown = real.snapshot() as Snapshot;
        if ("percentage" in shown || "estimated" in shown || "revised" in shown) throw new Error("invented");
      });
    }),
  );

  holds(
    5,
    "nothing is estimated where nobody asked for simulate",
    10_000,
    fc.property(cases(24), (given) => {
      const steps = given.steps.map((step) => ({ ...step, simulate: undefined }));
      runTree({ ...given, steps, simulate: undefined }, (_run, { real }) => {
        if (rollUp(real).estimated || "estimated" in real.snapshot()) throw new Error("estimated");
      });
    }),
  );

  const part = fc.record({
    weight: fc.integer({ min: 1, max: 9 }),
    total: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
    current: fc.nat(9),
  });
  // A part that has not begun is known to have done nothing, so it is covered whether or not its size is known.
  holds(
    5,
    "the parent shows a floor: coverage is the share of weight whose total is known, and more of it never lowers the floor",
    10_000,
    fc.property(
      fc.array(part, { minLength: 1, maxLength: 5 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 5, maxLength: 5 }),
      (all, sizes) => {
        withTree({}, (run) => {
          const levels = all.map(({ current, ...options }) => {
            const level = run.startLevel(run.root, "part", options);
            run.count(level, "increment", current);
            return level;
          });
          const sum = all.reduce((weights, { weight }) => weights + weight, 0);
          const covered = all.map(({ weight, total }) => (total === undefined ? 0 : weight));
          let least = 0;
          levels.forEach((level, n) => {
            const { floor, coverage } = rollUp(run.root.real);
            close(coverage, covered.reduce((a, b) => a + b) / sum, "coverage");
            if (floor < least) throw new Error(`floor ${floor} after ${least}`);
            least = floor;
            const { percentage, coverage: shown } = run.root.real.snapshot();
            same(percentage === undefined, coverage === 0, "unknown");
            same(shown === undefined, coverage === 0 || coverage === 1, "without coverage");
            if (all[n]!.total === undefined) run.setTotal(level, sizes[n]!);
            covered[n] = all[n]!.weight;
          });
          same(rollUp(run.root.real).coverage, 1, "coverage");
        });
      },
    ),
  );
});
