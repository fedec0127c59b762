import { describe, expect, it } from "vitest";
import { type Refused, Requests } from "../../../../src/query/web/client/requests.js";

const asked: [string, RequestInit][] = [];
const requests = (answer: Response) =>
  new Requests("http://host/base/?q=1#x", async (address, init) => {
    asked.push([address, init]);
    return answer;
  });

describe("a request", () => {
  it("goes below the folder of the page, with the token as a header", async () => {
    const all = requests(Response.json({ a: 1 }));
    all.token = "t";
    expect(await all.json("operations?limit=1")).toEqual({ a: 1 });
    const [address, init] = asked.pop()!;
    expect([address, init.headers]).toEqual(["http://host/base/operations?limit=1", { authorization: "Bearer t" }]);
  });

  it("can be taken back", async () => {
    const { signal } = new AbortController();
    await requests(new Response("")).open("events", { accept: "text/event-stream" }, signal);
    const [, init] = asked.pop()!;
    expect([init.headers, init.signal]).toEqual([{ accept: "text/event-stream" }, signal]);
  });

  it("that changes something is sent as JSON, which no form of another page can", async () => {
    const all = requests(Response.json({}, { status: 202 }));
    all.token = "t";
    await all.post("operations/a/cancel", { reason: "r" });
    const [address, { method, headers, body }] = asked.pop()!;
    expect([method, address, body]).toEqual(["POST", "http://host/base/operations/a/cancel", '{"reason":"r"}']);
    expect(headers).toEqual({ "content-type": "application/json", authorization: "Bearer t" });
    const refused = requests(Response.json({ title: "No" }, { status: 403 })).post("x", {});
    await expect(refused).rejects.toMatchObject({ message: "No", status: 403 });
    const away = new Requests("http://host/", () => Promise.reject(new TypeError("fetch failed"))).post("x", {});
    await expect(away).rejects.toThrow("The server does not answer");
  });

  it("that is refused says why, and whether a token would help", async () => {
    const refused = (answer: Response) =>
      requests(answer)
        .open("x")
        .catch((error: Refused) => [error.message, error.status, error.needsToken]);
    expect(await refused(Response.json({ title: "A token is needed", detail: "send one" }, { status: 401 }))).toEqual([
      "A token is needed: send one",
      401,
      true,
    ]);
    expect(await refused(Response.json({ title: 7 }, { status: 403 }))).toEqual(["status 403", 403, true]);
    expect(await refused(new Response("<h1>Bad gateway</h1>", { status: 502 }))).toEqual(["status 502", 502, false]);
  });
});
