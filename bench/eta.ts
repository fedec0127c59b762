// How remaining times are estimated, here and elsewhere, on recorded runs:
//   npm run bench:eta -- [--traces DIR] [--json]
// DIR holds files <workload>.<run>.json; runs 1 and 2 of a workload are the history of `history`, run 3 is the test. The table
// for people has more in it than the JSON: calibration of the range, wrong histories, and simulated scenarios.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ours, profileOf } from "./eta/ours.js";
import { peers } from "./eta/peers.js";
import { calibration, comparison, scenarioTable, wrongHistories } from "./eta/report.js";
import { loadTraces, mean, type Score, score, type Trace } from "./eta/traces.js";

/** From where the compiler puts this file, .cache/bench/bench/. */
const OPEN_TRACES = fileURLToPath(new URL("../../../bench/traces", import.meta.url));

const { values } = parseArgs({
  options: { traces: { type: "string", default: OPEN_TRACES }, json: { type: "boolean", default: false } },
});
const all = loadTraces(values.traces);
const tests = all.filter(({ run }) => run === 3);
if (tests.length === 0) throw new Error(`${values.traces}: expected files <workload>.3.json`);
const historyOf = (workload: string): Trace[] => all.filter((trace) => trace.workload === workload && trace.run < 3);

const scores = Object.fromEntries(
  tests.map((test) => [
    test.workload,
    {
      live: score(ours(), test),
      history: score(ours(profileOf(historyOf(test.workload))), test),
      ...Object.fromEntries(Object.entries(peers).map(([name, make]) => [name, score(make(), test)])),
    } as Record<string, Score>,
  ]),
);
const names = ["live", "history", ...Object.keys(peers)];
const three = ({ error, wobble, missing }: Score) => ({ error, wobble, missing });

if (values.json) {
  const traces = Object.fromEntries(
    Object.entries(scores).map(([workload, by]) => [
      workload,
      Object.fromEntries(names.map((name) => [name, three(by[name]!)])),
    ]),
  );
  const means = Object.fromEntries(
    names.map((name) => {
      const of = (pick: (score: Score) => number) => mean(Object.values(scores).map((by) => pick(by[name]!)));
      return [
        name,
        { error: of(({ error }) => error), wobble: of(({ wobble }) => wobble), missing: of(({ missing }) => missing) },
      ];
    }),
  );
  process.stdout.write(`${JSON.stringify({ traces, mean: means }, undefined, 2)}\n`);
} else {
  const sections = [
    comparison(scores, names),
    calibration(scores),
    wrongHistories(tests, historyOf, scores),
    scenarioTable({ ours: () => ours(), ...peers }),
  ];
  process.stdout.write(`${sections.join("\n\n")}\n`);
}
