// A stream that lets everything through and counts it: bytes, or objects in object mode.

import { Transform } from "node:stream";
import type { Handle } from "./handle.js";
import type { Reporter, TrackOptions } from "./handles.js";

/** Byte streams count bytes; a text chunk is counted in the bytes of its encoding. */
export function trackStream(
  handle: Reporter,
  { total, unit }: TrackOptions & { readonly objectMode?: boolean },
): NodeJS.ReadWriteStream {
  if (total !== undefined) handle.setTotal(total);
  if ("unit" in handle) {
    const tracked = handle as Handle;
    tracked.unit = tracked.core.cleaner.given(unit) ?? tracked.unit;
  }
  return new Transform({
    // Objects are let through as they are; whether they are bytes is seen chunk by chunk.
    objectMode: true,
    transform(chunk: unknown, encoding, done) {
      handle.increment(sizeOf(chunk, encoding));
      done(null, chunk);
    },
  });
}

function sizeOf(chunk: unknown, encoding: BufferEncoding): number {
  if (typeof chunk === "string") return Buffer.byteLength(chunk, encoding);
  return ArrayBuffer.isView(chunk) ? chunk.byteLength : 1;
}
