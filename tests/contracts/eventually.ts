import { vi } from "vitest";

/** Waits until nothing is thrown: for what comes over real connections, whose time nobody turns by hand. */
export function eventually<T>(expectation: () => T): Promise<Awaited<T>> {
  return vi.waitFor(expectation, { timeout: 10_000, interval: 5 }) as Promise<Awaited<T>>;
}
