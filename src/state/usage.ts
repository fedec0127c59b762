// What the whole process used while an operation ran: the difference of two looks at it. Operations that lie between two
// looks have no figures.

import type { ProcessUsage } from "../model.js";

/** One look at the process. The sums only ever grow. */
export interface UsageSample {
  /** Monotonic milliseconds. */
  readonly millis: number;
  readonly cpuSeconds: number;
  readonly loopActiveMillis: number;
  readonly loopIdleMillis: number;
  readonly memoryBytes: number;
}

export function usageBetween(from: UsageSample, to: UsageSample): ProcessUsage | undefined {
  const seconds = (to.millis - from.millis) / 1000;
  if (!(seconds > 0)) return undefined;
  const cpuSeconds = Math.max(0, to.cpuSeconds - from.cpuSeconds);
  const active = Math.max(0, to.loopActiveMillis - from.loopActiveMillis);
  const loop = active + Math.max(0, to.loopIdleMillis - from.loopIdleMillis);
  return Object.freeze({
    cpuSeconds,
    cpuUtilization: cpuSeconds / seconds,
    ...(loop > 0 && { eventLoopUtilization: active / loop }),
    memoryBytes: to.memoryBytes,
    memoryGrowthBytes: to.memoryBytes - from.memoryBytes,
  });
}
