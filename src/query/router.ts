// From a request to its answer: bounds, route, place, sender, parameters, in this order, and whatever goes wrong becomes a
// problem. The web-standard handler and the server on node:http are two ways to send what comes out.

import { expectedButReceived } from "../errors.js";
import { type Access, type AccessOptions, createAccess, preflightHeaders } from "./access.js";
import { parametersOf } from "./filters.js";
import { problemResponse, quote, RequestProblem } from "./problem.js";
import { type Asked, type EventsAnswer, ROUTES, type Route, type Site } from "./routes.js";

export interface RouterOptions extends AccessOptions {
  /** Where it is mounted, "/progress". @default "" */
  readonly basePath?: string | undefined;
  /** Told of errors of the source; who asked is told only that there was one. */
  readonly onError?: ((error: unknown) => void) | undefined;
}
/** An answer, or an event stream to be opened under these headers. */
export type Reply = Response | (EventsAnswer & { readonly headers: Readonly<Record<string, string>> });
export interface Router {
  reply(request: Request): Promise<Reply>;
  /** The same for a WebSocket: what it may follow, or the problem as an answer. */
  replyToSocket(request: Request): Promise<Reply>;
}

const MAX_ADDRESS = 8192;
const SAFE_HEADERS: Readonly<Record<string, string>> = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
};
const EVENT_HEADERS: Readonly<Record<string, string>> = {
  "content-type": "text/event-stream",
  // Proxies that gather what they pass on would hold every event back.
  "x-accel-buffering": "no",
};

interface Found {
  readonly route: Route;
  readonly name: string;
}

export function createRouter(site: Site, options: RouterOptions, routes: readonly Route[] = ROUTES): Router {
  const access = createAccess(options);
  const base = readBasePath(options.basePath);
  const tell = telling(options.onError);
  const table = routes.map((route) => ({ route, segments: route.path.split("/").slice(1) }));

  function find(path: string): Found[] {
    const rest = path.startsWith(`${base}/`) ? path.slice(base.length) : undefined;
    const asked = rest?.split("/").slice(1) ?? [];
    return table.flatMap(({ route, segments }) => {
      const name = nameIn(segments, asked);
      return name === undefined ? [] : [{ route, name }];
    });
  }

  async function answer(request: Request, upgrade: boolean): Promise<Reply> {
    if (request.url.length > MAX_ADDRESS) throw new RequestProblem("uri-too-long");
    const url = new URL(request.url);
    // Addresses in the page are relative to the folder.
    if (base !== "" && url.pathname === base)
      return new Response(null, { status: 308, headers: { location: `${base}/${url.search}` } });
    const found = find(url.pathname);
    if (found.length === 0) throw new RequestProblem("not-found", `there is no ${quote(url.pathname)}`);
    const health = found[0]!.route.path === "/healthz";
    // Asked by machines under any name, and it tells nothing.
    if (!health) access.checkPlace(request);
    if (request.method === "OPTIONS") return preflight(access, request, found);
    const method = request.method === "HEAD" ? "GET" : request.method;
    const match = found.find(({ route }) => route.method === method);
    if (match === undefined) throw notAllowed(found, request);
    return ask(request, url, match, upgrade);
  }

  async function ask(request: Request, url: URL, { route, name }: Found, upgrade: boolean): Promise<Reply> {
    const decoded = decodeSegment(name);
    const operationId = route.path.includes("{id}") ? decoded : (url.searchParams.get("id") ?? undefined);
    if (!route.open) await access.checkSender(request, { action: route.action, operationId });
    const asked: Asked = { request, name: decoded, parameters: parametersOf(url.searchParams, route.parameters) };
    const reply = await (upgrade ? upgraded(route) : route).answer(site, asked);
    return reply instanceof Response ? reply : { ...reply, headers: EVENT_HEADERS };
  }

  async function reply(request: Request, upgrade: boolean): Promise<Reply> {
    let made: Reply;
    try {
      made = await answer(request, upgrade);
    } catch (error) {
      made = problemResponse(error instanceof RequestProblem ? error : internal(error, tell));
    }
    return finish(made, request, access);
  }
  return { reply: (request) => reply(request, false), replyToSocket: (request) => reply(request, true) };
}

/** A WebSocket gets what an event stream would have got. */
function upgraded(route: Route): Route {
  if (route.path === "/socket") return ROUTES.find(({ path }) => path === "/events")!;
  throw new RequestProblem("not-found", "WebSockets are answered at /socket");
}

function finish(made: Reply, request: Request, access: Access): Reply {
  const cors = access.corsHeaders(request);
  const more = { ...SAFE_HEADERS, ...cors };
  if ("access-control-allow-origin" in cors) more["cross-origin-resource-policy"] = "cross-origin";
  if (!(made instanceof Response)) return { ...made, headers: { ...more, ...made.headers } };
  for (const [name, value] of Object.entries(more)) if (!made.headers.has(name)) made.headers.set(name, value);
  if (request.method !== "HEAD" || made.body === null) return made;
  void made.body.cancel();
  return new Response(null, { status: made.status, headers: made.headers });
}

function preflight(access: Access, request: Request, found: readonly Found[]): Response {
  if (!("access-control-allow-origin" in access.corsHeaders(request))) throw notAllowed(found, request);
  return new Response(null, { status: 204, headers: preflightHeaders(methodsOf(found)) });
}

const methodsOf = (found: readonly Found[]): string =>
  found.map(({ route }) => (route.method === "GET" ? "GET, HEAD" : route.method)).join(", ");

function notAllowed(found: readonly Found[], { method }: Request): RequestProblem {
  const allow = methodsOf(found);
  return new RequestProblem("method-not-allowed", `expected ${allow}, received ${method}`, { headers: { allow } });
}

/** Whoever listens must not break the answer. */
export function telling(onError: RouterOptions["onError"]): (error: unknown) => void {
  return (error) => {
    try {
      onError?.(error);
    } catch {
      // Nobody else is there to be told.
    }
  };
}

function internal(error: unknown, tell: (error: unknown) => void): RequestProblem {
  tell(error);
  return new RequestProblem("internal");
}

/** What stands in the place of the braces; "" when the path has none; `undefined` when it is another path. */
function nameIn(segments: readonly string[], asked: readonly string[]): string | undefined {
  if (segments.length !== asked.length) return undefined;
  let name = "";
  for (const [index, segment] of segments.entries()) {
    if (segment.startsWith("{") && asked[index] !== "") name = asked[index]!;
    else if (segment !== asked[index]) return undefined;
  }
  return name;
}

function decodeSegment(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new RequestProblem("invalid-path", `${quote(text)} is not percent-encoded UTF-8`);
  }
}

function readBasePath(basePath = ""): string {
  const base = basePath.replace(/\/+$/, "");
  if (base === "" || /^(\/[\w\-.~]+)+$/.test(base)) return base;
  throw expectedButReceived("INVALID_OPTION", "basePath", 'a path such as "/progress"', basePath);
}
