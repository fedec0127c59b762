// How others estimate, from the formulas of their sources.

import type { Estimate, Estimator } from "./traces.js";

const at = (seconds: number): Estimate => ({ seconds });
const NONE = at(Number.NaN);

/** Items left over items per second of the whole run. */
function average(): Estimator {
  let done = 0;
  return {
    update: (_, n) => {
      done = n;
    },
    eta: (t, total) => (done > 0 ? at(((total - done) * t) / done) : NONE),
  };
}

/** tqdm/std.py: EMA(Δn) / EMA(Δt) with smoothing 0.3, at most every mininterval of 0.1 s. */
function tqdm(): Estimator {
  const smoothing = 0.3;
  const keep = 1 - smoothing;
  let [last, lastDone, items, seconds, calls, done] = [0, 0, 0, 0, 0, 0];
  return {
    update(t, n) {
      done = n;
      if (t - last < 0.1) return;
      items = smoothing * (n - lastDone) + keep * items;
      seconds = smoothing * (t - last) + keep * seconds;
      calls++;
      [last, lastDone] = [t, n];
    },
    eta(t, total) {
      const rate = calls > 0 ? items / seconds : done / t;
      return rate > 0 ? at((total - done) / rate) : NONE;
    },
  };
}

/** rich/progress.py, Task.speed: samples of the last 30 s, at most 1,000; the amount of the first is left out. */
function rich(): Estimator {
  const samples: [seconds: number, items: number][] = [];
  let done = 0;
  return {
    update(t, n) {
      const items = n - done;
      done = n;
      while (samples.length > 0 && samples[0]![0] < t - 30) samples.shift();
      if (samples.length >= 1_000) samples.shift();
      if (items > 0) samples.push([t, items]);
    },
    eta(_, total) {
      if (samples.length < 2) return NONE;
      const seconds = samples.at(-1)![0] - samples[0]![0];
      const items = samples.slice(1).reduce((sum, [, more]) => sum + more, 0);
      return seconds > 0 && items > 0 ? at(Math.ceil(((total - done) * seconds) / items)) : NONE;
    },
  };
}

/** indicatif, src/state.rs, Estimator: doubly smoothed with weight 0.1^(Δt / 15 s), normalised, decaying while it waits. */
function indicatif(): Estimator {
  const weight = (age: number): number => 0.1 ** (age / 15);
  let [once, twice, last, done] = [0, 0, 0, 0];
  return {
    update(t, n) {
      const passed = t - last;
      if (n <= done || passed <= 0) return;
      const keep = weight(passed);
      once = once * keep + ((n - done) / passed) * (1 - keep);
      const all = 1 - weight(t);
      twice = twice * keep + (all > 0 ? once / all : 0) * (1 - keep);
      [last, done] = [t, n];
    },
    eta(t, total) {
      const keep = weight(t - last);
      const all = 1 - weight(t);
      const rate = all > 0 ? (twice * keep + ((once * keep) / all) * (1 - keep)) / all : 0;
      return rate > 0 ? at((total - done) / rate) : NONE;
    },
  };
}

/** cli-progress, lib/eta.js: over the last 10 updates (its default etaBuffer), rounded up. */
function cliProgress(): Estimator {
  const last: [seconds: number, done: number][] = [];
  return {
    update(t, n) {
      last.push([t, n]);
      if (last.length > 10) last.shift();
    },
    eta(_, total) {
      const [first, now] = [last[0], last.at(-1)];
      if (first === undefined || now === undefined) return NONE;
      const rate = (now[1] - first[1]) / (now[0] - first[0]);
      return rate > 0 ? at(Math.ceil((total - now[1]) / rate)) : NONE;
    },
  };
}

export const peers: Readonly<Record<string, () => Estimator>> = { average, tqdm, rich, indicatif, cliProgress };
