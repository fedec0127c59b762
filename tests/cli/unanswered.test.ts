import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { UsageError } from "../../src/cli/command.js";
import { answered, explained } from "../../src/cli/unanswered.js";
import { ProgressError } from "../../src/errors.js";
import { createHttpSource } from "../../src/query/http-source.js";
import { deserted, serve } from "./invoke.js";

/** Asks a server that answers so. */
async function asking(answer: RequestListener): Promise<unknown> {
  const server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    return await ask(url);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}
const ask = (url: string, token?: string) =>
  answered("there", () => createHttpSource({ url, token, timeout: "10s" }).list()).catch((error: unknown) => error);

describe("a question without an answer says why", () => {
  it("nothing answers", async () => {
    expect(await ask(await deserted())).toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/^nothing answers at there\. Start what serves there .* or PROGRESS_URL$/),
    });
  });

  it("there is no such host", async () => {
    expect(await ask("http://nowhere.invalid")).toMatchObject({
      exitCode: 3,
      message: expect.stringMatching(/host of that name|cannot be reached/),
    });
  });

  it("the connection breaks", async () => {
    const error = await asking((_request, response) => response.destroy());
    expect(error).toMatchObject({ exitCode: 3, message: expect.stringMatching(/^there cannot be reached: ./) });
  });

  it("a token is wanted, or this one is refused", async () => {
    await using served = await serve({ token: "right" });
    const message = "there wants a token, or another one: set PROGRESS_TOKEN";
    expect(await ask(served.server.url)).toMatchObject({ exitCode: 4, message });
    expect(await ask(served.server.url, "wrong")).toMatchObject({ exitCode: 4, message });
    await using guarded = await serve({ authorize: () => false });
    expect(await ask(guarded.server.url)).toMatchObject({ exitCode: 4 });
    expect(await asking((_request, response) => response.writeHead(403).end())).toMatchObject({
      exitCode: 4,
      message: "there refuses: 403 Forbidden",
    });
  });

  it("what answers is no server of ours", async () => {
    const message = expect.stringMatching(/^what answers at there is no server of otel-progress \(/);
    expect(await asking((_request, response) => response.writeHead(404).end("<html>"))).toMatchObject({
      exitCode: 3,
      message,
    });
    expect(await asking((_request, response) => response.end("<html>"))).toMatchObject({ exitCode: 3, message });
  });

  it("the server says what is wrong with the question, or with itself", async () => {
    const problem = (status: number, more: object) => (_request: unknown, response: Parameters<RequestListener>[1]) =>
      void response
        .writeHead(status, { "content-type": "application/problem+json" })
        .end(JSON.stringify({ type: "urn:otel-progress:x", title: "A title", status, ...more }));
    const wrong = await asking(problem(400, { detail: "limit: expected less" }));
    expect(wrong).toBeInstanceOf(UsageError);
    expect(wrong).toMatchObject({ message: "limit: expected less" });
    expect(await asking(problem(400, {}))).toMatchObject({ message: "400 A title" });
    expect(await asking(problem(500, {}))).toMatchObject({ exitCode: 3, message: "there: 500 A title" });
    expect(await asking(problem(501, {}))).toMatchObject({ exitCode: 1, message: "there: 501 A title" });
  });

  it("it takes too long, or a history cannot be read", () => {
    expect(explained("there", new DOMException("…", "TimeoutError"))).toMatchObject({
      exitCode: 3,
      message: "there does not answer",
    });
    expect(explained("there", new ProgressError("SOURCE_FAILED", "no Jaeger"))).toMatchObject({
      exitCode: 3,
      message: "no Jaeger",
    });
  });

  it("is the same whatever asked", () => {
    const reset = Object.assign(new Error("socket hang up"), { code: "ECONNRESET" });
    const failure = { exitCode: 3, message: "there cannot be reached: socket hang up" };
    expect(explained("there", reset)).toMatchObject(failure);
    expect(explained("there", new TypeError("fetch failed", { cause: reset }))).toMatchObject(failure);
  });

  it("anything else stays what it is", () => {
    const refused = new ProgressError("INVALID_OPTION", "url: expected an address");
    expect(explained("there", refused)).toBe(refused);
    const bug = new TypeError("x is not a function");
    expect(explained("there", bug)).toBe(bug);
    expect(explained("there", "text")).toBe("text");
  });
});
