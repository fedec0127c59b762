import { describe, expect, test } from "vitest";
import { createRouter, type Reply, type RouterOptions } from "../../src/query/router.js";
import type { Route, Site } from "../../src/query/routes.js";

const READ = { method: "GET", action: "read", parameters: [] } as const;
const TABLE: readonly Route[] = [
  { ...READ, path: "/", open: true, parameters: "any", answer: () => new Response("page") },
  { ...READ, path: "/things", parameters: ["color"], answer: () => new Response("things") },
  { ...READ, path: "/things/{id}", answer: (_, { name }) => new Response(name) },
  { method: "POST", action: "control", parameters: [], path: "/things/{id}", answer: () => new Response("done") },
  { ...READ, path: "/broken", answer: () => Promise.reject(new Error("password is hunter2")) },
  { ...READ, path: "/events", answer: () => ({ events: { type: "a" } }) },
  { ...READ, path: "/socket", answer: () => new Response("no socket") },
  { ...READ, path: "/healthz", open: true, answer: () => new Response("ok") },
];

function asking(options: RouterOptions = {}) {
  const router = createRouter({ source: { capabilities: ["watch"] } } as unknown as Site, options, TABLE);
  return (path: string, init: RequestInit = {}) => router.reply(new Request(`http://localhost${path}`, init));
}
/** Status and text, or what the problem is called. */
async function brief(reply: Promise<Reply>): Promise<[number, string]> {
  const response = (await reply) as Response;
  const text = await response.text();
  const isProblem = response.headers.get("content-type") === "application/problem+json";
  return [response.status, isProblem ? (JSON.parse(text) as { type: string }).type : text];
}
const problem = (name: string) => `urn:otel-progress:${name}`;

describe("a path", () => {
  test("finds its route", async () => {
    const ask = asking();
    expect(await brief(ask("/"))).toEqual([200, "page"]);
    expect(await brief(ask("/things"))).toEqual([200, "things"]);
    expect(await brief(ask("/things/a%2Fb%20%C3%BC"))).toEqual([200, "a/b ü"]);
  });

  test.each(["/nothing", "/things/", "/things/a/b", "/Things", "//things", "/things//"])("%s is none", async (path) => {
    expect(await brief(asking()(path))).toEqual([404, problem("not-found")]);
  });

  test("that is no text is refused", async () => {
    expect(await brief(asking()("/things/%ff"))).toEqual([400, problem("invalid-path")]);
    expect(await brief(asking()("/things/%"))).toEqual([400, problem("invalid-path")]);
  });

  test("begins with the base path, and what is beside it is not ours", async () => {
    const ask = asking({ basePath: "/in/progress/" });
    expect(await brief(ask("/in/progress/things"))).toEqual([200, "things"]);
    expect(await brief(ask("/in/progress/"))).toEqual([200, "page"]);
    for (const path of ["/things", "/in/progressthings", "/in", "/"]) expect((await brief(ask(path)))[0]).toBe(404);
    const folder = (await ask("/in/progress?status=lost")) as Response;
    expect([folder.status, folder.headers.get("location")]).toEqual([308, "/in/progress/?status=lost"]);
    for (const basePath of ["progress", "/a?b", "//evil.example", "/a b"]) {
      expect(() => asking({ basePath }), basePath).toThrow("basePath: expected a path such as");
    }
  });

  test("that is endless is refused", async () => {
    expect(await brief(asking()(`/things?color=${"x".repeat(9000)}`))).toEqual([414, problem("uri-too-long")]);
  });
});

describe("a method", () => {
  test("that is not for the path is refused with those that are", async () => {
    for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"]) {
      const response = (await asking()("/things/a", { method })) as Response;
      expect([response.status, response.headers.get("allow")]).toEqual([405, "GET, HEAD, POST"]);
      expect(await response.json()).toMatchObject({ detail: `expected GET, HEAD, POST, received ${method}` });
    }
  });

  test("HEAD is GET without its body", async () => {
    const response = (await asking()("/things", { method: "HEAD" })) as Response;
    expect([response.status, response.body]).toEqual([200, null]);
  });

  test("is told to pages of named origins before they ask", async () => {
    const options = { origins: ["https://app.example"], token: "t" };
    const preflight = (origin: string) => asking(options)("/things/a", { method: "OPTIONS", headers: { origin } });
    const allowed = (await preflight("https://app.example")) as Response;
    expect(allowed.status).toBe(204);
    expect(Object.fromEntries(allowed.headers)).toMatchObject({
      "access-control-allow-origin": "https://app.example",
      "access-control-allow-methods": "GET, HEAD, POST",
      "access-control-allow-headers": "authorization, content-type, if-none-match, last-event-id",
      vary: "origin",
    });
    const foreign = (await preflight("https://evil.example")) as Response;
    expect(foreign.status).toBe(403);
    expect(foreign.headers.get("access-control-allow-origin")).toBeNull();
  });
});

describe("an answer", () => {
  test("comes with headers that keep browsers from harm, a problem too", async () => {
    for (const path of ["/things", "/nothing"]) {
      expect(Object.fromEntries(((await asking()(path)) as Response).headers)).toMatchObject({
        "cache-control": "no-store",
        "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
      });
    }
  });

  test("may be read by pages of named origins, a problem too", async () => {
    const ask = asking({ origins: ["https://app.example"] });
    for (const path of ["/things", "/nothing", "/events"]) {
      const { headers } = (await ask(path, { headers: { origin: "https://app.example" } })) as Response;
      expect(new Headers(headers).get("access-control-allow-origin")).toBe("https://app.example");
      expect(new Headers(headers).get("cross-origin-resource-policy")).toBe("cross-origin");
    }
  });

  test("to parameters that are not known names those that are", async () => {
    expect(await brief(asking()("/things?color=red"))).toEqual([200, "things"]);
    expect(await brief(asking()("/things?size=1"))).toEqual([400, problem("invalid-parameter")]);
    expect(await brief(asking()("/?whatever=1"))).toEqual([200, "page"]);
  });

  test("of a source that fails tells that it did, not why; the owner is told why", async () => {
    const errors: unknown[] = [];
    const reply = (await asking({ onError: (error) => errors.push(error) })("/broken")) as Response;
    const text = await reply.text();
    expect(reply.status).toBe(500);
    expect(text).not.toContain("hunter2");
    expect(errors).toEqual([new Error("password is hunter2")]);
    const throwing = asking({
      onError: () => {
        throw new Error("again");
      },
    });
    expect((await brief(throwing("/broken")))[0]).toBe(500);
    expect((await brief(asking()("/broken")))[0]).toBe(500);
  });

  test("that goes on is left to the caller, with its headers", async () => {
    const reply = (await asking()("/events")) as Exclude<Reply, Response>;
    expect(reply.events).toEqual({ type: "a" });
    expect(reply.headers).toMatchObject({ "content-type": "text/event-stream", "x-content-type-options": "nosniff" });
  });
});

describe("who asks", () => {
  const ask = asking({ token: "t" });

  test("is looked at everywhere but where nothing is told", async () => {
    for (const path of ["/things", "/things/a", "/broken", "/events"]) {
      expect(await brief(ask(path))).toEqual([401, problem("unauthorized")]);
    }
    expect(await brief(ask("/"))).toEqual([200, "page"]);
    expect(await brief(ask("/healthz"))).toEqual([200, "ok"]);
    expect(await brief(ask("/nothing"))).toEqual([404, problem("not-found")]);
  });

  test("without a token learns nothing about parameters", async () => {
    expect(await brief(ask("/things?size=1"))).toEqual([401, problem("unauthorized")]);
  });

  test("may ask for the health under any name, and for nothing else", async () => {
    const foreign = { headers: { host: "10.0.0.7:4680" } };
    expect(await brief(asking()("/healthz", foreign))).toEqual([200, "ok"]);
    for (const path of ["/", "/things", "/events"]) {
      expect(await brief(asking()(path, foreign))).toEqual([421, problem("misdirected-request")]);
    }
  });
});

describe("a WebSocket", () => {
  const open = (path: string, options: RouterOptions = {}) =>
    createRouter({} as Site, options, TABLE).replyToSocket(new Request(`http://localhost${path}`));

  test("follows what an event stream would, and is kept out as one would be", async () => {
    const source = { capabilities: ["watch"] };
    const router = createRouter({ source } as unknown as Site, {}, TABLE);
    const reply = (await router.replyToSocket(new Request("http://localhost/socket"))) as Exclude<Reply, Response>;
    expect(reply.events).toEqual({});
    expect(await brief(open("/socket", { token: "t" }))).toEqual([401, problem("unauthorized")]);
    expect(await brief(open("/things"))).toEqual([404, problem("not-found")]);
  });
});
