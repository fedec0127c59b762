// Retries of others as attempts of ours. No retry engine: p-retry, async-retry, cockatiel and their like decide whether and
// when; they all call the same function again, which is all that is needed to count.

import { isErrorLike, peek } from "./clean.js";
import type { Ended } from "./handles.js";
import { settleWith } from "./settling.js";

/** `fn`, whose second and later calls begin a new attempt of `handle`. */
export function countAttempts<A extends readonly unknown[], R>(
  handle: { newAttempt(reason?: string): void } & Ended,
  fn: (...given: A) => R,
): (...given: A) => R {
  let calls = 0;
  let why: string | undefined;
  const settling = {
    returned: () => {
      why = undefined;
    },
    threw: (error: unknown) => {
      why = peek(() => (isErrorLike(error) ? error.message : String(error))) || undefined;
    },
  };
  return (...given) => {
    if (calls++ > 0) handle.newAttempt(why);
    return settleWith(settling, () => fn(...given)) as R;
  };
}
