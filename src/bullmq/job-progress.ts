// What jobs say about their progress, as an update. BullMQ takes anything; these are the forms that people use.

import type { Update } from "../instrumentation/handles.js";

/** `undefined` when there is nothing in it that is understood. */
export function readJobProgress(progress: unknown): Update | undefined {
  if (typeof progress === "number") return { percentage: progress };
  if (typeof progress === "string") return { message: progress };
  if (typeof progress !== "object" || progress === null) return undefined;
  const fields = progress as Record<string, unknown>;
  const text = first("string", fields, ["message", "text", "step", "stage", "status"]);
  const message = text === undefined ? {} : { message: text };
  const percentage = first("number", fields, ["percentage", "percent", "progress"]);
  if (percentage !== undefined) return { percentage, ...message };
  const current = first("number", fields, ["current", "completed", "processed"]);
  const total = first("number", fields, ["total"]);
  if (text === undefined && current === undefined && total === undefined) return undefined;
  return { ...(current !== undefined && { current }), ...(total !== undefined && { total }), ...message };
}

interface Kinds {
  readonly string: string;
  readonly number: number;
}

function first<K extends keyof Kinds>(kind: K, fields: Record<string, unknown>, names: readonly string[]) {
  return names.map((name) => fields[name]).find((value): value is Kinds[K] => typeof value === kind);
}
