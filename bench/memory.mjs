// Memory per active operation on top of its span. Memory is heapUsed + external (which includes array buffers), after a
// full collection; each contender has a process of its own. Time is turned by hand, so that 100 ticks are exactly 100.

import { trace } from "@opentelemetry/api";
import { createProgress } from "otel-progress";
import { ManualClock } from "otel-progress/testing";
import { figure, median, startContender } from "./measure.mjs";
import { registerTracing } from "./telemetry.mjs";

const ACTIVE = 100_000;
const TICKS = 100;
const REPEATS = 3;
const TYPE = "bench.memory";

function memory() {
  for (let turn = 0; turn < 4; turn++) globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Bytes per item before the first update and after the ticks. */
function held(make, update = () => {}) {
  // The code, the type and the first slab are there already.
  const first = make(0);
  const items = new Array(ACTIVE);
  const before = memory();
  for (let k = 0; k < ACTIVE; k++) items[k] = make(k + 1);
  const idle = (memory() - before) / ACTIVE;
  for (let tick = 0; tick < TICKS; tick++) update(items);
  const updated = (memory() - before) / ACTIVE;
  globalThis.keepAlive = [first, items];
  return { idle, updated };
}

function ours() {
  const clock = new ManualClock();
  const progress = createProgress({ clock, limits: { active: ACTIVE + 1 } });
  return () =>
    held(
      () => progress.start(TYPE, { total: 1_000_000 }),
      (items) => {
        for (const item of items) item.increment();
        clock.advance(100);
      },
    );
}

export const contenders = {
  bare() {
    registerTracing();
    const tracer = trace.getTracer("bench");
    return () => held(() => tracer.startSpan(TYPE));
  },
  twin() {
    registerTracing();
    const tracer = trace.getTracer("bench");
    return () =>
      held((k) => {
        const attributes = { "progress.operation.id": `twin-${k.toString(36)}`, "progress.operation.type": TYPE };
        return tracer.startSpan(TYPE, { startTime: Date.now(), attributes });
      });
  },
  "ours without SDK": ours,
  "ours with tracing"() {
    registerTracing();
    return ours();
  },
};

async function once(name) {
  const { call, stop } = startContender(import.meta.url, name);
  try {
    return await call();
  } finally {
    stop();
  }
}

export async function measure() {
  const runs = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  for (let repeat = 0; repeat < REPEATS; repeat++) {
    for (const name of Object.keys(contenders)) runs[name].push(await once(name));
  }
  const of = (name, when) => median(runs[name].map((run) => run[when]));
  const traced = "ours with tracing";
  const onTop = (text, name, when, target) =>
    figure(text, of(traced, when) - (name === undefined ? 0 : of(name, when)), "B", { target });
  return [
    {
      title: `Memory per active operation, ${ACTIVE.toLocaleString("en")} active`,
      note: `heapUsed + external after a full collection; every operation changes in each of ${TICKS} ticks.`,
      figures: [
        figure("a bare live span", of("bare", "idle"), "B"),
        figure("a live span with the same attributes", of("twin", "idle"), "B"),
        onTop("on top of a bare span, before the first update", "bare", "idle", 300),
        onTop("on top of a span with the same attributes, before the first update", "twin", "idle", 300),
        onTop(`on top of a bare span, after ${TICKS} ticks of updates`, "bare", "updated", 2500),
        onTop(`on top of a span with the same attributes, after ${TICKS} ticks of updates`, "twin", "updated", 2500),
        figure("without an SDK, before the first update", of("ours without SDK", "idle"), "B"),
        figure(`without an SDK, after ${TICKS} ticks of updates`, of("ours without SDK", "updated"), "B"),
      ],
    },
  ];
}
