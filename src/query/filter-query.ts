// From a filter to the query string that filters.ts reads.

import type { Filter } from "../model.js";

/** A filter as the query of a request. */
export function queryOf({ id, status, type, text, since, until, parentId }: Filter): URLSearchParams {
  const given: [string, string | undefined][] = [
    ["id", id],
    ["status", status?.join(",")],
    ["type", type],
    ["text", text],
    ["since", timeOf(since)],
    ["until", timeOf(until)],
    ["parent", parentId === null ? "" : parentId],
  ];
  return new URLSearchParams(given.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** What is no date is left for the server to refuse. */
function timeOf(time: Date | string | undefined): string | undefined {
  if (time === undefined) return undefined;
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
}
