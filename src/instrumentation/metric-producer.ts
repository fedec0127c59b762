// Per-operation series of the long-running operations, for a metric reader. Not instruments: a gauge of the API keeps
// exporting the last value of every attribute set it ever saw, so an ended operation would stay for ever. A producer is
// asked anew at every collection, and what has ended is gone.

import { type HrTime, ValueType } from "@opentelemetry/api";
import type { Duration } from "../model.js";
import { rollUp } from "../rollup.js";
import * as semconv from "../semconv.js";
import type { Entry } from "../state/entry.js";
import { etaOf, rateOf } from "../state/remaining.js";
import { VERSION } from "../version.js";
import { coreOf } from "./core.js";
import type { Progress } from "./progress.js";
import { readDuration } from "./time-limits.js";

/** Structurally the SDK's MetricProducer of both majors, so that no SDK package is imported. */
export interface MetricProducerLike {
  // biome-ignore lint/suspicious/noExplicitAny: the SDK's own types differ between its majors; see the type tests
  collect(): Promise<{ resourceMetrics: { resource: any; scopeMetrics: any[] }; errors: unknown[] }>;
}

export interface MetricProducerOptions {
  readonly progress: Progress;
  /** Operations younger than this are left out: they would be gone before anybody looks. @default "15s" */
  readonly minAge?: Duration | undefined;
  /** At most this many operations, the longest running. @default 100 */
  readonly limit?: number | undefined;
}

interface Series {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  value(entry: Entry, now: number): number | undefined;
}

const SERIES: readonly Series[] = [
  {
    name: semconv.METRIC_OPERATION_RATIO,
    unit: "1",
    description: "Share done of a running operation",
    value(entry) {
      // Raw, as in events and history: a query wants to see it fall.
      const { floor, coverage } = rollUp(entry);
      return coverage > 0 ? floor : undefined;
    },
  },
  {
    name: semconv.METRIC_OPERATION_RATE,
    unit: "{item}/s",
    description: "Items per second of a running operation",
    value: rateOf,
  },
  {
    name: semconv.METRIC_OPERATION_ELAPSED_TIME,
    unit: "s",
    description: "Working time of a running operation",
    value: (entry, now) => entry.workMillis(now) / 1000,
  },
  {
    name: semconv.METRIC_OPERATION_REMAINING_TIME,
    unit: "s",
    description: "Estimated remaining time of a running operation",
    value: (entry, now) => etaOf(entry, now)?.seconds,
  },
];

/** Hand it to a metric reader: `new PeriodicExportingMetricReader({ exporter, metricProducers: [producer] })`. */
export class ProgressMetricProducer implements MetricProducerLike {
  readonly #progress: Progress;
  readonly #minAgeMillis: number;
  readonly #limit: number;

  constructor(options: MetricProducerOptions) {
    this.#progress = options.progress;
    this.#minAgeMillis = readDuration("minAge", options.minAge ?? "15s")!;
    this.#limit = options.limit ?? 100;
  }

  async collect(): ReturnType<MetricProducerLike["collect"]> {
    const { settings, state } = coreOf(this.#progress);
    const now = settings.clock.monotonicMillis();
    const old = [...state.active()].filter((entry) => !entry.elsewhere && now - entry.started >= this.#minAgeMillis);
    const chosen = old.sort((a, b) => a.started - b.started).slice(0, this.#limit);
    const metrics = SERIES.map((series) => metricOf(series, chosen, now)).filter(
      (metric) => metric.dataPoints.length > 0,
    );
    // A reader puts its own resource on what a producer gives; the one here is never exported.
    const resource = { attributes: {}, merge: (other: unknown) => other };
    const scopeMetrics =
      metrics.length === 0 ? [] : [{ scope: { name: semconv.SCOPE_NAME, version: VERSION }, metrics }];
    return { resourceMetrics: { resource, scopeMetrics }, errors: [] };
  }
}

function metricOf({ name, unit, description, value }: Series, entries: readonly Entry[], now: number) {
  return {
    descriptor: { name, unit, description, valueType: ValueType.DOUBLE, type: "GAUGE", advice: {} },
    aggregationTemporality: CUMULATIVE,
    dataPointType: GAUGE,
    dataPoints: entries.flatMap((entry) => {
      const measured = value(entry, now);
      if (measured === undefined) return [];
      return [
        {
          startTime: hrTime(entry.offset + entry.started),
          endTime: hrTime(entry.offset + now),
          attributes: {
            [semconv.ATTR_OPERATION_ID]: entry.id,
            [semconv.ATTR_OPERATION_TYPE]: entry.kind.type,
            [semconv.ATTR_OPERATION_NAME]: entry.name ?? entry.kind.type,
          },
          value: measured,
        },
      ];
    }),
  };
}

/** AggregationTemporality.CUMULATIVE and DataPointType.GAUGE of sdk-metrics, the same numbers in both majors (tested). */
const CUMULATIVE = 1;
const GAUGE = 2;

function hrTime(epochMillis: number): HrTime {
  const seconds = Math.trunc(epochMillis / 1000);
  return [seconds, Math.round((epochMillis - seconds * 1000) * 1e6)];
}
