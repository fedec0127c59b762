// The tables of the ETA bench, in Markdown: docs/eta.md holds what it printed.

import { ours, profileOf } from "./ours.js";
import { missedBy, scenarios } from "./scenarios.js";
import { type Estimator, mean, median, type Score, score, type Trace } from "./traces.js";

type Scores = Readonly<Record<string, Readonly<Record<string, Score>>>>;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map((_, n) => (n === 0 ? "---" : "---:"))), ...rows.map(line)].join("\n");
}

/** Mean error / wobble of every estimator on every trace. */
export function comparison(scores: Scores, names: readonly string[]): string {
  const cell = (error: number, wobble: number) => `${error.toFixed(3)} / ${wobble.toFixed(1)}`;
  const rows = Object.entries(scores).map(([workload, by]) => [
    workload,
    ...names.map((name) => cell(by[name]!.error, by[name]!.wobble)),
  ]);
  const means = names.map((name) => {
    const of = Object.values(scores).map((by) => by[name]!);
    return cell(mean(of.map(({ error }) => error)), mean(of.map(({ wobble }) => wobble)));
  });
  return `Mean error / wobble\n\n${table(["workload", ...names], [...rows, ["**mean**", ...means]])}`;
}

/** How many true ends lie within the range, how wide it is, and how often there is no estimate since the first progress. */
export function calibration(scores: Scores): string {
  const percent = (share: number) => `${Math.round(share * 100)} %`;
  const cells = (of: readonly Score[]) => {
    const ranges = of.flatMap((one) => one.ranges);
    return [
      percent(mean(ranges.map(({ inside }) => (inside ? 1 : 0)))),
      median(ranges.map(({ width }) => width)).toFixed(2),
      percent(mean(of.map(({ missingSinceFirst }) => missingSinceFirst))),
    ];
  };
  const both = (of: readonly Scores[string][]) =>
    ["live", "history"].flatMap((name) => cells(of.map((by) => by[name]!)));
  const rows = Object.entries(scores).map(([workload, by]) => [workload, ...both([by])]);
  const head = ["inside", "median width", "no estimate"];
  const names = ["workload", ...head.map((of) => `live: ${of}`), ...head.map((of) => `history: ${of}`)];
  return `Range from low to high\n\n${table(names, [...rows, ["**pooled**", ...both(Object.values(scores))]])}`;
}

/** Every workload with the history of every other one. */
export function wrongHistories(
  tests: readonly Trace[],
  historyOf: (workload: string) => Trace[],
  scores: Scores,
): string {
  const rows = tests.map((test) => {
    const others = tests.filter(({ workload }) => workload !== test.workload);
    const errors = others.map(({ workload }) => score(ours(profileOf(historyOf(workload))), test).error);
    return {
      workload: test.workload,
      none: scores[test.workload]!["live"]!.error,
      mean: mean(errors),
      worst: Math.max(...errors),
    };
  });
  const cells = rows.map(({ workload, none, mean: wrong, worst }) => [
    workload,
    ...[none, wrong, worst].map((error) => error.toFixed(3)),
  ]);
  const [none, wrong] = [mean(rows.map((row) => row.none)), mean(rows.map((row) => row.mean))];
  const last = ["**mean**", none.toFixed(3), `${wrong.toFixed(3)} (${(wrong / none).toFixed(2)}×)`, ""];
  return `Error with the history of another workload\n\n${table(["workload", "none", "mean of others", "worst"], [...cells, last])}`;
}

export function scenarioTable(estimators: Readonly<Record<string, () => Estimator>>): string {
  const rows = Object.keys(scenarios).map((name) => [
    name,
    ...Object.values(estimators).map((make) => missedBy(name, make).toFixed(2)),
  ]);
  return `Factor by which each misses\n\n${table(["scenario", ...Object.keys(estimators)], rows)}`;
}
