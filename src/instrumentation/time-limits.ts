// Durations from options, checked: what is no duration is refused at set-up.

import { parseDuration } from "../duration.js";
import { expectedButReceived } from "../errors.js";
import type { Duration } from "../model.js";
import type { TimeLimits } from "../stall.js";
import type { Limits } from "./handles.js";

/** Milliseconds; throws ProgressError INVALID_OPTION for what is no duration. */
export function readDuration(what: string, value: Duration | undefined): number | undefined {
  if (value === undefined) return undefined;
  const millis = parseDuration(value);
  if (millis !== undefined) return millis;
  throw expectedButReceived("INVALID_OPTION", what, 'milliseconds or a duration such as "30s" or "2m"', value);
}

/** The limits of a definition, an instance or an operation in milliseconds. */
export function timeLimits(what: string, { stallTimeout, timeout, abandonAfter }: Limits): TimeLimits {
  return Object.freeze({
    stallTimeout: stallTimeout === "auto" ? stallTimeout : readDuration(`${what}: stallTimeout`, stallTimeout),
    timeout: readDuration(`${what}: timeout`, timeout),
    abandonAfter: readDuration(`${what}: abandonAfter`, abandonAfter),
  });
}
