// From a query string to a filter. Every parameter is known, bounded and checked; what is not is refused by name.

import type { Filter, ListOptions, Status } from "../model.js";
import { quote, RequestProblem } from "./problem.js";

export const STATUSES: readonly Status[] = ["pending", "running", "paused", "completed", "failed", "cancelled", "lost"];
export const SORTS: readonly NonNullable<ListOptions["sort"]>[] = ["started", "updated", "duration"];
export const DEFAULT_LIMIT = 100;
export const MAX_LIMIT = 1000;
/** Characters of a text, an id or a type. */
export const MAX_TEXT = 1024;

/** What filters: the same in a list, an export and an event stream. */
export const FILTER_NAMES: readonly string[] = ["id", "status", "type", "text", "since", "until", "parent"];
/** Where a scoped token may be put; read by access.ts. */
const TOKEN_NAME = "token";

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/i;

/** The parameters of one request: each known, each once. */
export type Parameters = ReadonlyMap<string, string>;

/** Refuses what is not known, what comes twice, and what is longer than anything sensible. */
export function parametersOf(search: URLSearchParams, known: readonly string[] | "any"): Parameters {
  const parameters = new Map<string, string>();
  if (known === "any") return parameters;
  for (const [name, value] of search) {
    if (name === TOKEN_NAME) continue;
    if (!known.includes(name)) {
      throw wrong(name, known.length === 0 ? "no parameters are known here" : `known here are ${known.join(", ")}`);
    }
    if (parameters.has(name)) throw wrong(name, "given more than once; several values are separated by commas");
    parameters.set(name, value);
  }
  return parameters;
}

export function filterOf(parameters: Parameters): Filter {
  const status = parameters.get("status");
  const parent = text(parameters, "parent");
  const filter: Filter = {
    id: text(parameters, "id"),
    status: status === undefined ? undefined : statusesOf(status),
    type: text(parameters, "type"),
    text: text(parameters, "text"),
    since: timeOf(parameters, "since"),
    until: timeOf(parameters, "until"),
    parentId: parent === "" ? null : parent,
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

export function sortOf(parameters: Parameters): NonNullable<ListOptions["sort"]> {
  return oneOf(parameters, "sort", SORTS) ?? "started";
}

export function limitOf(parameters: Parameters): number {
  const value = parameters.get("limit");
  if (value === undefined) return DEFAULT_LIMIT;
  const limit = /^\d{1,6}$/.test(value) ? Number(value) : 0;
  if (limit < 1 || limit > MAX_LIMIT) throw wrong("limit", `expected a whole number from 1 to ${MAX_LIMIT}`, value);
  return limit;
}

/** Whether the tree of levels is wanted. */
export function levelsOf(parameters: Parameters): boolean {
  return oneOf(parameters, "levels", ["none", "tree"] as const) === "tree";
}

export function oneOf<T extends string>(parameters: Parameters, name: string, values: readonly T[]): T | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  if ((values as readonly string[]).includes(value)) return value as T;
  throw wrong(name, `expected ${values.join(" or ")}`, value);
}

/** Of an empty list no status is among them: nothing passes. */
function statusesOf(value: string): readonly Status[] {
  if (value === "") return [];
  const statuses = value.slice(0, MAX_TEXT).split(",");
  const stranger = statuses.find((status) => !(STATUSES as readonly string[]).includes(status));
  if (stranger === undefined) return [...new Set(statuses)] as Status[];
  throw wrong("status", `expected one or more of ${STATUSES.join(", ")}, separated by commas`, stranger);
}

/** Empty ones too: that is a text which everything has, and an id or a type which nothing has, as in the process. */
function text(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  if (value.length > MAX_TEXT) throw wrong(name, `expected at most ${MAX_TEXT} characters, received ${value.length}`);
  return value;
}

function timeOf(parameters: Parameters, name: string): string | undefined {
  const value = parameters.get(name);
  if (value === undefined) return undefined;
  // A plus that was not escaped arrives as a space.
  const time = value.replace(" ", "+");
  const millis = DATE_TIME.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(millis)) throw wrong(name, 'expected a time such as "2026-01-31T08:00:00Z"', value);
  return new Date(millis).toISOString();
}

export function wrong(parameter: string, expected: string, received?: string): RequestProblem {
  const came = received === undefined ? "" : `, received ${quote(received)}`;
  const name = parameter.length > 60 ? `${parameter.slice(0, 60)}…` : parameter;
  return new RequestProblem("invalid-parameter", `${name}: ${expected}${came}`, { parameter: name });
}
