// One operation with a million levels, one after the other: what stays in memory, what a level costs, whether the counts
// are exact and the failed ones are the ones kept. Time is turned by hand: a tick every 10,000 levels.

import { createProgress } from "otel-progress";
import { ManualClock } from "otel-progress/testing";
import { figure, startContender } from "./measure.mjs";
import { registerTracing } from "./telemetry.mjs";

const LEVELS = 1_000_000;
const FAILED_EVERY = 2_000;

function memory() {
  for (let turn = 0; turn < 4; turn++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Levels `from` to `to` of `op`: each counts one item and ends, every two-thousandth as failed. */
function run(op, clock, from, to) {
  const error = new Error("bench");
  for (let k = from; k < to; k++) {
    const level = op.startLevel("bench.part", { total: 1 });
    level.increment();
    if (k % FAILED_EVERY === 0) level.fail(error);
    else level.complete();
    if (k % 10_000 === 0) clock.advance(100);
  }
}

export const contenders = {
  levels() {
    registerTracing();
    const clock = new ManualClock();
    const op = createProgress({ clock }).start("bench.levels", { total: LEVELS });
    return () => {
      run(op, clock, 0, 10_000);
      const before = memory();
      const begin = performance.now();
      run(op, clock, 10_000, LEVELS);
      const millis = performance.now() - begin;
      const growth = memory() - before;
      const reading = performance.now();
      const { counts, levels, droppedLevels, percentage } = op.snapshot();
      const read = performance.now() - reading;
      const failed = LEVELS / FAILED_EVERY;
      const kept = levels.filter(({ status }) => status === "failed").length;
      const exact =
        counts.completed === LEVELS - failed && counts.failed === failed && levels.length + droppedLevels === LEVELS;
      if (!exact || kept !== failed || percentage !== 99.9)
        throw new Error(JSON.stringify({ counts, droppedLevels, kept, percentage }));
      return { growth, perLevel: (millis / (LEVELS - 10_000)) * 1e6, read, kept: levels.length };
    };
  },
};

export async function measure() {
  const { call, stop } = startContender(import.meta.url, "levels");
  const { growth, perLevel, read, kept } = await call();
  stop();
  return [
    {
      title: `One operation with ${LEVELS.toLocaleString("en")} levels`,
      note: "Counts checked to be exact, all 500 failed levels among those kept; with an SDK, spans within the budget of 1,000.",
      figures: [
        figure("memory more after the last than after the first 10,000", growth / 1024, "KiB"),
        figure("levels kept one by one", kept, "levels"),
        figure("a level: start, one item, end", perLevel, "ns"),
        figure("a snapshot of the operation with the levels kept", read, "ms"),
      ],
    },
  ];
}
