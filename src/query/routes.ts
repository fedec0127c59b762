// Every route: its path, what it may be asked, and its answer. handler.ts finds the route and lets the request in;
// openapi.ts describes the same table in words, and a test holds the two together.

import type { Filter, OperationSource, Snapshot, StageInfo } from "../model.js";
import { EXPORT_FORMATS, exportStream } from "./export.js";
import { FILTER_NAMES, filterOf, levelsOf, limitOf, oneOf, type Parameters, sortOf, wrong } from "./filters.js";
import { decodeCursor, encodeCursor, pageOf } from "./paging.js";
import { inPieces, isAtHand, withLevels } from "./pieces.js";
import { quote, RequestProblem } from "./problem.js";
import type { RedactSnapshot } from "./redact.js";
import { readReason } from "./request-body.js";
import { hasTag, smallStatus, tagOf } from "./status.js";

/** What a type's stages are read from; `defineOperation` gives it. */
export interface StageDefinition {
  readonly type: string;
  readonly stages: readonly StageInfo[];
}
/** What all routes of one handler have in common. */
export interface Site {
  readonly source: OperationSource;
  readonly definitions: readonly StageDefinition[];
  readonly redact: RedactSnapshot;
  /** How many follow, and what was lost on slow ones. */
  readonly eventStats: () => Readonly<Record<string, unknown>>;
  /** Told why an answer broke off in the middle. Never throws. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** The OpenAPI document. */
  readonly describe: () => unknown;
}
export interface Asked {
  readonly request: Request;
  /** What stands in the place of `{id}` or `{type}`. */
  readonly name: string;
  readonly parameters: Parameters;
}
/** An answer that goes on: the caller opens the stream where its bytes go. */
export interface EventsAnswer {
  readonly events: Filter;
  readonly lastEventId?: string | undefined;
}
export interface Route {
  readonly method: "GET" | "POST";
  /** `{…}` stands for one segment. */
  readonly path: string;
  readonly action: "read" | "control";
  /** Answered without looking at who asks: says nothing about any work. */
  readonly open?: true;
  /** Those that are known; others are refused. */
  readonly parameters: readonly string[] | "any";
  answer(site: Site, asked: Asked): Promise<Response | EventsAnswer> | Response | EventsAnswer;
}

const LIST_NAMES = [...FILTER_NAMES, "sort", "limit", "cursor", "levels"];
const EVENT_NAMES = [...FILTER_NAMES, "lastEventId"];
const READ = { method: "GET", action: "read", parameters: [] } as const;

export const ROUTES: readonly Route[] = [
  { ...READ, path: "/operations", parameters: LIST_NAMES, answer: list },
  { ...READ, path: "/operations/{id}", answer: one },
  { ...READ, path: "/operations/{id}/events", parameters: ["lastEventId"], answer: eventsOfOne },
  { method: "POST", action: "control", parameters: [], path: "/operations/{id}/cancel", answer: cancel },
  { ...READ, path: "/events", parameters: EVENT_NAMES, answer: events },
  { ...READ, path: "/socket", parameters: EVENT_NAMES, answer: socket },
  { ...READ, path: "/status/{id}", answer: status },
  { ...READ, path: "/stages", answer: stages },
  { ...READ, path: "/stages/{type}", answer: stagesOfOne },
  { ...READ, path: "/stats", answer: stats },
  { ...READ, path: "/export", parameters: [...FILTER_NAMES, "levels", "format"], answer: exported },
  { ...READ, path: "/openapi.json", open: true, answer: ({ describe }) => json(describe()) },
  { ...READ, path: "/healthz", open: true, answer: () => json({ status: "ok" }) },
];

export function json(value: unknown, init: { status?: number; headers?: Record<string, string> } = {}): Response {
  const headers = { "content-type": "application/json", ...init.headers };
  return new Response(JSON.stringify(value), { status: init.status ?? 200, headers });
}

const withoutLevels = (snapshot: Snapshot): Snapshot => ({ ...snapshot, levels: [] });

/** A source may have given them all the same. */
function preparing({ redact }: Site, levels: boolean): (snapshot: Snapshot) => Snapshot {
  return levels ? redact : (snapshot) => redact(withoutLevels(snapshot));
}

async function list(site: Site, { parameters }: Asked): Promise<Response> {
  const sort = sortOf(parameters);
  const after = decodeCursor(parameters.get("cursor"), sort);
  const limit = limitOf(parameters);
  const levels = levelsOf(parameters);
  const filter = filterOf(parameters);
  const asked = { sort, limit, after, levels: levels && !isAtHand(site.source) };
  const { operations, next } = await pageOf(site.source, filter, asked);
  const nextCursor = next && encodeCursor(next);
  if (!levels) return json({ operations: operations.map(preparing(site, false)), nextCursor });
  const trees = withLevels(site.source, filter, operations);
  return new Response(inPieces(listText(trees, site.redact, nextCursor), site.onError), {
    headers: { "content-type": "application/json" },
  });
}

/** What `json` would write of them, tree by tree. */
async function* listText(
  trees: AsyncIterable<Snapshot>,
  redact: RedactSnapshot,
  nextCursor: string | undefined,
): AsyncGenerator<string> {
  let before = '{"operations":[';
  for await (const tree of trees) {
    yield before + JSON.stringify(redact(tree));
    before = ",";
  }
  const cursor = nextCursor === undefined ? "" : `,"nextCursor":${JSON.stringify(nextCursor)}`;
  yield `${before === "," ? "" : before}]${cursor}}`;
}

async function find({ source, redact }: Site, id: string): Promise<Snapshot> {
  const snapshot = await source.get(id);
  if (snapshot === undefined) throw new RequestProblem("unknown-operation", `nothing is known of ${quote(id)}`);
  return redact(snapshot);
}

async function one(site: Site, { name }: Asked): Promise<Response> {
  return json(await find(site, name));
}

async function status(site: Site, { name, request }: Asked): Promise<Response> {
  const text = JSON.stringify(smallStatus(await find(site, name)));
  const tag = await tagOf(text);
  const headers = { etag: tag, "cache-control": "no-cache" };
  if (hasTag(request.headers.get("if-none-match"), tag)) return new Response(null, { status: 304, headers });
  return new Response(text, { headers: { ...headers, "content-type": "application/json" } });
}

function stages({ definitions }: Site): Response {
  return json(Object.fromEntries(definitions.map(({ type, stages: all }) => [type, all])));
}

function stagesOfOne({ definitions }: Site, { name }: Asked): Response {
  const definition = definitions.find(({ type }) => type === name);
  if (definition === undefined) throw new RequestProblem("not-found", `no stages are known of ${quote(name)}`);
  return json(definition.stages);
}

async function stats({ source, eventStats }: Site): Promise<Response> {
  return json({ ...(await source.stats()), ...eventStats() });
}

function exported(site: Site, { parameters }: Asked): Response {
  const format = oneOf(parameters, "format", EXPORT_FORMATS) ?? "ndjson";
  const levels = levelsOf(parameters) && format === "ndjson";
  const prepare = preparing(site, levels);
  const stream = exportStream(site.source, filterOf(parameters), { format, levels, prepare, onError: site.onError });
  const headers = {
    "content-type": format === "csv" ? "text/csv; charset=utf-8; header=present" : "application/x-ndjson",
    "content-disposition": `attachment; filename="operations.${format}"`,
  };
  return new Response(stream, { headers });
}

export const MAX_EVENT_ID = 200;

/** EventSource sends the id as a header after a break; who begins with one of an earlier page names it in the address. */
function lastEventIdOf({ request, parameters }: Asked): string | undefined {
  const id = request.headers.get("last-event-id") ?? parameters.get("lastEventId");
  if (id === null || id === undefined || id === "") return undefined;
  if (id.length <= MAX_EVENT_ID) return id;
  throw wrong("lastEventId", `expected at most ${MAX_EVENT_ID} characters, received ${id.length}`);
}

function checkWatch({ source }: Site): void {
  if (!source.capabilities.includes("watch")) throw new RequestProblem("unsupported", "this source tells no changes");
}

function events(site: Site, asked: Asked): EventsAnswer {
  checkWatch(site);
  return { events: filterOf(asked.parameters), lastEventId: lastEventIdOf(asked) };
}

/** Of an operation that is not known yet too: it is told when it begins. */
function eventsOfOne(site: Site, asked: Asked): EventsAnswer {
  checkWatch(site);
  return { events: { id: asked.name }, lastEventId: lastEventIdOf(asked) };
}

/** Reached only by who asks without an upgrade: the node server takes the others before. */
function socket(): never {
  throw new RequestProblem("upgrade-required", "ask with a WebSocket", { headers: { upgrade: "websocket" } });
}

async function cancel({ source }: Site, { name, request }: Asked): Promise<Response> {
  const reason = await readReason(request);
  if (source.requestCancel === undefined || !source.capabilities.includes("control")) {
    throw new RequestProblem("unsupported", "this source cannot ask for cancellation");
  }
  if (await source.requestCancel(name, reason)) return json({ id: name, cancelRequested: true }, { status: 202 });
  const snapshot = await source.get(name);
  if (snapshot === undefined) throw new RequestProblem("unknown-operation", `nothing is known of ${quote(name)}`);
  throw new RequestProblem("conflict", `it is ${snapshot.status}`);
}
