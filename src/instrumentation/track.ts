// Loops with progress. An item is done when the next one is asked for: `break` and a throw in the loop do not count the
// item in hand, and close the source.

import { isCount } from "../state/cell.js";
import type { Handle } from "./handle.js";
import type { OperationOptions, Reporter, TrackOptions } from "./handles.js";
import { settle, settleThrown } from "./lifecycle.js";
import { NoopHandle } from "./no-op.js";
import { isAsync } from "./settling.js";

export type Countable<T> = (Iterable<T> & object) | AsyncIterable<T>;

/** Counts on `handle`, which goes on after the loop. */
export function trackItems<T>(
  handle: Handle,
  items: Countable<T>,
  options: TrackOptions,
): IterableIterator<T> | AsyncIterableIterator<T> {
  const total = options.total ?? sizeOf(items);
  if (total !== undefined && Number.isNaN(handle.total)) handle.setTotal(total);
  handle.unit = handle.core.cleaner.given(options.unit) ?? handle.unit;
  return isAsync(items) ? countAsync(handle, items) : count(handle, items);
}

/** An operation around a loop, begun with the first item asked for and ended with the loop. */
export function trackOperation<T>(
  start: (options: OperationOptions) => Handle | NoopHandle,
  items: Countable<T>,
  options: OperationOptions,
): IterableIterator<T> | AsyncIterableIterator<T> {
  const begin = () => start({ total: sizeOf(items), ...options });
  return isAsync(items) ? runAsync(begin, items) : run(begin, items);
}

function* count<T>(handle: Reporter, items: Iterable<T>): IterableIterator<T> {
  for (const item of items) {
    yield item;
    handle.increment();
  }
}

async function* countAsync<T>(handle: Reporter, items: AsyncIterable<T>): AsyncIterableIterator<T> {
  for await (const item of items) {
    yield item;
    handle.increment();
  }
}

function* run<T>(begin: () => Handle | NoopHandle, items: Iterable<T>): IterableIterator<T> {
  const handle = begin();
  let ended = false;
  try {
    yield* count(handle, items);
    ended = true;
  } catch (error) {
    ended = true;
    threw(handle, error);
    throw error;
  } finally {
    finish(handle, ended);
  }
}

async function* runAsync<T>(begin: () => Handle | NoopHandle, items: AsyncIterable<T>): AsyncIterableIterator<T> {
  const handle = begin();
  let ended = false;
  try {
    yield* countAsync(handle, items);
    ended = true;
  } catch (error) {
    ended = true;
    threw(handle, error);
    throw error;
  } finally {
    finish(handle, ended);
  }
}

function threw(handle: Handle | NoopHandle, error: unknown): void {
  if (!(handle instanceof NoopHandle)) settleThrown(handle, error);
}

/** A loop that was left early is cancelled: `break` and a throw in its body look the same from here. */
function finish(handle: Handle | NoopHandle, ended: boolean): void {
  if (handle instanceof NoopHandle) return;
  if (ended) settle(handle);
  else handle.cancel("loop left early");
}

/** What is no collection fails in the loop, as it would without us. */
function sizeOf(items: object | undefined): number | undefined {
  const { length, size } = (items ?? {}) as { length?: unknown; size?: unknown };
  const known = typeof length === "number" ? length : size;
  return isCount(known) ? known : undefined;
}
