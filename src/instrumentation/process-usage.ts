// What the process uses, looked at once per tick for all operations. An operation points at the look taken last before its
// start; the difference to the latest is what the whole process used while it ran.

import { performance } from "node:perf_hooks";
import type { UsageSample } from "../state/usage.js";

/** A look at the process as it is now: about twenty microseconds, most of them for the memory. */
export function sampleUsage(now: number): UsageSample {
  const { user, system } = process.cpuUsage();
  const { active, idle } = performance.eventLoopUtilization();
  return {
    millis: now,
    cpuSeconds: (user + system) / 1e6,
    loopActiveMillis: active,
    loopIdleMillis: idle,
    memoryBytes: process.memoryUsage.rss(),
  };
}
