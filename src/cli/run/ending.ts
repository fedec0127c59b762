// How a program ended, as exit code, status and error. Pure.

import { constants } from "node:os";
import type { Operation } from "../../index.js";

/** What the system says of a program that is gone, or could not be started. */
export interface Exit {
  readonly code?: number | undefined;
  readonly signal?: NodeJS.Signals | undefined;
  /** Why it could not be started. */
  readonly error?: NodeJS.ErrnoException | undefined;
}

/** A program these end was asked to stop, by somebody; others mean that something is wrong. */
const ASKING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** As of timeout(1), env(1) and the shells. */
const TIMED_OUT = 124;
export const OWN_FAILURE = 125;
const NOT_EXECUTABLE = 126;
const NOT_FOUND = 127;

/** The exit code that shells would give. */
function exitCodeOf({ code, signal, error }: Exit): number {
  if (error !== undefined) return error.code === "ENOENT" ? NOT_FOUND : NOT_EXECUTABLE;
  return signal === undefined ? (code ?? 1) : 128 + constants.signals[signal];
}

/** The signal that we end by too, as the shell of a script expects: it stops a loop at Ctrl-C only then. */
export function ownSignal({ signal }: Exit): NodeJS.Signals | undefined {
  return signal !== undefined && ASKING.includes(signal) ? signal : undefined;
}

/**
 * Ends the operation as the program ended; `asked` is a signal that came to us before, `broken` why its output could not be passed on.
 * Returns our exit code.
 */
export function settle(
  op: Operation,
  name: string,
  exit: Exit,
  asked: NodeJS.Signals | undefined,
  broken?: Error | undefined,
): number {
  // It has ended already when it took too long.
  if (op.snapshot().status === "failed") return TIMED_OUT;
  const code = exitCodeOf(exit);
  op.setAttributes({ "process.exit.code": code });
  // Who reads the program's output has gone, as `head` does: nothing is wrong with the program.
  const unread = exit.signal === "SIGPIPE" ? exit.signal : undefined;
  const stopped = ownSignal(exit) ?? unread ?? (code === 0 ? undefined : asked);
  if (code === 0 && broken !== undefined) {
    op.fail(broken);
    return OWN_FAILURE;
  }
  if (code === 0) op.complete();
  else if (stopped !== undefined) op.cancel(stopped);
  else op.fail(new Error(why(name, exit)), { code: exit.signal ?? `EXIT_${code}` });
  return code;
}

/** For people, and for the error of the operation. */
export function why(name: string, { code, signal, error }: Exit): string {
  if (signal !== undefined) return `${name} was ended by ${signal}`;
  if (error === undefined) return `${name} ended with exit code ${code}`;
  if (error.code === "ENOENT") return `${name}: not found`;
  return `${name}: cannot be executed (${error.code ?? error.message})`;
}
