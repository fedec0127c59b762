// What a watcher sees while a synchronous loop blocks the event loop for three seconds: how often a synchronous exporter
// is called, and the longest time without a call, the first and the last stretch included.

import { createProgress } from "otel-progress";
import { figure, startContender } from "./measure.mjs";

const BLOCK_MILLIS = 3000;
const BURST = 1_000_000;

function busy(millis) {
  const until = performance.now() + millis;
  while (performance.now() < until);
}

/** Blocks with items of `itemMillis` each, and gives when the exporter was called in between. */
function block(op, itemMillis, calls) {
  calls.length = 0;
  const began = performance.now();
  while (performance.now() - began < BLOCK_MILLIS) {
    busy(itemMillis);
    op.increment();
  }
  const moments = [began, ...calls, performance.now()];
  return { calls: calls.length, longest: Math.max(...moments.slice(1).map((moment, k) => moment - moments[k])) };
}

function begin() {
  const calls = [];
  const exporter = {
    synchronous: true,
    export() {
      calls.push(performance.now());
    },
  };
  const progress = createProgress({ exporters: [exporter] });
  return { calls, op: progress.start("bench.blocked", { total: 10_000_000 }) };
}

function burst(op) {
  for (let k = 0; k < BURST; k++) op.increment();
}

const turn = () => new Promise(setImmediate);

export const contenders = {
  short: () => async () => {
    const { calls, op } = begin();
    await turn();
    return block(op, 1, calls);
  },
  "long after a burst": () => async () => {
    const { calls, op } = begin();
    await turn();
    burst(op);
    await turn();
    return block(op, 25, calls);
  },
  "long after a burst, no yield": () => async () => {
    const { calls, op } = begin();
    await turn();
    burst(op);
    return block(op, 25, calls);
  },
};

const LABELS = {
  short: "1 ms items",
  "long after a burst": "25 ms items, in the block after a fast burst and a yield",
  "long after a burst, no yield": "25 ms items, right after a fast burst in the same block (up to 256 go unseen)",
};

export async function measure() {
  const figures = [];
  for (const [name, label] of Object.entries(LABELS)) {
    const { call, stop } = startContender(import.meta.url, name);
    const { calls, longest } = await call();
    stop();
    figures.push(figure(`${label}: exporter called`, calls, "times"), figure("  longest gap", longest, "ms"));
  }
  return [
    {
      title: "A synchronous loop that never yields, 3 s",
      note: "The interval is 100 ms: 30 calls and gaps of 100 ms and one item are the ideal.",
      figures,
    },
  ];
}
