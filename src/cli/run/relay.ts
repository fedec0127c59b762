// Passes on what a program writes, byte for byte. Writes in the background, so that signals are passed on and exports go out
// while whoever reads us does not; reads no more than a little ahead, so that the program waits for them.

import { writev } from "node:fs";
import type { Readable } from "node:stream";

/** Bytes that may wait here: enough to read on while the last ones are written. */
const WAITING_BYTES = 524_288;
/** Somebody set our output to non-blocking, and it is full. */
const AGAIN_MILLIS = 5;

/** Writes chunks, or the first bytes of them, and tells how many. */
export type Sink = (
  chunks: readonly Buffer[],
  done: (error: NodeJS.ErrnoException | null, count: number) => void,
) => void;

/** A descriptor of ours. Not the stream that Node.js has for it, which would block us while nobody reads. */
export const intoDescriptor =
  (descriptor: number): Sink =>
  (chunks, done) =>
    writev(descriptor, chunks, null, done);

/** A stream: what passes above bars on a terminal has to go through it. */
export const intoStream =
  (stream: NodeJS.WritableStream): Sink =>
  (chunks, done) => {
    const bytes = Buffer.concat(chunks);
    stream.write(bytes, (error) => done(error ?? null, bytes.length));
  };

/**
 * Resolves when all of it is written, or nobody reads it any more: then the program finds its pipe closed, as it would without
 * us. Rejects when it cannot be written for another reason, as on a full disk.
 */
export function relay(source: Readable, sink: Sink, see: (chunk: Uint8Array) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    let waiting: Buffer[] = [];
    let bytes = 0;
    let writing = false;
    let ended = false;

    const failed = (error: NodeJS.ErrnoException): void => {
      waiting = [];
      source.destroy();
      if (error.code === "EPIPE") resolve();
      else reject(error);
    };
    const written = (chunks: Buffer[], count: number): void => {
      writing = false;
      bytes -= count;
      waiting = behind(chunks, count).concat(waiting);
      if (bytes < WAITING_BYTES) source.resume();
      next();
    };
    const next = (): void => {
      if (writing) return;
      if (waiting.length === 0) return ended ? resolve() : undefined;
      const chunks = waiting;
      waiting = [];
      writing = true;
      sink(chunks, (error, count) => {
        if (error === null) written(chunks, count);
        else if (error.code === "EAGAIN") setTimeout(written, AGAIN_MILLIS, chunks, 0);
        else failed(error);
      });
    };
    source.on("data", (chunk: Buffer) => {
      waiting.push(chunk);
      bytes += chunk.length;
      if (bytes >= WAITING_BYTES) source.pause();
      next();
      see(chunk);
    });
    source.on("error", failed);
    source.on("close", () => {
      ended = true;
      next();
    });
  });
}

/** What of `chunks` is left when the first `count` bytes are gone. */
function behind(chunks: readonly Buffer[], count: number): Buffer[] {
  let gone = count;
  return chunks.flatMap((chunk) => {
    const cut = Math.min(gone, chunk.length);
    gone -= cut;
    return cut === chunk.length ? [] : [chunk.subarray(cut)];
  });
}
