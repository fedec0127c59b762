// What exporters and sources of one fleet must agree on, checked.

import { type Clock, systemClock } from "../clock.js";
import { parseDuration } from "../duration.js";
import { expectedButReceived } from "../errors.js";
import type { Duration } from "../model.js";

export interface FleetOptions {
  /** Of all keys; whoever shares it is one fleet. @default "otel-progress" */
  readonly prefix?: string | undefined;
  /**
   * An instance that has not been heard of for so long is dead, and what it had open is lost. The same in the whole fleet. Longer
   * than any pause of a process or of the network that is to be survived. 1 s to 1 h. @default "10s"
   */
  readonly lease?: Duration | undefined;
  /** For leases and polls; not that of the work. @default the computer's */
  readonly clock?: Clock | undefined;
}
export interface Fleet {
  readonly prefix: string;
  readonly leaseMillis: number;
  /** How often a lease is renewed. */
  readonly beatMillis: number;
  readonly clock: Clock;
}

/** Renewals per lease. */
const BEATS = 5;

/** Throws ProgressError INVALID_OPTION. */
export function readFleet({ prefix = "otel-progress", lease = "10s", clock = systemClock }: FleetOptions): Fleet {
  if (typeof prefix !== "string" || !/^[^\s{}]{1,200}$/.test(prefix))
    throw expectedButReceived("INVALID_OPTION", "prefix", "1 to 200 characters, no spaces, no braces", prefix);
  const leaseMillis = millisOf("lease", lease, 1_000, 3_600_000);
  return { prefix, leaseMillis, beatMillis: leaseMillis / BEATS, clock };
}

/** Throws ProgressError INVALID_OPTION. */
export function millisOf(name: string, duration: Duration, least: number, most: number): number {
  const millis = parseDuration(duration);
  if (millis !== undefined && millis >= least && millis <= most) return millis;
  throw expectedButReceived("INVALID_OPTION", name, `a duration from ${least} ms to ${most} ms`, duration);
}

/** Throws ProgressError INVALID_OPTION. */
export function countOf(name: string, count: number, least: number, most: number): number {
  if (Number.isSafeInteger(count) && count >= least && count <= most) return count;
  throw expectedButReceived("INVALID_OPTION", name, `a whole number from ${least} to ${most}`, count);
}
