import { expect, it } from "vitest";
import { errorOf, HttpSourceError, lostConnection, mediaTypeOf } from "../../src/query/http-error.js";

const problem = {
  type: "urn:otel-progress:overloaded",
  title: "Too many connections",
  status: 503,
  detail: "come later",
};

it("says what the server said, and when it may be asked again", async () => {
  const headers = { "content-type": "application/problem+json; charset=utf-8", "retry-after": "7" };
  const error = await errorOf(new Response(JSON.stringify(problem), { status: 503, headers }));
  expect(error).toMatchObject({ status: 503, problem, retryAfterSeconds: 7, permanent: false });
  expect(error.message).toBe("503 Too many connections: come later");
});

it("of an answer that says nothing is its status", async () => {
  const bodies = ["<h1>oh no</h1>", "[]", "null", '{"type":7}', "{"];
  const types = ["text/html", ...bodies.slice(1).map(() => "application/problem+json")];
  for (const [n, body] of bodies.entries()) {
    const headers = { "content-type": types[n]!, "retry-after": "Wed, 21 Oct 2026 07:28:00 GMT" };
    const error = await errorOf(new Response(body, { status: 502, statusText: "Bad Gateway", headers }));
    expect([error.message, error.problem, error.retryAfterSeconds]).toEqual(["502 Bad Gateway", undefined, undefined]);
  }
  expect((await errorOf(new Response(null, { status: 500 }))).message).toBe("500 ");
});

it("knows which refusals stay, however often one asks", () => {
  const permanent = (status: number) => new HttpSourceError({ status, headers: new Headers() }, "").permanent;
  expect([200, 400, 401, 403, 404, 501].filter(permanent)).toEqual([200, 400, 401, 403, 404, 501]);
  expect([408, 425, 429, 500, 502, 503, 504].filter(permanent)).toEqual([]);
});

it("reads a media type without its parameters", () => {
  const of = (type: string | undefined) =>
    mediaTypeOf(new Response(null, type === undefined ? {} : { headers: { "content-type": type } }));
  expect([of("Text/Event-Stream ; charset=utf-8"), of(undefined)]).toEqual(["text/event-stream", ""]);
});

it("tells a connection that was closed under a request from one that never was, and from an end of waiting", () => {
  const failed = (code?: string) => new TypeError("fetch failed", code === undefined ? {} : { cause: { code } });
  expect(["ECONNRESET", "EPIPE", "UND_ERR_SOCKET"].map((code) => failed(code)).every(lostConnection)).toBe(true);
  const others = [failed("ECONNREFUSED"), failed(), new DOMException("late", "TimeoutError"), "no error", undefined];
  expect(others.some(lostConnection)).toBe(false);
});
