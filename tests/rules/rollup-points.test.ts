// What is kept of a run of any length: the first, the last, and what lies between them evenly spread.

import { type Span, trace } from "@opentelemetry/api";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { coreOf } from "../../src/instrumentation/core.js";
import type { Operation } from "../../src/instrumentation/handles.js";
import { createProgress } from "../../src/instrumentation/progress.js";
import { Points } from "../../src/points.js";
import { EVENT_UPDATE } from "../../src/semconv.js";
import { ManualClock } from "../../src/testing.js";
import { holds } from "./property.js";

/** From 1 to `most`, every order of magnitude as often as every other. */
const lengths = (most: number): fc.Arbitrary<number> =>
  fc.oneof(
    {
      weight: 20,
      arbitrary: fc.noBias(fc.integer({ min: 0, max: 1_000 })).map((n) => Math.round(most ** (n / 1_000))),
    },
    { weight: 1, arbitrary: fc.constant(most) },
  );

/** Offers `samples` samples, `gap` milliseconds apart and more; the n-th has n as its value. */
function run(capacity: number, samples: number, gap: number): { points: Points; times: (n: number) => number } {
  const points = new Points(capacity);
  const times = (n: number) => n * gap + (n % 3);
  for (let n = 0; n < samples; n++)
    if (points.wants(times(n))) points.add(times(n), n, samples, n / samples, 1, undefined);
  return { points, times };
}

/** First, evenly spread up to the last of `samples`, at most `capacity` and, once full, at least half of it. */
function spread(kept: readonly number[], samples: number, capacity: number): void {
  const stride = (kept[1] ?? samples) - kept[0]!;
  if (kept[0] !== 0) throw new Error(`begins with ${kept[0]}`);
  if (kept.some((each, n) => each !== n * stride)) throw new Error(`${kept} is not evenly spread`);
  if (kept.length > capacity || kept.length < Math.min(samples, capacity / 2)) throw new Error(`${kept.length} kept`);
  if (!(samples - 1 - kept.at(-1)! < Math.max(1, stride))) throw new Error(`ends with ${kept.at(-1)} of ${samples}`);
}

function sound(capacity: number, samples: number, gap: number): void {
  const { points, times } = run(capacity, samples, gap);
  const all = [...points];
  spread(
    all.map(({ current }) => current),
    samples,
    capacity,
  );
  expect(points.curve()).toEqual(all.map(({ current, ratio }) => [times(current) / 1_000, ratio]));
}

const capacities = fc.integer({ min: 2, max: 99 });
const gaps = fc.constantFrom(3, 100, 60_000);

describe("the points of a run", () => {
  holds(
    "bounded runs",
    "are the first and evenly spread ones up to the last, and at least half of what may be kept; 1 to 10,000 samples",
    10_000,
    fc.property(capacities, lengths(10_000), gaps, sound),
  );

  holds(
    "bounded runs",
    "the same up to ten million samples",
    60,
    fc.property(capacities, lengths(10_000_000), gaps, sound),
  );
});

describe("the events and the curve of an operation", () => {
  interface Written {
    readonly millis: number;
    readonly current: number;
  }
  const events: Written[] = [];
  const span = {
    spanContext: () => ({ traceId: "0".repeat(32), spanId: "0".repeat(16), traceFlags: 0 }),
    isRecording: () => true,
    addEvent: (name: string, attributes: Record<string, number>, millis: number) => {
      if (name === EVENT_UPDATE) events.push({ millis, current: attributes["progress.current"]! });
    },
    setAttributes: () => {},
    setStatus: () => {},
    end: () => {},
  } as unknown as Span;
  beforeAll(() => {
    trace.setGlobalTracerProvider({ getTracer: () => ({ startSpan: () => span }) as never });
  });
  afterAll(() => trace.disable());

  const instances = [2, 3, 8, 32, 100].map((eventsPerSpan) => {
    const clock = new ManualClock();
    const progress = createProgress({ strict: true, clock, eventsPerSpan, limits: { finished: 0 } });
    return { clock, progress, sampler: coreOf(progress).sampler, eventsPerSpan };
  });

  holds(
    "bounded runs",
    "begin with the start, end with the end, and are evenly spread over what lies between",
    10_000,
    fc.property(fc.nat(instances.length - 1), lengths(300), fc.boolean(), (n, looks, completes) => {
      const { clock, progress, sampler, eventsPerSpan } = instances[n]!;
      events.length = 0;
      const started = clock.epochMillis();
      const op = progress.start("job", { total: looks + 1 }) as Operation;
      for (let look = 0; look < looks; look++) {
        op.increment();
        clock.block(100);
        sampler.tick("timer");
      }
      op.increment(0.5);
      clock.block(50);
      const { curve: running } = op.snapshot();
      if (completes) op.complete();
      else op.cancel();
      const ended = started + looks * 100 + 50;
      expect(events.at(-1)).toEqual({ millis: ended, current: looks + 0.5 });
      const before = events.slice(0, -1);
      if (before.some(({ millis, current }) => millis !== started + current * 100))
        throw new Error("not at their times");
      spread(
        before.map(({ current }) => current),
        looks + 1,
        eventsPerSpan - 1,
      );
      const points = before.map(({ current }) => [current / 10, current / (looks + 1)]);
      expect(running).toEqual(points);
      const last = [(ended - started) / 1_000, completes ? 1 : (looks + 0.5) / (looks + 1)];
      expect(op.snapshot().curve).toEqual([...points, last]);
    }),
  );
});
