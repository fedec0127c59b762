// What a journal costs: where work starts, counts and ends, and in a pass over 100,000 running operations, beside the same
// without one. Starts and counts run by the real clock; passes by one that is turned by hand, ten ticks each.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProgress } from "otel-progress";
import { ManualClock } from "otel-progress/testing";
import { figure, interleave, median, perRound, startContender } from "./measure.mjs";
import { registerTracing } from "./telemetry.mjs";

const ACTIVE = 100_000;
const TICKS_PER_PASS = 10;
const ROUNDS = 10;

/** Options with a journal in a directory that goes with the process. */
function withJournal() {
  const journal = mkdtempSync(join(tmpdir(), "otel-progress-bench-"));
  process.on("exit", () => rmSync(journal, { recursive: true, force: true }));
  return { journal };
}

/** With one operation that is in the journal, so that there is one. */
function lifecycle(options) {
  registerTracing();
  const progress = createProgress(options);
  progress.start("bench.old");
  return (n) => {
    for (let k = 0; k < n; k++) progress.start("bench.journal").complete();
  };
}

function increments(options) {
  registerTracing();
  const op = createProgress(options).start("bench.journal", { total: 1e15 });
  return (n) => {
    for (let k = 0; k < n; k++) op.increment();
  };
}

/** Milliseconds of the last tick of each second, in which a pass falls; one in `every` handles changes before it. */
function seconds(options, every) {
  registerTracing();
  const clock = new ManualClock();
  const progress = createProgress({ ...options, clock });
  const handles = Array.from({ length: ACTIVE }, (_, k) => progress.start("bench.journal", { id: `operation-${k}` }));
  return () =>
    Array.from({ length: ROUNDS }, () => {
      for (let k = 0; k < handles.length; k += every) handles[k].increment();
      clock.advance(100 * (TICKS_PER_PASS - 1));
      const before = performance.now();
      clock.advance(100);
      return performance.now() - before;
    });
}

export const contenders = {
  "start without": () => lifecycle({}),
  "start with": () => lifecycle(withJournal()),
  "count without": () => increments({}),
  "count with": () => increments(withJournal()),
  "idle without": () => seconds({}, ACTIVE),
  "idle with": () => seconds(withJournal(), ACTIVE),
  "busy without": () => seconds({}, 1),
  "busy with": () => seconds(withJournal(), 1),
};

const args = (names) => Object.fromEntries(names.map((name) => [name, [import.meta.url, name]]));

/** Milliseconds of the ticks of both kinds, which take turns. */
async function passes(kind) {
  const [without, withIt] = [`${kind} without`, `${kind} with`].map((name) => startContender(import.meta.url, name));
  const times = { without: [], with: [] };
  // All are in the journal after a hundred passes.
  for (let turn = 0; turn < 11; turn++) for (const { call } of [without, withIt]) await call();
  for (let turn = 0; turn < 10; turn++) {
    times.without.push(...(await without.call()));
    times.with.push(...(await withIt.call()));
  }
  for (const { stop } of [without, withIt]) stop();
  return times;
}

export async function measure() {
  const starts = await interleave(args(["start without", "start with"]), { rounds: 61, roundMillis: 40 });
  const counts = await interleave(args(["count without", "count with"]), { rounds: 61, roundMillis: 40 });
  const [idle, busy] = [await passes("idle"), await passes("busy")];
  const beside = (times, name, target) =>
    figure(
      `${name}, with / without a journal`,
      perRound(times, (round) => Object.values(round)[1] / Object.values(round)[0]),
      "x",
      { target },
    );
  const late = (times) => [...times].sort((a, b) => a - b)[94];
  const pass = ({ without, with: withIt }) => median(withIt) - median(without);
  return [
    {
      title: "A journal, in the user's calls",
      figures: [
        figure("start() + complete()", median(starts["start without"]), "ns"),
        figure("  with a journal", median(starts["start with"]), "ns"),
        beside(starts, "start() + complete()", 1.1),
        figure("increment()", median(counts["count without"]), "ns"),
        figure("  with a journal", median(counts["count with"]), "ns"),
        beside(counts, "increment()", 1.1),
      ],
    },
    {
      title: `A journal, once a second, ${ACTIVE.toLocaleString("en")} active`,
      note: "The tick in which a pass falls, beyond what it takes without a journal; at most 1,000 operations are written in each.",
      figures: [
        figure("tick with a pass, all idle", median(idle.with), "ms"),
        figure("  beyond that without a journal", pass(idle), "ms", { target: 5 }),
        figure("tick with a pass, all changed", median(busy.with), "ms"),
        figure("  beyond that without a journal", pass(busy), "ms", { target: 50 }),
        figure("  of 100 such ticks the 95th", late(busy.with), "ms"),
        figure("  and without a journal", late(busy.without), "ms"),
      ],
    },
  ];
}
