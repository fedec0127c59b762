import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Forecast, firstEta } from "../../src/eta/forecast.js";
import { curveOf, Profile } from "../../src/eta/profile.js";

/** One item per second, up to `items`. */
function steady(items: number): Forecast {
  const forecast = new Forecast(0);
  for (let n = 1; n <= items; n++) forecast.observe(n * 1_000, 1);
  return forecast;
}
const profile = (...seconds: number[]) =>
  new Profile(seconds.map((of, n) => ({ endedAt: n, seconds: of, total: 100, curve: curveOf([], of) })));

describe("without earlier runs", () => {
  it("knows nothing before something was done", () => {
    const forecast = new Forecast(0);
    expect(forecast.eta(10_000, { remaining: 5, total: 5 })).toBeUndefined();
    forecast.observe(0, 5);
    expect(forecast.eta(10_000, { remaining: 5, total: 10 })).toBeUndefined();
  });

  it("a steady run ends when it seems to, and the range closes in on it", () => {
    const eta = steady(50).eta(50_000, { remaining: 50, total: 100 })!;
    expect(eta.seconds).toBeCloseTo(50, 6);
    expect(eta.basis).toBe("rate");
    const width = (items: number) => {
      const { low, high } = steady(items).eta(items * 1_000, { remaining: 100 - items, total: 100 })!;
      return high - low;
    };
    expect([width(20) > width(50), width(50) > width(80)]).toEqual([true, true]);
  });

  it("is zero when nothing is left, and unknown when that is unknown", () => {
    const forecast = steady(5);
    expect(forecast.eta(5_000, { remaining: 0, total: 5 })).toEqual({ seconds: 0, low: 0, high: 0, basis: "rate" });
    expect(forecast.eta(5_000, { remaining: Number.NaN, total: 5 })).toBeUndefined();
    expect(forecast.eta(5_000, { remaining: Number.POSITIVE_INFINITY, total: 5 })).toBeUndefined();
  });

  it("follows a total that grows", () => {
    const forecast = steady(50);
    const before = forecast.eta(50_000, { remaining: 50, total: 100 })!.seconds;
    expect(forecast.eta(50_000, { remaining: 150, total: 200 })!.seconds).toBeCloseTo(before * 3, 6);
  });

  it("a pause moves nothing", () => {
    const [paused, plain] = [steady(50), steady(50)];
    paused.pausedFor(3_600_000);
    paused.observe(3_651_000, 1);
    plain.observe(51_000, 1);
    const goal = { remaining: 49, total: 100 };
    expect(paused.eta(3_651_000, goal)).toEqual(plain.eta(51_000, goal));
  });

  it("a new attempt begins with the speed of the old one", () => {
    const forecast = steady(50);
    forecast.restart(80_000);
    expect(forecast.eta(80_000, { remaining: 100, total: 100 })!.seconds).toBeCloseTo(100, 6);
  });

  it("takes shares of something, and leaves out what was there when it began", () => {
    const forecast = new Forecast(0, "share");
    forecast.observeShare(100, 0.5, true);
    expect(forecast.eta(100, { remaining: 0.5, total: 1 })).toBeUndefined();
    forecast.observeShare(10_000, 0.6, false);
    forecast.observeShare(10_000, 0.55, false);
    forecast.observeShare(20_000, 0.7, false);
    expect(forecast.eta(20_000, { remaining: 0.3, total: 1 })!.seconds).toBeCloseTo(30, 6);
  });
});

describe("with earlier runs", () => {
  it("there is a time before anything was done, until this run is longer than they were", () => {
    const goal = { remaining: 100, total: 100, profile: profile(100, 110) };
    const forecast = new Forecast(0);
    expect(forecast.eta(5_000, goal)).toMatchObject({ seconds: 100, basis: "history" });
    expect(forecast.eta(110_000, goal)).toBeUndefined();
    expect(firstEta(goal.profile, 200, 10)!.seconds).toBe(200);
    expect(firstEta(undefined, 100, 0)).toBeUndefined();
  });

  it("a slow start that earlier runs had too is no bad sign", () => {
    const slow = curveOf([[50, 0.05]], 100);
    const past = new Profile([1, 2].map((endedAt) => ({ endedAt, seconds: 100, total: 100, curve: slow })));
    const forecast = new Forecast(0);
    for (let n = 1; n <= 4; n++) forecast.observe(n * 10_000, 1);
    const goal = { remaining: 96, total: 100 };
    const eta = forecast.eta(40_000, { ...goal, profile: past })!;
    expect(eta.seconds).toBeCloseTo(60, -1);
    expect([eta.basis, eta.low < 60, eta.high > 60]).toEqual(["history", true, true]);
    const alone = new Forecast(0);
    for (let n = 1; n <= 4; n++) alone.observe(n * 10_000, 1);
    expect(alone.eta(40_000, goal)!.seconds).toBeGreaterThan(500);
  });

  it("those of another job are noticed: the run itself counts", () => {
    const eta = steady(40).eta(40_000, { remaining: 60, total: 100, profile: profile(3_000, 3_100) })!;
    expect(eta.seconds).toBeCloseTo(60, -1);
    expect(eta.basis).toBe("rate");
  });
});

describe("of parts that overlap", () => {
  /** A tenth of it every ten seconds. */
  const shares = () => {
    const forecast = new Forecast(0, "share");
    for (let n = 1; n <= 4; n++) forecast.observeShare(n * 10_000, n / 10, false);
    return forecast;
  };
  const parts = { seconds: 200, low: 150, high: 300, basis: "rate" } as const;
  const goal = { remaining: 0.6, total: 1, size: 100 };

  it("what they say stands for its own pace, with their range, where earlier runs were unlike it", () => {
    const eta = shares().eta(40_000, { ...goal, byParts: parts, profile: profile(5_000) })!;
    expect([eta.seconds, eta.basis]).toEqual([expect.closeTo(200, -1), "rate"]);
    expect([eta.low / eta.seconds, eta.high / eta.seconds]).toEqual([expect.closeTo(0.75, 1), expect.closeTo(1.5, 1)]);
  });

  it("what they know from earlier runs alone is history, where this run is unlike those of its own type", () => {
    const byParts = { ...parts, basis: "history" } as const;
    expect(shares().eta(40_000, { ...goal, byParts, profile: profile(5_000) })!.basis).toBe("history");
  });

  it("earlier runs that went like it are believed, also where they say nothing", () => {
    const like = { ...goal, profile: profile(100, 105) };
    expect(shares().eta(40_000, { ...like, byParts: "nothing" })).toMatchObject({
      seconds: expect.closeTo(61, -1),
      basis: "history",
    });
    expect(shares().eta(40_000, { ...like, byParts: parts })!.seconds).toBeLessThan(100);
    expect(shares().eta(40_000, { ...goal, byParts: "nothing", profile: profile(5_000) })).toBeUndefined();
  });

  it("earlier runs of another size are scaled by their items, not by the share", () => {
    const twice = { ...goal, size: 200, profile: profile(50, 52) };
    expect(shares().eta(40_000, twice)).toMatchObject({ seconds: expect.closeTo(61, -1), basis: "history" });
    expect(new Forecast(0, "share").eta(0, { ...twice, remaining: 1 })!.seconds).toBeCloseTo(102, 6);
  });
});

describe("always", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 1, max: 1e4 })), {
    minLength: 1,
    maxLength: 60,
  });
  const past = fc.option(fc.array(fc.double({ min: 1, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 4 }), {
    nil: undefined,
  });

  it("low ≤ seconds ≤ high, none of them negative or not finite", () => {
    fc.assert(
      fc.property(steps, past, fc.integer({ min: 1, max: 1e6 }), (all, seconds, remaining) => {
        const forecast = new Forecast(0);
        let [now, done] = [0, 0];
        for (const [gap, items] of all) {
          forecast.observe((now += gap), items);
          done += items;
          const goal = { remaining, total: done + remaining, profile: seconds && profile(...seconds) };
          const eta = forecast.eta(now + gap, goal)!;
          expect(eta.low).toBeGreaterThanOrEqual(0);
          expect(eta.low).toBeLessThanOrEqual(eta.seconds);
          expect(eta.seconds).toBeLessThanOrEqual(eta.high);
          expect(eta.high).toBeLessThan(Number.POSITIVE_INFINITY);
        }
      }),
    );
  });

  it("does not know how long a second is", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 2, max: 1_000 }), (all, stretch) => {
        const ends = [1, stretch].map((by) => {
          const forecast = new Forecast(0);
          let now = 0;
          let end = 0;
          for (const [gap, items] of all) {
            forecast.observe((now += gap * by), items);
            end = forecast.eta(now, { remaining: 5_000, total: 100_000 })!.seconds / by;
          }
          return end;
        });
        expect(ends[1]! / ends[0]!).toBeCloseTo(1, 5);
      }),
    );
  });

  it("more to do takes longer", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 1e5 }), fc.integer({ min: 1, max: 1e5 }), (all, a, b) => {
        const [less, more] = [Math.min(a, b), Math.max(a, b)].map((remaining) => {
          const forecast = new Forecast(0);
          let now = 0;
          for (const [gap, items] of all) forecast.observe((now += gap), items);
          return forecast.eta(now, { remaining, total: 1e6 })!.seconds;
        });
        expect(less!).toBeLessThanOrEqual(more! * (1 + 1e-9));
      }),
    );
  });

  it("asking twice gives the same", () => {
    const forecast = steady(10);
    const goal = { remaining: 30, total: 40 };
    expect(forecast.eta(12_000, goal)).toEqual(forecast.eta(12_000, goal));
  });
});
