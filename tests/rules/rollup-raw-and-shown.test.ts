// What is counted and what is shown: rules 1, 8, 9 and 12.

import fc from "fast-check";
import { describe } from "vitest";
import { ProgressMetricProducer } from "../../src/instrumentation/metric-producer.js";
import { finalOf } from "../../src/instrumentation/span-attributes.js";
import type { LevelSnapshot, Snapshot } from "../../src/model.js";
import { rawPercentage, rollUp } from "../../src/rollup.js";
import { createTestProgress } from "../../src/testing.js";
import * as model from "./model.js";
import { holds, must, same } from "./property.js";
import { cases, type Pair, runTree, type TreeRun } from "./tree-run.js";

const snapshotOf = ({ real }: Pair): Snapshot => real.snapshot() as Snapshot;

describe("history, events and metrics", () => {
  const near = (ratio: number, fraction: number | undefined) =>
    fraction === undefined ? Number.isNaN(ratio) : Math.abs(ratio - fraction) < 1e-9;

  function rawPoints({ real, plain }: Pair, run: TreeRun): void {
    const { points } = real.extra ?? {};
    const last = points === undefined || points.length === 0 ? undefined : points.at(points.length - 1);
    if (last?.millis !== run.now || model.ended(plain) || points!.length === 1) return;
    const { fraction } = model.roll(plain, run.past);
    must(near(last.ratio, fraction), `point ${last.ratio}, raw ${fraction}`);
    must(Object.is(last.total, plain.total ?? Number.NaN), `total ${last.total} of ${plain.total}`);
    must(last.current === model.doneOf(plain), `current ${last.current}`);
  }

  holds(
    1,
    "points of the history and final events are raw, whatever is shown",
    10_000,
    fc.property(cases(24), (given) => {
      runTree(given, (run, touched, step) => {
        if (step?.verb === "read") touched.real.snapshot();
        if (step?.verb === "time" && step.n > 0 && touched.plain.status !== "pending")
          for (const pair of run.pairs) rawPoints(pair, run);
        if (step !== given.steps.at(-1)) return;
        for (const { real, plain } of run.pairs) {
          if (plain.final === undefined) continue;
          const { ratio, total, current } = finalOf(real as never);
          must(near(ratio, plain.status === "completed" ? 1 : plain.final.fraction), `final ratio ${ratio}`);
          must(Object.is(total, plain.total ?? Number.NaN) && current === plain.final.done, `${current} of ${total}`);
        }
      });
    }),
  );

  const changes = fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 6 });
  const test = createTestProgress({ limits: { finished: 0 } });
  const producer = new ProgressMetricProducer({ progress: test.progress, minAge: 0 });

  const collected = async () =>
    (await producer.collect()).resourceMetrics.scopeMetrics.flatMap(({ metrics }) =>
      (metrics as { descriptor: { name: string }; dataPoints: { value: number }[] }[]).map(
        ({ descriptor, dataPoints }) => ({ name: descriptor.name, value: dataPoints[0]!.value }),
      ),
    );

  holds(
    1,
    "metrics are raw, and collecting them shows nothing: the latch stays",
    10_000,
    fc.asyncProperty(changes, async (all) => {
      const op = test.progress.start("job");
      try {
        for (const [current, total] of all) {
          op.update({ current, total });
          const ratio = (await collected()).find(({ name }) => name.endsWith(".ratio"))!.value;
          must(near(ratio, Math.min(1, current / total)), `${ratio}, but ${current} of ${total}`);
        }
        const [current, total] = all.at(-1)!;
        const { percentage, revised } = op.snapshot();
        must(revised === undefined, "revised");
        same(
          percentage,
          rawPercentage({ floor: Math.min(1, current / total), coverage: 1, estimated: false }),
          "percentage",
        );
      } finally {
        op.cancel();
      }
    }),
  );
});

describe("the percentage shown", () => {
  /** Every percentage in a snapshot, the levels' too. */
  function* shownIn(snapshot: Snapshot | LevelSnapshot): Iterable<Snapshot | LevelSnapshot> {
    yield snapshot;
    for (const level of snapshot.levels) yield* shownIn(level);
  }

  // A percentage of 0 is nothing to be held: it may become unknown again.
  holds(
    8,
    "never falls within one attempt, whoever reads what and when; a new attempt begins anew; what is held says revised",
    10_000,
    fc.property(cases(30), (given) => {
      const latest = new Map<string, { percentage: number; attempt: number }>();
      const look = (shown: Snapshot | LevelSnapshot, of: string) => {
        const { percentage, attempt, id } = shown;
        const key = "operationId" in shown ? `${of} ${id}` : id;
        const before = latest.get(key);
        const least = before?.attempt === attempt ? before.percentage : 0;
        must((percentage ?? 0) >= least, `${key}: ${percentage} after ${least}`);
        if (percentage !== undefined) latest.set(key, { percentage, attempt });
        return least;
      };
      runTree(given, (_run, touched, step) => {
        if (step === undefined || !["read", "time", "total", "increment", "newAttempt"].includes(step.verb)) return;
        if (step.verb !== "read" && step.n % 2 === 0) return;
        const { floor, coverage } = rollUp(touched.real);
        const all = [...shownIn(snapshotOf(touched))];
        const least = look(all[0]!, touched.real.operationId);
        for (const level of all.slice(1)) look(level, touched.real.operationId);
        const { status, percentage, revised } = all[0]!;
        const raw = rawPercentage({ floor, coverage, estimated: false });
        const open = status === "running" || status === "paused";
        must((revised === true) === (open && coverage > 0 && raw < least), `revised ${revised}: ${raw} after ${least}`);
        // Nothing was shown before in this attempt.
        if (least === 0 && status !== "completed")
          must(percentage === (coverage > 0 ? raw : undefined), `${percentage}`);
      });
    }),
  );

  const END = ["complete", "fail", "cancel"] as const;
  holds(
    9,
    "is 100 exactly when completed, whatever was known, and at most 99.9 before",
    10_000,
    fc.property(cases(20), fc.constantFrom(...END), (given, end) => {
      const inRange = ({ status, percentage }: Snapshot | LevelSnapshot) =>
        status === "completed"
          ? percentage === 100
          : percentage === undefined || (percentage >= 0 && percentage <= 99.9);
      runTree(given, (run, touched, step) => {
        for (const shown of shownIn(snapshotOf(touched))) must(inRange(shown), `${shown.status}: ${shown.percentage}`);
        if (step !== given.steps.at(-1)) return;
        if (!model.ended(run.root.plain)) run.end(run.root, end);
        for (const pair of run.pairs) must(inRange(snapshotOf(pair)), `${pair.plain.status} at the end`);
        if (end === "complete") must(rollUp(run.root.real).floor === 1 || run.root.plain.status !== "completed", "raw");
      });
    }),
  );
});

describe("the end of a parent", () => {
  const END = ["complete", "fail", "cancel"] as const;
  const numbers = ({ real }: Pair) => [real.current, real.total, real.status, real.outcome?.how.reason] as const;
  const inside = (node: model.Node | undefined, top: model.Node): boolean =>
    node === top || (node?.level !== undefined && inside(node.parent, top));

  // Nested operations have a life of their own (they may be awaited elsewhere): they go on.
  holds(
    12,
    'closes open levels below as cancelled, "parent ended", with their raw values; what had ended and nested operations stay',
    10_000,
    fc.property(cases(20), fc.nat(20), fc.constantFrom(...END), (given, at, end) => {
      runTree(given, (run, _touched, step) => {
        if (step !== given.steps.at(-1)) return;
        const running = run.pairs.filter(({ plain }) => plain.status === "running" || plain.status === "paused");
        const top = running[at % Math.max(1, running.length)];
        if (top === undefined) return;
        const before = run.pairs.map((pair) => ({ pair, was: numbers(pair), raw: rollUp(pair.real) }));
        const shown = top.real.snapshot().percentage;
        run.end(top, end);
        if (end === "cancel") must(snapshotOf(top).percentage === shown, "it keeps the percentage it had");
        for (const { pair, was, raw } of before) {
          if (pair === top) continue;
          const [current, total, status] = was;
          const open = status === "pending" || status === "running" || status === "paused";
          const closes = open && pair.plain.level !== undefined && inside(pair.plain.parent, top.plain);
          const is = numbers(pair);
          const expected = closes ? ([current, total, "cancelled", "parent ended"] as const) : was;
          for (const [n, each] of expected.entries()) same(is[n], each, "number");
          if (!closes) continue;
          must(Math.abs(rollUp(pair.real).floor - raw.floor) < 1e-9, "it keeps its fraction");
          pair.real.increment(5);
          must(pair.real.current === current, "what comes late changes nothing");
        }
      });
    }),
  );
});
