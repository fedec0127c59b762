// A tool call of an MCP client as an operation: told to the client that asks for it, cancelled by the client, in its trace.

import { context } from "@opentelemetry/api";
import { expectedButReceived } from "../../errors.js";
import type { Duration } from "../../model.js";
import { coreOf } from "../core.js";
import { progress as defaultProgress } from "../default.js";
import type { Definition, OperationOf } from "../definition.js";
import type { Operation, OperationOptions } from "../handles.js";
import type { Progress } from "../progress.js";
import { readDuration } from "../time-limits.js";
import { ProgressNotifications } from "./notifications.js";
import { progressTokenOf, type Request, readRequest, type ToolRequest } from "./request.js";
import { contextOf } from "./trace-context.js";

export interface ToolOperationOptions {
  /** @default the default instance */
  readonly progress?: Progress | undefined;
  /** Shortest time between two notifications of one request. @default "250ms" */
  readonly interval?: Duration | undefined;
}

/**
 * Runs `fn` as an operation on behalf of a request: its result and its error are those of `fn`.
 *
 * - If the client gave a progress token, it is told: `progress` always grows, `progress / total` is the share done, `message`
 *   says what is going on, levels included. Nothing is sent to others, nor after the end.
 * - Cancelled by the client, the operation is asked to cancel: `op.signal` aborts, and `fn` decides.
 * - The span is a child of the caller's, if `_meta` has a `traceparent`.
 *
 * Sending never fails your work: errors are counted (`callbacks_failed`), and after three in a row nothing more is sent.
 */
export interface ToolOperation {
  <D extends string | Definition, R>(request: ToolRequest, type: D, fn: ToolWork<D, R>): Promise<Awaited<R>>;
  <D extends string | Definition, R>(
    request: ToolRequest,
    type: D,
    options: OperationOptions,
    fn: ToolWork<D, R>,
  ): Promise<Awaited<R>>;
}
type ToolWork<D extends string | Definition, R> = (op: OperationOf<D>) => R;
type AnyWork = (op: Operation) => unknown;

const INTERVAL_MILLIS = 250;

/** `toolOperation` for an instance of your own, or another pace. Throws ProgressError INVALID_OPTION for a bad interval. */
export function createToolOperation(options: ToolOperationOptions = {}): ToolOperation {
  const progress = options.progress ?? defaultProgress;
  const intervalMillis = readDuration("interval", options.interval) ?? INTERVAL_MILLIS;
  const run = async (
    given: ToolRequest,
    type: string | Definition,
    ...rest: [AnyWork] | [OperationOptions, AnyWork]
  ) => {
    const [more = {}, fn] = rest.length > 1 ? (rest as [OperationOptions, AnyWork]) : [{}, rest[0] as AnyWork];
    const request = readRequest(given);
    if (request === undefined) refuse(progress, given);
    if (request === undefined || typeof fn !== "function") return progress.operation(type, more, fn as never);
    const { signal } = request;
    const both = more.signal instanceof AbortSignal ? AbortSignal.any([signal, more.signal]) : signal;
    return context.with(contextOf(request.meta), () =>
      tell(progress, request, intervalMillis, (told) =>
        progress.operation(type, { ...more, signal: both }, ((op: Operation) => {
          told(op);
          return fn(op);
        }) as never),
      ),
    );
  };
  return run as ToolOperation;
}

export const toolOperation: ToolOperation = createToolOperation();

/** Runs `work`, which hands over its operation when that has begun; the client is told of it until the end. */
async function tell(
  progress: Progress,
  request: Request,
  intervalMillis: number,
  work: (told: (op: Operation) => void) => unknown,
): Promise<unknown> {
  const token = progressTokenOf(request.meta);
  let end = async (): Promise<void> => {};
  const told = (op: Operation) => {
    // What is not tracked is not known either, and its id may be that of another.
    if (token === undefined || progress.handle(op.id) !== op) return;
    const { settings, diagnostics } = coreOf(progress);
    const notifications = new ProgressNotifications(request, token, settings.clock, intervalMillis, diagnostics);
    const unfollow = progress.live.follow(notifications.told, { id: op.id });
    end = () => {
      unfollow();
      return notifications.end(op.snapshot());
    };
  };
  try {
    return await work(told);
  } finally {
    await end();
  }
}

function refuse(progress: Progress, given: unknown): void {
  const expected = "extra or ctx, the last argument of a tool handler";
  coreOf(progress).diagnostics.misuse(expectedButReceived("INVALID_OPTION", "toolOperation: request", expected, given));
}
