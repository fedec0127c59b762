// Who may ask: the host a request was sent to, the page it came from, and what its sender can show. Decided before
// anything is read. The threats are in docs/security.md.

import { expectedButReceived, ProgressError } from "../errors.js";
import type { MaybePromise } from "../model.js";
import { quote, RequestProblem } from "./problem.js";
import { checkReadToken, checkSecret, looksLikeReadToken } from "./read-tokens.js";

/** What a request wants. */
export interface Wanted {
  readonly action: "read" | "control";
  /** The one operation it is about; absent when it is about many. */
  readonly operationId?: string | undefined;
}
export interface AccessOptions {
  /**
   * Names this server is called by, "progress.example.org", with a port when only that one; `"*"` turns the check off.
   * Other names are refused, so that a page cannot reach a local server by pointing its own name to it.
   * @default localhost, 127.0.0.1 and [::1], with any port
   */
  readonly hosts?: readonly string[] | "*" | undefined;
  /** Origins whose pages may ask too, "https://app.example.org". @default none */
  readonly origins?: readonly string[] | undefined;
  /** Who sends it as `Authorization: Bearer …` may read everything, and control where that is on. */
  readonly token?: string | undefined;
  /** Decides for itself; asked when no other way let the request in. A throw is a no. */
  readonly authorize?: ((request: Request, wanted: Wanted) => MaybePromise<boolean>) | undefined;
  /** At least 16 characters: tokens of `createReadToken` made with it open the one operation they name. */
  readonly readTokenSecret?: string | undefined;
  /** Whether cancellation can be requested; needs `token` or `authorize`. @default false */
  readonly control?: boolean | undefined;
}
export interface Access {
  /** Throws a RequestProblem when the host or the origin is not one of ours. */
  checkPlace(request: Request): void;
  /** Throws a RequestProblem when the sender may not do what is wanted. */
  checkSender(request: Request, wanted: Wanted): Promise<void>;
  /** What lets a page of a named origin read the answer; empty for everybody else. */
  corsHeaders(request: Request): Readonly<Record<string, string>>;
}

export const LOCAL_HOSTS: readonly string[] = ["localhost", "127.0.0.1", "[::1]"];

/** Throws ProgressError INVALID_OPTION where options contradict each other. */
export function createAccess(options: AccessOptions): Access {
  const { hosts = LOCAL_HOSTS, origins = [], token, authorize, readTokenSecret, control = false } = options;
  if (readTokenSecret !== undefined) checkSecret(readTokenSecret);
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    throw new ProgressError("INVALID_OPTION", "token: expected visible ASCII characters without spaces");
  }
  if (control && token === undefined && authorize === undefined) {
    throw new ProgressError("INVALID_OPTION", "control: expected a token or authorize beside it, received neither");
  }
  if (hosts !== "*") checkHosts(hosts);
  if (!Array.isArray(origins)) throw expectedButReceived("INVALID_OPTION", "origins", "a list of origins", origins);
  const allowed = new Set(origins.map(readOrigin));
  const open = token === undefined && authorize === undefined && readTokenSecret === undefined;
  return {
    checkPlace(request) {
      const host = hostOf(request);
      if (hosts !== "*" && !hosts.some((name) => isHost(host, name))) {
        throw new RequestProblem("misdirected-request", `${quote(host)} is not among the hosts named to this server`);
      }
      checkOrigin(request, host, allowed);
    },
    async checkSender(request, wanted) {
      if (wanted.action === "control" && !control) throw new RequestProblem("control-off");
      const shown = shownBy(request);
      if (shown.bearer !== undefined && token !== undefined && (await isEqual(shown.bearer, token))) return;
      if (readTokenSecret !== undefined && (await isScoped(readTokenSecret, shown, wanted))) return;
      if (authorize !== undefined && (await asked(authorize, request, wanted))) return;
      if (open && wanted.action === "read") return;
      if (shown.bearer !== undefined || shown.query !== undefined) throw unauthorized("the token does not open this");
      throw authorize === undefined ? unauthorized() : new RequestProblem("forbidden");
    },
    corsHeaders(request) {
      const origin = request.headers.get("origin");
      if (allowed.size === 0) return {};
      if (origin === null || !allowed.has(origin)) return { vary: "origin" };
      return {
        "access-control-allow-origin": origin,
        "access-control-expose-headers": "etag, retry-after",
        vary: "origin",
      };
    },
  };
}

/** What a browser asks before it asks: which methods and headers a page of a named origin may use. */
export function preflightHeaders(methods: string): Readonly<Record<string, string>> {
  return {
    "access-control-allow-methods": methods,
    "access-control-allow-headers": "authorization, content-type, if-none-match, last-event-id",
    "access-control-max-age": "600",
  };
}

/** What is no name would never be asked for: everybody would be refused, and nobody would see why. */
function checkHosts(hosts: readonly string[]): void {
  const isName = (name: unknown) => typeof name === "string" && /^([\w.-]+|\[[\da-f:.]+\])(:\d{1,5})?$/i.test(name);
  const wrong = Array.isArray(hosts) ? hosts.find((name) => !isName(name)) : hosts;
  if (Array.isArray(hosts) && wrong === undefined) return;
  const expected = 'a list of names such as "progress.example.org", or "*"';
  throw expectedButReceived("INVALID_OPTION", "hosts", expected, wrong);
}

function readOrigin(origin: string): string {
  const url = URL.canParse(origin) ? new URL(origin) : undefined;
  if (url !== undefined && url.origin !== "null" && url.origin === origin.replace(/\/$/, "")) return url.origin;
  throw new ProgressError(
    "INVALID_OPTION",
    `origins: expected "https://name" or with a port, received ${quote(origin)}`,
  );
}

/** The header where there is one: the address of a request may have been put together from anything. */
const hostOf = (request: Request): string => (request.headers.get("host") ?? new URL(request.url).host).toLowerCase();

function isHost(host: string, name: string): boolean {
  const wanted = name.toLowerCase();
  return host === wanted || (host.startsWith(`${wanted}:`) && /^\d{1,5}$/.test(host.slice(wanted.length + 1)));
}

/** Pages of strangers are refused, not only kept from reading: what they ask for costs, and a stream stays open. */
function checkOrigin(request: Request, host: string, allowed: ReadonlySet<string>): void {
  const origin = request.headers.get("origin");
  if (origin !== null) {
    const own = URL.canParse(origin) && new URL(origin).host === host.replace(/:(80|443)$/, "");
    if (own || allowed.has(origin)) return;
    throw new RequestProblem("foreign-origin", `${quote(origin)} is not among the origins named to this server`);
  }
  // Of an image or a script in somebody's page there is no origin, but browsers say where it comes from.
  const site = request.headers.get("sec-fetch-site");
  const foreign = site === "cross-site" || site === "same-site";
  const link = request.headers.get("sec-fetch-mode") === "navigate" && /^(GET|HEAD)$/.test(request.method);
  if (foreign && !link) throw new RequestProblem("foreign-origin");
}

interface Shown {
  readonly bearer: string | undefined;
  readonly query: string | undefined;
}

function shownBy(request: Request): Shown {
  const bearer = /^Bearer +([\x21-\x7e]+) *$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  return { bearer, query: new URL(request.url).searchParams.get("token") ?? undefined };
}

/** A scoped token is good for reading the one operation it names. In the address only such a token counts. */
async function isScoped(secret: string, { bearer, query }: Shown, { action, operationId }: Wanted): Promise<boolean> {
  const token = query ?? bearer;
  if (token === undefined || !looksLikeReadToken(token) || action !== "read") return false;
  const check = await checkReadToken(secret, token);
  if (!check.ok) throw unauthorized(check.why === "expired" ? "the token has expired" : "the token is not valid");
  if (check.operationId === operationId) return true;
  throw new RequestProblem("forbidden", "the token opens one operation, and this is not it");
}

async function asked(authorize: NonNullable<AccessOptions["authorize"]>, request: Request, wanted: Wanted) {
  try {
    return (await authorize(request, wanted)) === true;
  } catch {
    return false;
  }
}

const unauthorized = (detail = "send a token as Authorization: Bearer"): RequestProblem =>
  new RequestProblem("unauthorized", detail, { headers: { "www-authenticate": 'Bearer realm="progress"' } });

/** Of their digests every byte is compared: how long it takes tells nothing about where they differ. */
async function isEqual(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([a, b].map(digest));
  let difference = 0;
  for (const [index, byte] of left!.entries()) difference |= byte ^ right![index]!;
  return difference === 0;
}

async function digest(text: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
