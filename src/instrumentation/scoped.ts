// A function with an operation or level around it: active while it runs, ended when it settles.

import { expectedButReceived, ProgressError } from "../errors.js";
import type { Handle } from "./handle.js";
import type { Scoped } from "./handles.js";
import { settle, settleThrown } from "./lifecycle.js";
import { NoopHandle } from "./no-op.js";
import { isGenerator, promised, settleWith } from "./settling.js";

/** `fn`, or options and `fn`. */
export type ScopedArguments<O, H, T, R> = [fn: Scoped<H, T, R>] | [options: O, fn: Scoped<H, T, R>];

export function scopedArguments<O, H, T, R>(given: ScopedArguments<O, H, T, R>): [O, Scoped<H, T, R>] {
  const [options, fn] = given.length > 1 ? given : [undefined, given[0]];
  return [(options ?? {}) as O, fn as Scoped<H, T, R>];
}

export function runScoped(handle: Handle | NoopHandle, fn: (handle: never) => unknown): unknown {
  if (typeof fn !== "function") return refuseMissing(handle, fn);
  if (handle instanceof NoopHandle) return handle.run(fn);
  handle.scoped = true;
  return settleWith(
    {
      returned: (value) => {
        settle(handle);
        if (isGenerator(value)) refuseGenerator(handle);
      },
      threw: (error) => settleThrown(handle, error),
    },
    () => handle.core.scopes.run(handle, () => promised(fn(handle as never))),
  );
}

/** There is no work: the operation is over at once. */
function refuseMissing(handle: Handle | NoopHandle, fn: unknown): undefined {
  if (!(handle instanceof NoopHandle)) settle(handle);
  handle.core.diagnostics.misuse(expectedButReceived("INVALID_OPTION", handle.type, "a function", fn), handle.type);
  return undefined;
}

export function refuseGenerator(handle: Handle): void {
  const message = `${handle.type}: a generator function ends before its first item; use track() around its items`;
  handle.core.diagnostics.misuse(new ProgressError("INVALID_OPTION", message), handle.type);
}
