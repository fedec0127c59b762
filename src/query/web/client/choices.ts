// What the reader chose to see, kept in the query string so that it can be bookmarked and sent to somebody. Pure.

import type { Status } from "../../../model.js";

export const SHOW = ["all", "running", "attention", "completed", "failed", "cancelled", "lost"] as const;
export type Show = (typeof SHOW)[number];
export const SINCE = ["", "1h", "24h", "7d"] as const;
type Since = (typeof SINCE)[number];
export const SORT = ["ended", "duration"] as const;
type Sort = (typeof SORT)[number];

export interface Choices {
  readonly text: string;
  readonly type: string;
  readonly show: Show;
  readonly since: Since;
  readonly sort: Sort;
  /** Ids of operations whose details are open. */
  readonly open: ReadonlySet<string>;
}

const MAX_OPEN = 50;
const HOURS: Readonly<Record<Exclude<Since, "">, number>> = { "1h": 1, "24h": 24, "7d": 168 };

export function readChoices(search: string): Choices {
  const parameters = new URLSearchParams(search);
  const oneOf = <T extends string>(name: string, values: readonly T[]): T =>
    values.find((value) => value === parameters.get(name)) ?? values[0]!;
  return {
    text: (parameters.get("q") ?? "").slice(0, 200),
    type: parameters.get("type") ?? "",
    show: oneOf("show", SHOW),
    since: oneOf("since", SINCE),
    sort: oneOf("sort", SORT),
    open: new Set(parameters.getAll("open").slice(0, MAX_OPEN)),
  };
}

/** The query string with the choices in it; parameters of others stay. What is not chosen is left out. */
export function writeChoices(search: string, { text, type, show, since, sort, open }: Choices): string {
  const parameters = new URLSearchParams(search);
  const put = (name: string, value: string, otherwise: string) =>
    value === otherwise ? parameters.delete(name) : parameters.set(name, value);
  put("q", text, "");
  put("type", type, "");
  put("show", show, "all");
  put("since", since, "");
  put("sort", sort, "ended");
  parameters.delete("open");
  for (const id of [...open].slice(0, MAX_OPEN)) parameters.append("open", id);
  const written = parameters.toString();
  return written === "" ? "" : `?${written}`;
}

/** Milliseconds before now; undefined for any time. */
export const sinceMillis = ({ since }: Choices): number | undefined =>
  since === "" ? undefined : HOURS[since] * 3_600_000;

export const showsLive = (show: Show): boolean => ["all", "running", "attention", "lost"].includes(show);
export const showsEnded = (show: Show): boolean => !["running", "attention"].includes(show);

const ENDED: readonly Status[] = ["completed", "failed", "cancelled", "lost"];

/** What to ask the history for. */
export function historyQuery(choices: Choices, serverTime: number, limit: number, cursor?: string): URLSearchParams {
  const { text, type, show, sort } = choices;
  const statuses = ENDED.filter((status) => show === "all" || status === show);
  const order = sort === "ended" ? "updated" : sort;
  const query = new URLSearchParams({ status: statuses.join(","), limit: String(limit), sort: order });
  if (text !== "") query.set("text", text);
  if (type !== "") query.set("type", type);
  // Whole minutes, so that the pages of one list are asked for with one query.
  const minute = Math.floor(serverTime / 60_000) * 60_000;
  const since = sinceMillis(choices);
  if (since !== undefined) query.set("since", new Date(minute - since).toISOString());
  if (cursor !== undefined) query.set("cursor", cursor);
  return query;
}
