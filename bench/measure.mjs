// Fair comparison on a noisy machine. Every contender lives in a process of its own, because inline caches and the heap of
// one would change the speed of the other; they take turns in short rounds, so that noise hits all alike; ratios are taken
// within a round and only then summarised.

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const CHILD = fileURLToPath(new URL("./child.mjs", import.meta.url));

/** Starts `contender` of the bench file `module` in its own process; `call` asks it for one result. */
export function startContender(module, contender, ...args) {
  const child = fork(CHILD, [module, contender, JSON.stringify(args)], {
    execArgv: ["--expose-gc"],
    // Standard output belongs to the report.
    stdio: ["ignore", 2, "inherit", "ipc"],
  });
  const waiting = [];
  child.on("message", (message) => waiting.shift()?.resolve(message));
  child.on("exit", (code) => {
    for (const { reject } of waiting.splice(0)) reject(new Error(`${module} "${contender}" exited with ${code}`));
  });
  return {
    call: (request = {}) =>
      new Promise((resolve, reject) => {
        waiting.push({ resolve, reject });
        child.send(request, (error) => error && reject(error));
      }),
    stop: () => child.connected && child.disconnect(),
  };
}

/**
 * Nanoseconds per operation of each contender, by name: one number per round. `contenders`: name → arguments of
 * startContender. Which contender begins moves on with every round.
 */
export async function interleave(contenders, { rounds, roundMillis }) {
  const running = Object.entries(contenders).map(([name, args]) => ({ name, ...startContender(...args) }));
  try {
    for (const { call } of running) await call({ warmUpMillis: roundMillis * 8, roundMillis });
    const times = Object.fromEntries(running.map(({ name }) => [name, []]));
    for (let round = 0; round < rounds; round++) {
      for (let turn = 0; turn < running.length; turn++) {
        const { name, call } = running[(round + turn) % running.length];
        times[name].push(await call());
      }
    }
    return times;
  } finally {
    for (const { stop } of running) stop();
  }
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The median over rounds of what `of` makes of the times of one round. */
export function perRound(times, of) {
  const [some] = Object.values(times);
  return median(
    some.map((_, round) => of(Object.fromEntries(Object.entries(times).map(([name, all]) => [name, all[round]])))),
  );
}

/** A number to report; with a target it is also judged: at most `target`, or at least with `atLeast`. */
export function figure(name, value, unit, { target, atLeast = false } = {}) {
  if (target === undefined) return { name, value, unit };
  const met = atLeast ? value >= target : value <= target;
  return { name, value, unit, target: `${atLeast ? ">=" : "<="} ${target}`, verdict: met ? "met" : "missed" };
}
