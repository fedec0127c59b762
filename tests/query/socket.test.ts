import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { createProgressSite } from "../../src/query/handler.js";
import { type ServeOptions, serveProgress } from "../../src/query/node.js";
import { answerSockets } from "../../src/query/socket.js";
import { createTestProgress } from "../../src/testing.js";
import { eventually } from "../contracts/eventually.js";
import { openRaw, sendRaw } from "./raw.js";

async function start(options: Partial<ServeOptions> = {}) {
  const test = createTestProgress();
  const server = await serveProgress({ source: test.progress.live, port: 0, ...options });
  return {
    ...test,
    server,
    async [Symbol.asyncDispose]() {
      await server.close();
      await test.progress.shutdown();
    },
  };
}

interface Message {
  readonly event: string;
  readonly id: string;
  readonly data: { readonly operations?: { id: string }[]; readonly changed?: { id: string; current?: number }[] };
}
/** Messages as they come; `code` when it was closed. */
function openSocket(port: number, path: string, headers: Record<string, string> = {}) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
  const messages: Message[] = [];
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  const refused = new Promise<{ status: number; body: string }>((resolve) => {
    socket.once("unexpected-response", (_, response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve({ status: response.statusCode!, body }));
    });
  });
  socket.on("error", () => {});
  socket.on("message", (data, binary) => !binary && messages.push(JSON.parse(String(data))));
  return { socket, messages, closed, refused };
}
const brief = ({ event, data }: Message) =>
  `${event} ${(data.operations ?? data.changed)!.map(({ id, current }: { id: string; current?: number }) => `${id} ${current}`)}`;

describe("a WebSocket", () => {
  it("gets the frames of the event stream, and goes on behind the last one", async () => {
    await using test = await start();
    const op = test.progress.start("job", { id: "a" });
    test.progress.start("other", { id: "b" });
    const first = openSocket(test.server.port, "/socket?type=job");
    await eventually(() => expect(first.messages.map(brief)).toEqual(["snapshot a undefined"]));
    op.increment();
    test.clock.advance(100);
    await eventually(() => expect(first.messages.map(brief)).toEqual(["snapshot a undefined", "update a 1"]));
    first.socket.close();
    await first.closed;
    op.increment();
    test.clock.advance(100);
    const again = openSocket(test.server.port, `/socket?type=job&lastEventId=${first.messages[1]!.id}`);
    await eventually(() => expect(again.messages.map(brief)).toEqual(["update a 2"]));
    again.socket.close();
  });

  it("is followed no more when it is closed, and closed when the server is", async () => {
    const test = await start();
    const stats = async () =>
      ((await (await fetch(`${test.server.url}/stats`)).json()) as { subscribers: number }).subscribers;
    const [left, stays] = [openSocket(test.server.port, "/socket"), openSocket(test.server.port, "/socket")];
    await eventually(async () => expect(await stats()).toBe(2));
    left.socket.terminate();
    await eventually(async () => expect(await stats()).toBe(1));
    await test.server.close();
    expect(await stays.closed).toBe(1001);
    await test.progress.shutdown();
  });

  it("of one who never says goodbye does not keep the server from closing", async () => {
    const test = await start();
    const key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";
    const raw = openRaw(
      test.server.port,
      `GET /socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n${key}\r\n\r\n`,
    );
    await eventually(() => expect(raw.text()).toMatch(/^HTTP\/1\.1 101 .*snapshot/s));
    await test.server.close();
    await raw.closed;
    await test.progress.shutdown();
  });

  it("may say little, which is not read; who says much is shown the door", async () => {
    await using test = await start();
    const [quiet, loud] = [openSocket(test.server.port, "/socket"), openSocket(test.server.port, "/socket")];
    await eventually(() => expect([quiet.messages.length, loud.messages.length]).toEqual([1, 1]));
    quiet.socket.send("hello");
    loud.socket.send("x".repeat(2_000));
    expect([1006, 1009]).toContain(await loud.closed);
    test.progress.start("job", { id: "a" });
    test.clock.advance(100);
    await eventually(() => expect(quiet.messages.length).toBe(2));
    quiet.socket.close();
  });

  it("is refused as the event stream would be, with a problem", async () => {
    await using test = await start({ token: "t" });
    const { port } = test.server;
    const bearer = { authorization: "Bearer t" };
    const asked: [string, Record<string, string>, number, string][] = [
      ["/socket", {}, 401, "unauthorized"],
      ["/events", bearer, 404, "not-found"],
      ["/socket?colour=red", bearer, 400, "invalid-parameter"],
      ["/socket", { ...bearer, origin: "https://elsewhere.example" }, 403, "foreign-origin"],
      ["/socket", { ...bearer, host: "elsewhere.example" }, 421, "misdirected-request"],
    ];
    for (const [path, headers, status, code] of asked) {
      const { refused, messages } = openSocket(port, path, headers);
      const { body, ...rest } = await refused;
      expect([path, rest, JSON.parse(body).type]).toEqual([path, { status }, `urn:otel-progress:${code}`]);
      expect(messages).toEqual([]);
    }
  });

  it("is refused when there are too many connections already", async () => {
    await using test = await start({ maxConnections: 1 });
    const first = openSocket(test.server.port, "/socket");
    await eventually(() => expect(first.messages.length).toBe(1));
    expect((await openSocket(test.server.port, "/socket").refused).status).toBe(503);
    first.socket.terminate();
  });

  it("is refused where ws is not installed", async () => {
    const test = createTestProgress();
    const { router, hub } = createProgressSite(test.progress.live, {});
    const server = createServer();
    const load = () => Promise.reject(new Error("Cannot find package 'ws'"));
    answerSockets(server, { router, hub, isFull: () => false, idleMillis: 1_000, load });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { status, body } = await openSocket((server.address() as AddressInfo).port, "/socket").refused;
    expect([status, JSON.parse(body).detail]).toEqual([501, "WebSockets need the package ws; use /events"]);
    server.close();
    hub.close();
  });
});

it("a request that would like another protocol is answered in this one", async () => {
  await using test = await start();
  test.progress.start("job", { id: "a" });
  const head = "Host: localhost\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk";
  const text = await sendRaw(test.server.port, `GET /operations/a HTTP/1.1\r\n${head}\r\n\r\n`);
  expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n.*"id":"a"/s);
  const broken = openRaw(test.server.port, `GET /operations HTTP/1.1\r\n${head}\r\n\r\n`);
  broken.socket.resetAndDestroy();
  await broken.closed;
});
