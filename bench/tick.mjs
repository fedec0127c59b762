// The sampler's tick and the reads, at 100,000 active operations. Time is turned by hand, so that a tick happens exactly
// when it is timed; it is the timer's own tick, metrics and publisher included.

import { createProgress } from "otel-progress";
import { ManualClock } from "otel-progress/testing";
import { figure, median, startContender } from "./measure.mjs";
import { registerMetrics, registerTracing } from "./telemetry.mjs";

const ACTIVE = 100_000;
const READS = 10_000;

function start({ exporters = [] } = {}) {
  registerTracing();
  registerMetrics();
  const clock = new ManualClock();
  const progress = createProgress({ clock, exporters });
  const handles = Array.from({ length: ACTIVE }, (_, k) =>
    progress.start(k % 100 === 0 ? "bench.rare" : "bench.tick", { id: `operation-${k}`, total: 1_000_000 }),
  );
  return { clock, progress, handles };
}

function millisOf(fn) {
  const before = performance.now();
  fn();
  return performance.now() - before;
}

/** Milliseconds of one tick, `change` done before it and not timed. */
function ticks(clock, count, change) {
  return Array.from({ length: count }, () => {
    change();
    return millisOf(() => clock.advance(100));
  });
}

function everyNth(handles, nth) {
  return () => {
    for (let k = 0; k < handles.length; k += nth) handles[k].increment();
  };
}

export const contenders = {
  idle() {
    const { clock } = start();
    return () => {
      ticks(clock, 20, () => {});
      return { idle: median(ticks(clock, 101, () => {})) };
    };
  },

  changed() {
    const { clock, handles } = start();
    return () => {
      const change = everyNth(handles, 1);
      ticks(clock, 3, () => {});
      const [first] = ticks(clock, 1, change);
      const rest = ticks(clock, 60, change).slice(10);
      return { first, changed: median(rest), slowest: Math.max(...rest) };
    };
  },

  "changed, some"() {
    const { clock, handles } = start();
    return () => {
      const change = everyNth(handles, 100);
      ticks(clock, 40, change);
      return { some: median(ticks(clock, 61, change)) };
    };
  },

  "changed, exported"() {
    let exported = 0;
    const exporter = {
      export(changed) {
        exported += changed.length;
      },
    };
    const { clock, handles } = start({ exporters: [exporter] });
    return () => {
      ticks(clock, 10, everyNth(handles, 10));
      exported = 0;
      const times = ticks(clock, 21, everyNth(handles, 10));
      return { exported: times.reduce((sum, time) => sum + time, 0) / exported };
    };
  },

  reads() {
    const { clock, progress, handles } = start();
    const ids = handles.map(({ id }) => id);
    let found = 0;
    const get = () => {
      for (let k = 0; k < READS; k++) if (progress.live.get(ids[(k * 7919) % ACTIVE]) !== undefined) found++;
    };
    const list = (options) => {
      found += progress.live.list(options).length;
    };
    const repeat = (count, fn) => median(Array.from({ length: count }, () => millisOf(fn)));
    return () => {
      ticks(clock, 5, everyNth(handles, 1));
      repeat(10, get);
      repeat(5, () => list({ type: "bench.rare", status: ["running"], limit: 20 }));
      const result = {
        get: repeat(21, get) / READS,
        rare: repeat(15, () => list({ type: "bench.rare", status: ["running"], limit: 20 })),
        all: repeat(11, () => list({ status: ["running"] })),
        text: repeat(11, () => list({ text: "operation-7777", limit: 20 })),
      };
      if (found === 0) throw new Error("nothing was found");
      return result;
    };
  },
};

export async function measure() {
  const results = {};
  for (const name of Object.keys(contenders)) {
    const { call, stop } = startContender(import.meta.url, name);
    Object.assign(results, await call());
    stop();
  }
  const perOperation = (millis) => (millis * 1e6) / ACTIVE;
  return [
    {
      title: `A tick, ${ACTIVE.toLocaleString("en")} active`,
      note: "Ten ticks a second by default. The prototype's bare scan, with one smoothing, was 1.05 and 3.8 ns.",
      figures: [
        figure("tick, all idle", results.idle, "ms"),
        figure("  per idle operation", perOperation(results.idle), "ns"),
        figure("tick, 1 % changed", results.some, "ms"),
        figure("  per changed operation, beyond idle", perOperation(results.some - results.idle) * 100, "ns"),
        figure("tick, all changed", results.changed, "ms"),
        figure("  per changed operation", perOperation(results.changed), "ns"),
        figure("  the slowest of 50 ticks", results.slowest, "ms"),
        figure("tick, all changed for the first time", results.first, "ms"),
        figure("tick with an exporter, per changed operation (10 % changed)", results.exported * 1e6, "ns"),
      ],
    },
    {
      title: `Reads, ${ACTIVE.toLocaleString("en")} active`,
      figures: [
        figure("live.get(id)", results.get * 1e6, "ns"),
        figure("live.list({ type, status, limit: 20 }), 1 % match", results.rare, "ms"),
        figure("live.list({ status }), all match, 100 given", results.all, "ms"),
        figure("live.list({ text, limit: 20 })", results.text, "ms"),
      ],
    },
  ];
}
