import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { quickFetch } from "../../src/cli/quick-fetch.js";
import { createHttpSource } from "../../src/query/http-source.js";
import { describeOperationSource } from "../contracts/operation-source.js";
import { deserted, serve } from "./invoke.js";

/** Streams go over the global one; everything else is asked by ours. */
const fetch: typeof globalThis.fetch = (input, init) =>
  String(input).includes("/events?") || init?.method === "POST"
    ? globalThis.fetch(input, init)
    : quickFetch(input, init);

describeOperationSource("a server asked over node:http", async () => {
  const served = await serve();
  return {
    ...served,
    source: createHttpSource({ url: served.server.url, fetch }),
    progress: served.test.progress,
    advance: async (millis: number) => served.test.clock.advance(millis),
  };
}, ["live", "watch", "history"]);

async function answering<T>(answer: RequestListener, use: (url: string) => Promise<T>): Promise<T> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

describe("a short question over node:http", () => {
  it("is answered as fetch answers it, headers and status included", async () => {
    const answer: RequestListener = (request, response) =>
      void response
        .writeHead(418, { "content-type": "application/json" })
        .end(JSON.stringify(request.headers["x-one"]));
    await answering(answer, async (url) => {
      const [ours, theirs] = await Promise.all(
        [quickFetch, globalThis.fetch].map((ask) => ask(url, { headers: { "x-one": "1" } })),
      );
      for (const response of [ours!, theirs!]) {
        expect([response.status, response.ok, response.statusText]).toEqual([418, false, "I'm a Teapot"]);
        expect(response.headers.get("Content-Type")).toBe("application/json");
        expect(response.headers.get("x-none")).toBeNull();
        expect(await response.json()).toBe("1");
      }
    });
  });

  it("does not carry a token elsewhere", async () => {
    const answer: RequestListener = (_request, response) =>
      void response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
    await answering(answer, async (url) => expect((await quickFetch(url)).status).toBe(302));
  });

  it("rejects with what went wrong", async () => {
    await expect(quickFetch(await deserted())).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await answering(
      (_request, response) =>
        void response.writeHead(200, { "content-length": 10 }).write("half", () => response.destroy()),
      async (url) => expect(quickFetch(url)).rejects.toThrowError(),
    );
    await answering(
      () => {},
      async (url) =>
        expect(quickFetch(url, { signal: AbortSignal.timeout(20) })).rejects.toMatchObject({ name: "TimeoutError" }),
    );
  });

  it("speaks TLS where the address says so", async () => {
    await answering(
      () => {},
      async (url) =>
        expect(quickFetch(url.replace("http:", "https:"))).rejects.toMatchObject({ code: expect.stringMatching(/^E/) }),
    );
  });
});
