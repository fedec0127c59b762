import { describe, expect, test } from "vitest";
import type { OperationSource } from "../../src/model.js";
import type { RequestProblem } from "../../src/query/problem.js";
import { type Asked, json, ROUTES, type Site } from "../../src/query/routes.js";
import { snapshotOf, sourceOf } from "./source.js";

const routeOf = (path: string) => ROUTES.find((route) => route.path === path)!;

/** The answer of a route, or the code of its problem. */
async function answer(
  path: string,
  source: Partial<OperationSource>,
  { headers, ...asked }: Partial<Asked> & { headers?: Record<string, string> } = {},
): Promise<unknown> {
  const site = {
    source: sourceOf([snapshotOf("a")], source),
    definitions: [],
    redact: (s) => s,
  } as Partial<Site> as Site;
  const request = new Request("http://localhost/", { method: routeOf(path).method, ...(headers && { headers }) });
  try {
    return await routeOf(path).answer(site, { request, name: "", parameters: new Map(), ...asked });
  } catch (error) {
    return (error as RequestProblem).code;
  }
}

describe("the table", () => {
  test("has every route there is to be", () => {
    expect(ROUTES.map(({ method, path }) => `${method} ${path}`)).toEqual([
      "GET /operations",
      "GET /operations/{id}",
      "GET /operations/{id}/events",
      "POST /operations/{id}/cancel",
      "GET /events",
      "GET /socket",
      "GET /status/{id}",
      "GET /stages",
      "GET /stages/{type}",
      "GET /stats",
      "GET /export",
      "GET /openapi.json",
      "GET /healthz",
    ]);
  });

  test("lets nobody in unseen but to what tells nothing, and controls by POST alone", () => {
    expect(ROUTES.filter(({ open }) => open).map(({ path }) => path)).toEqual(["/openapi.json", "/healthz"]);
    for (const { method, action } of ROUTES) expect(action).toBe(method === "POST" ? "control" : "read");
  });
});

describe("what a source cannot do", () => {
  test("is said: to follow, to cancel", async () => {
    expect(await answer("/events", { capabilities: ["history"] })).toBe("unsupported");
    expect(await answer("/operations/{id}/events", { capabilities: ["history"] })).toBe("unsupported");
    expect(await answer("/operations/{id}/cancel", { capabilities: ["live", "control"] })).toBe("unsupported");
    const requestCancel = () => true;
    expect(await answer("/operations/{id}/cancel", { capabilities: ["live"], requestCancel })).toBe("unsupported");
  });

  test("by plain HTTP: to be a WebSocket", async () => {
    expect(await answer("/socket", {})).toBe("upgrade-required");
  });
});

describe("where an event stream begins", () => {
  const watch: Partial<OperationSource> = { capabilities: ["watch"] };

  test("is behind the event named by the header, or by the address", async () => {
    expect(await answer("/events", watch)).toEqual({ events: {} });
    const header = { headers: { "last-event-id": "e-1" } };
    expect(await answer("/events", watch, header)).toEqual({ events: {}, lastEventId: "e-1" });
    const parameters = new Map([["lastEventId", "e-2"]]);
    expect(await answer("/events", watch, { parameters })).toEqual({ events: {}, lastEventId: "e-2" });
    expect(await answer("/operations/{id}/events", watch, { name: "a", ...header })).toEqual({
      events: { id: "a" },
      lastEventId: "e-1",
    });
    expect(await answer("/events", watch, { headers: { "last-event-id": "x".repeat(201) } })).toBe("invalid-parameter");
  });
});

test("JSON is said to be JSON", async () => {
  const response = json({ a: 1 }, { status: 202, headers: { etag: "x" } });
  expect([response.status, response.headers.get("content-type"), await response.text()]).toEqual([
    202,
    "application/json",
    '{"a":1}',
  ]);
});
