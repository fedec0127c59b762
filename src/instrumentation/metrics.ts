// The instruments of telemetry.md. Their values are observed from the live state when they are collected: the state is
// the truth. Attributes are types and statuses, never an id, so their number is bounded.

import { type Attributes, createNoopMeter, type Histogram, metrics } from "@opentelemetry/api";
import type { Clock } from "../clock.js";
import type { ErrorInfo } from "../model.js";
import * as semconv from "../semconv.js";
import type { Entry } from "../state/entry.js";
import { type Kind, quantile } from "../state/kind.js";
import type { LiveState } from "../state/live-state.js";
import type { Handle } from "./handle.js";
import {
  type InstrumentOptions,
  type JoinedInstruments,
  joinedInstruments,
  type Observe,
} from "./joined-instruments.js";

/** Seconds, up to a day: the default buckets end at ten. */
const DURATION_BUCKETS = [
  0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 14_400, 28_800, 43_200, 86_400,
];
/** Completed runs of a type before its expected duration is told. */
const RUNS_EXPECTED = 20;
/** Values of `error.type` told apart. */
const ERROR_TYPES = 100;
const FINISHED = ["completed", "failed", "cancelled"] as const;
const ITEMS = ["done", "failed", "skipped"] as const;

/** What the API gives while no SDK is there. */
const SILENT = createNoopMeter().createHistogram("silent");

type Result = Parameters<Observe>[0];

export class Instruments {
  readonly #state: LiveState;
  readonly #clock: Clock;
  readonly #version: string;
  /** Brings the totals of the state up to date before they are observed. */
  readonly #settle: () => void;
  readonly #errorTypes = new Set<string>();
  #provider: unknown;
  #joined: JoinedInstruments | undefined;
  #operationDuration: Histogram | undefined;
  #levelDuration: Histogram | undefined;

  constructor(state: LiveState, version: string, settle: () => void) {
    this.#state = state;
    this.#clock = state.clock;
    this.#version = version;
    this.#settle = settle;
  }

  /**
   * Makes the instruments, anew when the global provider changed: ones made before an SDK started are silent for ever.
   * Called when the sampler wakes and at every tick.
   */
  ensure(): void {
    const provider = metrics.getMeterProvider();
    if (provider === this.#provider) return;
    this.leave();
    this.#provider = provider;
    const meter = provider.getMeter(semconv.SCOPE_NAME, this.#version);
    this.#joined = joinedInstruments(provider, meter);
    if (this.#joined !== undefined) this.#observe(this.#joined);
    const advice = { explicitBucketBoundaries: DURATION_BUCKETS };
    this.#operationDuration = meter.createHistogram(semconv.METRIC_OPERATION_DURATION, {
      unit: "s",
      description: "Working time of ended operations",
      advice,
    });
    this.#levelDuration = meter.createHistogram(semconv.METRIC_LEVEL_DURATION, {
      unit: "s",
      description: "Working time of ended levels",
      advice,
    });
  }

  /** Observes nothing any more; what was counted stays. */
  leave(): void {
    this.#joined?.remove(this);
    this.#joined = undefined;
  }

  /** An operation or level ended. Costs nothing without an SDK. */
  ended(handle: Handle): void {
    // Without an SDK so far, one may have been started since the last tick.
    if (this.#operationDuration === SILENT) this.ensure();
    const histogram = handle.isOperation ? this.#operationDuration : this.#levelDuration;
    const { kind, outcome, status } = handle;
    if (handle.elsewhere || histogram === undefined || histogram === SILENT || !(outcome!.started >= 0)) return;
    histogram.record(
      handle.workMillis(outcome!.ended) / 1000,
      this.#endAttributes(this.#state.kinds.countedAs(kind), status, outcome!.how.error),
    );
  }

  #endAttributes(kind: Kind, status: string, error: ErrorInfo | undefined): Attributes {
    const attributes = typed(kind);
    attributes[semconv.ATTR_STATUS] = status;
    if (error !== undefined && kind.level === undefined) attributes[semconv.ATTR_ERROR_TYPE] = this.#errorType(error);
    return attributes;
  }

  /** Codes come from users and may hold anything: beyond the limit they are OpenTelemetry's fallback value. */
  #errorType({ code, type }: ErrorInfo): string {
    const name = code ?? type;
    if (this.#errorTypes.size < ERROR_TYPES) this.#errorTypes.add(name);
    return this.#errorTypes.has(name) ? name : "_OTHER";
  }

  #observe(joined: JoinedInstruments): void {
    const counter = (name: string, unit: string, description: string, observe: Observe) =>
      joined.add(this, "counter", name, { unit, description }, observe);
    const gauge = (name: string, options: InstrumentOptions, observe: Observe) =>
      joined.add(this, "gauge", name, options, observe);

    joined.add(
      this,
      "upDownCounter",
      semconv.METRIC_OPERATION_ACTIVE,
      { unit: "{operation}", description: "Operations running now" },
      (result) => {
        for (const kind of this.#operations()) result.observe(kind.tally.active, typed(kind));
      },
    );
    gauge(
      semconv.METRIC_OPERATION_STALLED,
      { unit: "{operation}", description: "Operations whose value does not move" },
      (result) => this.#stalled(result),
    );
    gauge(
      semconv.METRIC_OPERATION_OLDEST_START_TIME,
      { unit: "s", description: "Unix time of the longest running operation's start", combine: Math.min },
      (result) => this.#oldest(result),
    );
    gauge(
      semconv.METRIC_OPERATION_EXPECTED_DURATION,
      { unit: "s", description: "95th percentile of recent completed operations", combine: Math.max },
      (result) => {
        for (const kind of this.#operations()) {
          const durations = kind.tally.durations();
          if (durations.length >= RUNS_EXPECTED) result.observe(quantile(durations, 0.95)!, typed(kind));
        }
      },
    );
    gauge(
      semconv.METRIC_INSTANCE_HEARTBEAT_TIME,
      { unit: "s", description: "Unix time of this collection", combine: Math.max },
      (result) => result.observe(this.#clock.epochMillis() / 1000),
    );
    counter(semconv.METRIC_OPERATION_FINISHED, "{operation}", "Operations that ended", (result) => {
      for (const kind of this.#operations()) {
        for (const status of FINISHED)
          result.observe(kind.tally.ended[status], { ...typed(kind), [semconv.ATTR_STATUS]: status });
      }
    });
    counter(semconv.METRIC_ITEMS, "{item}", "Items settled", (result) => this.#items(result));
    counter(semconv.METRIC_LOSSES, "{loss}", "What was refused, dropped or ignored", (result) => {
      for (const [cause, count] of Object.entries(this.#state.diagnostics.losses()))
        result.observe(count, { [semconv.ATTR_LOSS_CAUSE]: cause });
    });
  }

  #operations(): Iterable<Kind> {
    return this.#state.kinds.operations();
  }

  #items(result: Result): void {
    this.#settle();
    for (const kinds of [this.#state.kinds.operations(), this.#state.kinds.levels()]) {
      for (const kind of kinds) {
        for (const how of ITEMS) {
          const count = kind.tally.items[how];
          if (count > 0) result.observe(count, { ...typed(kind), [semconv.ATTR_ITEM_STATUS]: how });
        }
      }
    }
  }

  #stalled(result: Result): void {
    const stalled = this.#perTally((before, entry) => before + (entry.extra?.stalledSince === undefined ? 0 : 1), 0);
    for (const kind of this.#operations()) result.observe(stalled.get(kind.tally) ?? 0, typed(kind));
  }

  #oldest(result: Result): void {
    const oldest = this.#perTally(
      (before, entry) => Math.min(before, entry.offset + entry.started),
      Number.POSITIVE_INFINITY,
    );
    for (const kind of this.#operations()) {
      const millis = oldest.get(kind.tally);
      if (millis !== undefined) result.observe(millis / 1000, typed(kind));
    }
  }

  #perTally(fold: (before: number, entry: Entry) => number, first: number): Map<Kind["tally"], number> {
    const values = new Map<Kind["tally"], number>();
    for (const entry of this.#state.active()) {
      const { tally } = entry.kind;
      values.set(tally, fold(values.get(tally) ?? first, entry));
    }
    return values;
  }
}

function typed(kind: Kind): Attributes {
  const attributes: Attributes = { [semconv.ATTR_OPERATION_TYPE]: kind.type };
  if (kind.level !== undefined) attributes[semconv.ATTR_LEVEL_TYPE] = kind.level;
  return attributes;
}
