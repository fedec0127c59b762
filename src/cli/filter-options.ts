// The filters that list, watch, history and export have in common.

import { parseDuration } from "../duration.js";
import type { Filter, Status } from "../model.js";
import { SORTS, STATUSES } from "../query/filters.js";
import { type Arguments, type OptionSpec, UsageError } from "./command.js";
import { didYouMean } from "./suggest.js";

/** Of what is not over. */
export const ACTIVE: readonly Status[] = ["pending", "running", "paused"];
/** Of what is. */
export const ENDED: readonly Status[] = ["completed", "failed", "cancelled", "lost"];

export const FILTERS: Readonly<Record<string, OptionSpec>> = {
  status: { type: "string", short: "s", multiple: true, value: "STATUS", about: "only these: failed,lost" },
  type: { type: "string", short: "t", value: "TYPE", about: "only of this type" },
  text: { type: "string", value: "TEXT", about: "only with this in id, type, name or message" },
  since: { type: "string", value: "WHEN", about: "started since: 2h (ago), or 2026-01-31T08:00:00Z" },
  until: { type: "string", value: "WHEN", about: "started before: the same" },
};
export const SORT: OptionSpec = {
  type: "string",
  choices: SORTS,
  about: "latest, or longest, first (started)",
};

export function filterOf(args: Arguments, nowMillis: number): Filter {
  const statuses = args.texts("status").flatMap((given) => given.split(","));
  const filter: Filter = {
    status: statuses.length === 0 ? undefined : statuses.map(statusOf),
    type: args.text("type"),
    text: args.text("text"),
    since: timeOf("since", args.text("since"), nowMillis),
    until: timeOf("until", args.text("until"), nowMillis),
  };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined));
}

export function sortOf(args: Arguments): "started" | "updated" | "duration" {
  return (args.text("sort") ?? "started") as "started";
}

/** A whole number from 1 on. */
export function countOf(args: Arguments, name: string, otherwise: number): number {
  const given = args.text(name);
  if (given === undefined) return otherwise;
  if (/^[1-9]\d{0,8}$/.test(given)) return Number(given);
  throw new UsageError(`--${name}: expected a whole number, 1 or more, received ${JSON.stringify(given)}`);
}

function statusOf(word: string): Status {
  const status = STATUSES.find((name) => name === word.trim());
  if (status !== undefined) return status;
  const hint = didYouMean(word, STATUSES);
  throw new UsageError(`--status: expected ${STATUSES.join(", ")}, received ${JSON.stringify(word)}${hint}`);
}

/** "2h" is two hours ago; a day without a time is its beginning in UTC. */
function timeOf(name: string, given: string | undefined, nowMillis: number): string | undefined {
  if (given === undefined) return undefined;
  const agoMillis = parseDuration(given);
  const millis = agoMillis === undefined ? dateOf(given) : nowMillis - agoMillis;
  const date = new Date(millis);
  if (!Number.isNaN(date.getTime())) return date.toISOString();
  const examples = '"2h", "2026-01-31" or "2026-01-31T08:00:00Z"';
  throw new UsageError(`--${name}: expected a time such as ${examples}, received ${JSON.stringify(given)}`);
}

const dateOf = (given: string): number => (/^\d{4}-\d\d-\d\d/.test(given) ? Date.parse(given) : Number.NaN);
