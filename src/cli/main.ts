#!/usr/bin/env node
// The program `otel-progress`: the words behind its name go to dispatch.ts, what comes back is the exit code.

import type { Io } from "./command.js";
import { dispatch } from "./dispatch.js";

/** Getters: asking for a stream of the process opens it, and a command may need its descriptors untouched. */
const io: Io = {
  get stdin() {
    return process.stdin;
  },
  get stdout() {
    return endingUnread(process.stdout);
  },
  get stderr() {
    return unheard(process.stderr);
  },
  env: process.env,
};

/** Whoever read our output has gone, as `head` does: we end as a program does that SIGPIPE ends. */
function endingUnread(stream: typeof process.stdout): typeof process.stdout {
  if (stream.listenerCount("error") === 0)
    stream.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 141 : 1));
  return stream;
}

/** Nobody may read what we remark: the work goes on, and the exit code still says how it went. */
function unheard(stream: typeof process.stderr): typeof process.stderr {
  if (stream.listenerCount("error") === 0) stream.on("error", () => {});
  return stream;
}

// Not process.exit: what is still written, or exported, is let through.
process.exitCode = await dispatch(process.argv.slice(2), io);
