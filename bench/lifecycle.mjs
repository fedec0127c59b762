// Starting and ending an operation beside a bare span. The twin is a span made by hand that looks exactly like ours
// (same name, attributes and times; checked at set-up): what ours costs beyond it is bookkeeping.

import { isDeepStrictEqual } from "node:util";
import { context, metrics, trace } from "@opentelemetry/api";
import { createProgress } from "otel-progress";
import { figure, interleave, median, perRound } from "./measure.mjs";
import { registerMetrics, registerTracing, spanMadeBy } from "./telemetry.mjs";

const TYPE = "bench.lifecycle";

function ours() {
  const progress = createProgress();
  return (n) => {
    for (let k = 0; k < n; k++) progress.start(TYPE).complete();
  };
}

/** Ids and wall times are made as cheaply as ours are. */
function twin(tracer) {
  let started = 0;
  return (n) => {
    for (let k = 0; k < n; k++) {
      const attributes = {
        "progress.operation.id": `twin-${(++started).toString(36)}`,
        "progress.operation.type": TYPE,
      };
      const span = tracer.startSpan(TYPE, { startTime: Date.now(), attributes }, context.active());
      span.setAttributes({ "progress.status": "completed", "progress.ratio": 1 });
      span.end(Date.now());
    }
  };
}

/** The twin is no twin if ours changes what it writes: then this fails instead of flattering. */
function checkTwin() {
  const id = "progress.operation.id";
  const withoutId = ({ name, attributes }) => ({ name, attributes: { ...attributes, [id]: typeof attributes[id] } });
  const one = withoutId(spanMadeBy(() => ours()(1)));
  const other = withoutId(spanMadeBy(() => twin(trace.getTracer("bench"))(1)));
  if (!isDeepStrictEqual(one, other))
    throw new Error(`the twin differs: ${JSON.stringify(one)} / ${JSON.stringify(other)}`);
}

export const contenders = {
  bare() {
    registerTracing();
    const tracer = trace.getTracer("bench");
    return (n) => {
      for (let k = 0; k < n; k++) tracer.startSpan(TYPE).end();
    };
  },
  twin() {
    checkTwin();
    registerTracing();
    return twin(trace.getTracer("bench"));
  },
  "twin and histogram"() {
    registerTracing();
    registerMetrics();
    const histogram = metrics.getMeter("bench").createHistogram("duration", { unit: "s" });
    const run = twin(trace.getTracer("bench"));
    const attributes = () => ({ "progress.operation.type": TYPE, "progress.status": "completed" });
    return (n) => {
      for (let k = 0; k < n; k++) {
        run(1);
        histogram.record(0.001, attributes());
      }
    };
  },
  "ours without SDK": () => ours(),
  "ours with tracing"() {
    registerTracing();
    return ours();
  },
  "ours with tracing and metrics"() {
    registerTracing();
    registerMetrics();
    return ours();
  },
};

const LABELS = {
  bare: "bare: startSpan() + end(), tracing SDK",
  twin: "twin: span with the same attributes and times, tracing SDK",
  "twin and histogram": "twin + histogram.record(), tracing and metrics SDK",
  "ours without SDK": "start() + complete(), no SDK",
  "ours with tracing": "start() + complete(), tracing SDK",
  "ours with tracing and metrics": "start() + complete(), tracing and metrics SDK",
};

export async function measure() {
  const args = Object.fromEntries(Object.keys(contenders).map((name) => [name, [import.meta.url, name]]));
  const times = await interleave(args, { rounds: 61, roundMillis: 40 });
  const share = (name, of, target) => figure(name, perRound(times, of), "x", { target });
  const traced = "ours with tracing";
  const metered = "ours with tracing and metrics";
  return [
    {
      title: "Start and end of an operation",
      note: "Bookkeeping is meant to cost at most 0.4 of a bare span, however it is separated from the span itself.",
      figures: [
        ...Object.keys(LABELS).map((name) => figure(LABELS[name], median(times[name]), "ns")),
        share("(a) ours without SDK / bare", (t) => t["ours without SDK"] / t.bare, 0.4),
        share("(b) (ours - twin) / bare, tracing SDK", (t) => (t[traced] - t.twin) / t.bare, 0.4),
        share("(c) (ours - bare) / bare, tracing SDK", (t) => (t[traced] - t.bare) / t.bare, 0.4),
        share(
          "(b) with metrics: (ours - twin and histogram) / bare",
          (t) => (t[metered] - t["twin and histogram"]) / t.bare,
          0.4,
        ),
        share("(c) with metrics: (ours - bare) / bare", (t) => (t[metered] - t.bare) / t.bare, 0.4),
      ],
    },
  ];
}
