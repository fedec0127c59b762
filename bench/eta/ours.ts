// The estimator of this package, driven as the sampler drives it, and what it learns from earlier runs, by way of the text that a
// store keeps.

import { Forecast } from "../../src/eta/forecast.js";
import { Profile } from "../../src/eta/profile.js";
import { decodeProfile, encodeProfile, pastRun } from "../../src/eta-history.js";
import { Points } from "../../src/points.js";
import type { Estimate, Estimator, Trace } from "./traces.js";

/** Points kept of a run unless told otherwise: events per span without the last. */
const POINTS = 31;

export function ours(profile?: Profile): Estimator {
  const forecast = new Forecast(0);
  let [done, worked] = [0, 0];
  return {
    update(seconds, now, _total, skipped = 0) {
      if (now - skipped > worked) forecast.observe(seconds * 1000, now - skipped - worked);
      [done, worked] = [now, now - skipped];
    },
    eta(seconds, total): Estimate {
      const eta = forecast.eta(seconds * 1000, { remaining: Math.max(0, total - done), total, profile });
      return eta ?? { seconds: Number.NaN };
    },
    paused: (from, to) => forecast.pausedFor((to - from) * 1000),
  };
}

export function profileOf(runs: readonly Trace[]): Profile | undefined {
  if (runs.length === 0) return undefined;
  const profile = new Profile(runs.map((run) => pastRun(run.run, run.duration, run.total, pointsOf(run))));
  return decodeProfile(encodeProfile(profile));
}

function pointsOf({ events, total }: Trace): Points {
  const points = new Points(POINTS);
  for (const [seconds, done] of events)
    if (points.wants(seconds * 1000)) points.add(seconds * 1000, done, total, done / total, Number.NaN, undefined);
  return points;
}
