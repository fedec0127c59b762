// Time comes into the package here and nowhere else, so that tests can turn the clock by hand.

/** Where the package reads time and sets its timers. Supply your own to control time. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  monotonicMillis(): number;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  epochMillis(): number;
  /** Calls `fn` every `millis` until the returned function is called. Must not keep the process alive. */
  every(millis: number, fn: () => void): () => void;
}

/** The computer's clock; timers are unref'ed. */
export const systemClock: Clock = {
  monotonicMillis: () => performance.now(),
  epochMillis: () => Date.now(),
  every(millis, fn) {
    const timer = setInterval(fn, millis);
    timer.unref?.();
    return () => clearInterval(timer);
  },
};

/**
 * Runs `fn` once the event loop turns. With `"hold"` the process stays alive until then (for output that must not be
 * lost), with `"release"` it may exit first.
 */
export function afterThisTurn(fn: () => void, life: "hold" | "release"): void {
  const handle = setImmediate(fn);
  if (life === "release") handle.unref?.();
}

/** Resolves when the event loop has turned, so that others have their turn. Keeps the process alive until then. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

/** Waits for `work`, at most `millis`; `undefined` when the time was up first. */
export async function atMost<T>(millis: number, work: Promise<T>): Promise<T | undefined> {
  let giveUp = (_: undefined): void => {};
  const deadline = new Promise<undefined>((resolve) => {
    giveUp = resolve;
  });
  const timer = setTimeout(giveUp, millis, undefined);
  try {
    return await Promise.race([work, deadline]);
  } finally {
    clearTimeout(timer);
  }
}
