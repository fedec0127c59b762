import type { ServerResponse } from "node:http";
import { describe, expect, it } from "vitest";
import { AnswerTooLarge, JaegerClient } from "../../../src/query/jaeger/client.js";
import { startFakeJaeger } from "./fake-jaeger.js";

const WINDOW = { fromMicros: 1, toMicros: 2 };
const client = (url: string, timeoutMillis = 5_000, headers = {}) => new JaegerClient({ url, headers, timeoutMillis });

/** What is said when a Jaeger answers like that. */
async function failure(answer: (response: ServerResponse) => void, timeoutMillis?: number): Promise<unknown> {
  await using jaeger = await startFakeJaeger([], (_, response) => {
    answer(response);
    return true;
  });
  return await client(jaeger.url, timeoutMillis)
    .services()
    .catch((error: unknown) => error);
}

describe("a request", () => {
  it("has its parameters and headers, below the path of the address", async () => {
    await using jaeger = await startFakeJaeger();
    const headers = { authorization: "Bearer secret" };
    const one = client(`${jaeger.url}/ui/?x=1#y`, 1_000, headers);
    await one.traces({ service: "a&b", tags: { "x y": "ü" }, operation: "GET /" }, WINDOW, 7);
    expect(jaeger.asked[0]!.pathname).toBe("/ui/api/traces");
    expect(Object.fromEntries(jaeger.asked[0]!.searchParams)).toEqual({
      service: "a&b",
      tags: '{"x y":"ü"}',
      operation: "GET /",
      start: "1",
      end: "2",
      limit: "7",
      raw: "true",
    });
    expect(jaeger.headers[0]).toMatchObject({ ...headers, accept: "application/json" });
  });

  it("asks for services, of which only names are taken", async () => {
    await using jaeger = await startFakeJaeger([], (_, response) => {
      response.end('{"data":["a",7,null,"b"]}');
      return true;
    });
    expect(await client(jaeger.url).services()).toEqual(["a", "b"]);
  });
});

describe("an answer that is none is an error that says why", () => {
  const says = (text: string | RegExp) =>
    expect.objectContaining({ code: "SOURCE_FAILED", message: expect.stringMatching(text) });

  it("when it refuses, with its reason in one line", async () => {
    const json = '{"data":null,"errors":[{"code":400,"msg":"parameter \'service\'\\n is required"}]}';
    expect(await failure((response) => response.writeHead(400).end(json))).toEqual(
      says(/^Jaeger, \/api\/services: it answered 400: parameter 'service' is required$/),
    );
    expect(await failure((response) => response.writeHead(503).end())).toEqual(says(/: it answered 503$/));
    expect(await failure((response) => response.writeHead(500).end("x".repeat(5_000)))).toEqual(says(/: x{200}$/));
  });

  it("when it sends elsewhere, since headers are not for others", async () => {
    expect(await failure((response) => response.writeHead(302, { location: "http://127.0.0.1:1" }).end())).toEqual(
      says(/it answered 302, a redirect/),
    );
  });

  it("when it is something else, or cut off", async () => {
    expect(await failure((response) => response.end("<html>"))).toEqual(
      says(/expected an answer of Jaeger's API: <html>$/),
    );
    expect(await failure((response) => response.end('{"data":{}}'))).toEqual(says(/expected an answer/));
    expect(
      await failure((response) => response.writeHead(200, { "content-length": "99" }).write("{") && response.destroy()),
    ).toEqual(says(/^Jaeger, \/api\/services: /));
  });

  it("when it does not come in time, at all or as a whole", async () => {
    expect(await failure(() => {}, 50)).toEqual(says(/: no answer within 50 ms$/));
    expect(await failure((response) => void response.writeHead(200).write("{"), 50)).toEqual(
      says(/: no answer within 50 ms$/),
    );
  });

  it("when nobody is there", async () => {
    const jaeger = await startFakeJaeger();
    await jaeger[Symbol.asyncDispose]();
    await expect(client(jaeger.url).services()).rejects.toEqual(says(/: ECONNREFUSED$/));
  });

  it("when it is larger than is ever read", async () => {
    const megabyte = Buffer.alloc(2 ** 20, "x");
    const endless = (response: ServerResponse) => {
      const more = (): void => {
        while (!response.destroyed) if (!response.write(megabyte)) return;
      };
      response.on("drain", more).on("error", () => {});
      more();
    };
    expect(await failure(endless)).toBeInstanceOf(AnswerTooLarge);
  });
});
