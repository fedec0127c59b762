// The hot path: increment() beside what else counts, with one and with a thousand active operations. A batch runs without
// yielding; the ticks in between are measured in tick.mjs.

import { Writable } from "node:stream";
import { metrics, trace } from "@opentelemetry/api";
import cliProgress from "cli-progress";
import { createProgress } from "otel-progress";
import { figure, interleave, median, perRound } from "./measure.mjs";
import { registerMetrics, registerTracing } from "./telemetry.mjs";

const ACTIVE = [1, 1000];
const TOTAL = 1e15;

class Field {
  value = 0.5;
  increment(n = 1) {
    this.value += n;
  }
}

function makeAll(active, make) {
  return Array.from({ length: active }, (_, index) => make(index));
}

/** The function that is timed, one per process: `one` for a single operation, `all` in turn for several. */
function runner(items, one, all) {
  return items.length === 1 ? (n) => one(items[0], n) : (n) => all(items, n / items.length);
}

function incrementing(items) {
  return runner(
    items,
    (item, n) => {
      for (let k = 0; k < n; k++) item.increment();
    },
    (list, passes) => {
      for (let pass = 0; pass < passes; pass++) for (let i = 0; i < list.length; i++) list[i].increment();
    },
  );
}

export const contenders = {
  field: (active) => incrementing(makeAll(active, () => new Field())),

  ours(active) {
    registerTracing();
    registerMetrics();
    const progress = createProgress();
    return incrementing(makeAll(active, () => progress.start("bench.update", { total: TOTAL })));
  },

  "cli-progress"(active) {
    const stream = new Writable({ write: (_chunk, _encoding, done) => done() });
    const bars = new cliProgress.MultiBar({ noTTYOutput: true, stream });
    return incrementing(makeAll(active, () => bars.create(TOTAL, 0)));
  },

  counter(active) {
    registerMetrics();
    const counter = metrics.getMeter("bench").createCounter("items");
    return runner(
      makeAll(active, () => counter),
      (item, n) => {
        for (let k = 0; k < n; k++) item.add(1);
      },
      (list, passes) => {
        for (let pass = 0; pass < passes; pass++) for (let i = 0; i < list.length; i++) list[i].add(1);
      },
    );
  },

  "counter by id"(active) {
    registerMetrics();
    const counter = metrics.getMeter("bench").createCounter("items");
    return runner(
      makeAll(active, (index) => ({ id: `operation-${index}` })),
      (attributes, n) => {
        for (let k = 0; k < n; k++) counter.add(1, attributes);
      },
      (list, passes) => {
        for (let pass = 0; pass < passes; pass++) for (let i = 0; i < list.length; i++) counter.add(1, list[i]);
      },
    );
  },

  addEvent(active) {
    registerTracing();
    const tracer = trace.getTracer("bench");
    return runner(
      makeAll(active, () => tracer.startSpan("bench.update")),
      (span, n) => {
        for (let k = 0; k < n; k++) span.addEvent("progress");
      },
      (list, passes) => {
        for (let pass = 0; pass < passes; pass++) for (let i = 0; i < list.length; i++) list[i].addEvent("progress");
      },
    );
  },

  "addEvent with current"(active) {
    registerTracing();
    const tracer = trace.getTracer("bench");
    return runner(
      makeAll(active, () => tracer.startSpan("bench.update")),
      (span, n) => {
        for (let k = 0; k < n; k++) span.addEvent("progress", { current: k });
      },
      (list, passes) => {
        for (let pass = 0; pass < passes; pass++)
          for (let i = 0; i < list.length; i++) list[i].addEvent("progress", { current: pass });
      },
    );
  },
};

const LABELS = {
  field: "a double class field, += 1",
  ours: "increment()",
  counter: "counter.add(1)",
  "counter by id": "counter.add(1, { id })",
  addEvent: 'span.addEvent("progress")',
  "addEvent with current": 'span.addEvent("progress", { current })',
  "cli-progress": "cli-progress bar.increment(), no terminal",
};

export async function measure() {
  const sections = [];
  for (const active of ACTIVE) {
    const args = Object.fromEntries(Object.keys(contenders).map((name) => [name, [import.meta.url, name, active]]));
    const times = await interleave(args, { rounds: 31, roundMillis: 20 });
    const beside = (name, target) =>
      figure(
        `increment() / ${LABELS[name]}`,
        perRound(times, (round) => round.ours / round[name]),
        "x",
        { target },
      );
    sections.push({
      title: `One update, ${active.toLocaleString("en")} active`,
      note: "Targets are judged on the cheapest form of each rival; the others carry what a reader would need.",
      figures: [
        ...Object.keys(LABELS).map((name) => figure(LABELS[name], median(times[name]), "ns")),
        beside("field"),
        beside("counter", 0.15),
        beside("counter by id"),
        beside("addEvent", 0.03),
        beside("addEvent with current"),
        beside("cli-progress", 0.05),
      ],
    });
  }
  return sections;
}
