// What comes from whoever started us, and goes to the program, in environment variables: TRACEPARENT, TRACESTATE, BAGGAGE, or
// those of another propagator (https://opentelemetry.io/docs/specs/otel/context/env-carriers/), which without an SDK are handed on
// as they came; and PROGRESS_CARRIER, by which the operations of the program count in ours, and ours in those around us.

import { type Context, context, propagation, ROOT_CONTEXT } from "@opentelemetry/api";
import type { Operation } from "../../index.js";
import type { Environment } from "../command.js";

/** A propagator's key as the name of a variable: "x-b3-traceid" is X_B3_TRACEID. */
const nameOf = (key: string): string =>
  key
    .toUpperCase()
    .replace(/[^A-Z0-9_]/g, "_")
    .replace(/^(?=\d)/, "_");

/** What we were started in. */
export const contextOf = (env: Environment): Context =>
  propagation.extract(ROOT_CONTEXT, env, {
    get: (carrier, key) => carrier[nameOf(key)],
    keys: (carrier) => Object.keys(carrier).map((name) => name.toLowerCase()),
  });

/** The environment of what is started for `op`, in `here`. */
export function environmentFor(op: Operation, env: Environment, here: Context = context.active()): Environment {
  const carrier: Record<string, string | undefined> = { ...env };
  propagation.inject(here, carrier, {
    set: (into, key, value) => {
      into[nameOf(key)] = value;
    },
  });
  const own = op.carrier();
  // Empty for an operation that is not tracked.
  if (own.progress !== "") carrier["PROGRESS_CARRIER"] = JSON.stringify(own);
  return carrier;
}
