// Long answers, written a piece at a time: a thousand operations with a hundred levels each take a second to copy and to
// encode, and in one piece that would hold up the work they tell of.

import { nextTurn, systemClock } from "../clock.js";
import type { Filter, OperationSource, Snapshot } from "../model.js";
import { matches, rowOfSnapshot } from "../state/selection.js";

/** Of work between two turns of the event loop. */
const PIECE_MILLIS = 15;

/** Whether it makes its answers on this event loop, at once: then trees are better asked for one by one. */
export const isAtHand = (source: OperationSource): boolean => source.follow !== undefined;

/**
 * The same operations with their levels, each copied when it is asked for. What has meanwhile come to be something the filter
 * does not let pass is left out; what has been forgotten is given without levels.
 */
export async function* withLevels(
  source: OperationSource,
  filter: Filter,
  operations: readonly Snapshot[],
): AsyncGenerator<Snapshot> {
  // What a filter means elsewhere is not for us to say again.
  if (!isAtHand(source)) return yield* operations;
  for (const known of operations) {
    const whole = await wholeOf(source, known);
    if (matches(rowOfSnapshot(whole), filter)) yield whole;
  }
}

async function wholeOf(source: OperationSource, known: Snapshot): Promise<Snapshot> {
  const latest = await source.get(known.id);
  if (latest?.startedAt === known.startedAt) return latest ?? known;
  // An earlier run under the same id.
  const runs = await source.list({ id: known.id });
  return runs.find(({ startedAt }) => startedAt === known.startedAt) ?? known;
}

/**
 * The texts as bytes, made as they are read; between two pieces everybody else has a turn. An empty text ends a piece. What
 * breaks it is told to `onError` as well: the reader sees a broken connection, and nothing of why.
 */
export function inPieces(texts: AsyncIterable<string>, onError?: (error: unknown) => void): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const iterator = texts[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        await nextTurn();
        const end = systemClock.monotonicMillis() + PIECE_MILLIS;
        let text = "";
        let next: IteratorResult<string>;
        do {
          next = await nextOf(iterator, onError);
          text += next.done ? "" : next.value;
        } while (!next.done && (text === "" || (next.value !== "" && systemClock.monotonicMillis() < end)));
        if (text !== "") controller.enqueue(encoder.encode(text));
        if (next.done) controller.close();
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    { highWaterMark: 0 },
  );
}

async function nextOf<T>(iterator: AsyncIterator<T>, onError?: (error: unknown) => void): Promise<IteratorResult<T>> {
  try {
    return await iterator.next();
  } catch (error) {
    onError?.(error);
    throw error;
  }
}
