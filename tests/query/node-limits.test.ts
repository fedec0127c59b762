// What strangers may try, against a real server over real sockets.

import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { Duplex } from "node:stream";
import { afterEach, describe, expect, test } from "vitest";
import { createProgress, type Progress } from "../../src/index.js";
import type { OperationSource } from "../../src/model.js";
import { type ProgressServer, type ServeOptions, serveProgress } from "../../src/query/node.js";
import { answerBadRequest, limitConnections, timeLimits } from "../../src/query/node-limits.js";
import { eventually } from "../contracts/eventually.js";
import { openRaw, sendRaw, until } from "./raw.js";

const servers: ProgressServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
async function serve(options: Partial<ServeOptions> = {}): Promise<{ progress: Progress; port: number }> {
  const progress = createProgress();
  const server = await serveProgress({ source: progress.live, port: 0, ...options });
  servers.push(server);
  return { progress, port: server.port };
}

const HOST = "Host: localhost\r\n";
const GET = `GET /operations HTTP/1.1\r\n${HOST}`;
const LAST = "Connection: close\r\n\r\n";

/** Status, the word of the problem, and whether everything that came is what was said to come. */
function read(answer: string): { status: number; problem: string | undefined; whole: boolean } {
  const [head, ...rest] = answer.split("\r\n\r\n");
  const body = rest.join("\r\n\r\n");
  const length = /\r\ncontent-length: (\d+)/i.exec(head!)?.[1];
  return {
    status: Number(/^HTTP\/1\.1 (\d{3}) /.exec(head!)?.[1]),
    problem: /urn:otel-progress:([a-z-]+)/.exec(body)?.[1],
    whole: length !== undefined && Buffer.byteLength(body) === Number(length),
  };
}

describe("bytes that are no request", () => {
  test.each<[string, string, number, string]>([
    ["noise", "\u0000\u0001\u0002\r\n\r\n", 400, "invalid-request"],
    ["another protocol", "SSH-2.0-OpenSSH_9.6\r\n\r\n", 400, "invalid-request"],
    ["a greeting of TLS", "\u0016\u0003\u0001\u0002\u0000\u0001\r\n\r\n", 400, "invalid-request"],
    ["a line without an end, and too long", `GET /${"x".repeat(20_000)}`, 431, "headers-too-large"],
    ["giant headers", `${GET}X-Big: ${"x".repeat(20_000)}\r\n${LAST}`, 431, "headers-too-large"],
    ["many headers", `${GET}${"X-Many: y\r\n".repeat(3000)}${LAST}`, 431, "headers-too-large"],
    [
      "two lengths",
      `POST /operations HTTP/1.1\r\n${HOST}Content-Length: 1\r\nContent-Length: 2\r\n${LAST}`,
      400,
      "invalid-request",
    ],
    [
      "a length and chunks",
      `POST /operations HTTP/1.1\r\n${HOST}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n${LAST}`,
      400,
      "invalid-request",
    ],
    ["a header that is split", `${GET}X-A: b\r\n folded\u0000\r\n${LAST}`, 400, "invalid-request"],
    ["no host", `GET /operations HTTP/1.1\r\n${LAST}`, 400, "invalid-request"],
    [
      "an address instead of a path",
      `GET http://evil.example/operations HTTP/1.1\r\n${HOST}${LAST}`,
      400,
      "invalid-request",
    ],
    ["a path that is no path", `OPTIONS * HTTP/1.1\r\n${HOST}${LAST}`, 400, "invalid-request"],
    ["a host that is no host", `GET /operations HTTP/1.1\r\nHost: a/b?c\r\n${LAST}`, 421, "misdirected-request"],
    [
      "a host that is somebody's",
      `GET /operations HTTP/1.1\r\nHost: evil.example\r\n${LAST}`,
      421,
      "misdirected-request",
    ],
    ["an origin that is somebody's", `${GET}Origin: https://evil.example\r\n${LAST}`, 403, "foreign-origin"],
    ["a method nobody knows", `BREW /operations HTTP/1.1\r\n${HOST}${LAST}`, 400, "invalid-request"],
    ["a method that is not for this", `DELETE /operations HTTP/1.1\r\n${HOST}${LAST}`, 405, "method-not-allowed"],
    ["a tunnel", `CONNECT localhost:22 HTTP/1.1\r\n${HOST}${LAST}`, 0, ""],
    ["a trace", `TRACE /operations HTTP/1.1\r\n${HOST}${LAST}`, 400, "invalid-request"],
    ["a path with a null", `GET /operations/%00%ff HTTP/1.1\r\n${HOST}${LAST}`, 400, "invalid-path"],
    ["steps out of the root", `GET /../../etc/passwd HTTP/1.1\r\n${HOST}${LAST}`, 404, "not-found"],
    ["steps out of an operation", `GET /operations/%2e%2e/%2e%2e/x HTTP/1.1\r\n${HOST}${LAST}`, 404, "not-found"],
    [
      "a cursor of somebody's making",
      `GET /operations?cursor=AAAA HTTP/1.1\r\n${HOST}${LAST}`,
      400,
      "invalid-parameter",
    ],
    [
      "an address without end",
      `GET /operations?text=${"x".repeat(9000)} HTTP/1.1\r\n${HOST}${LAST}`,
      414,
      "uri-too-long",
    ],
    [
      "an event id without end",
      `GET /events HTTP/1.1\r\n${HOST}Last-Event-ID: ${"x".repeat(300)}\r\n${LAST}`,
      400,
      "invalid-parameter",
    ],
  ])("%s: is answered with what is wrong, and the next one is served", async (_, bytes, status, problem) => {
    const { port, progress } = await serve();
    const answer = await sendRaw(port, bytes);
    if (status === 0) expect(answer).toBe("");
    else expect(read(answer)).toEqual({ status, problem, whole: true });
    expect(answer).not.toMatch(/at .*\.[jt]s|node_modules|Error:/);
    progress.start("import", { id: "a" });
    expect(await sendRaw(port, `${GET}${LAST}`)).toContain('"id":"a"');
  });

  test("of a body that is too large, no more is taken than is needed to know", async () => {
    const { port } = await serve({ token: "t", control: true });
    const head = `POST /operations/a/cancel HTTP/1.1\r\n${HOST}Authorization: Bearer t\r\nContent-Type: application/json\r\n`;
    const announced = await sendRaw(port, `${head}Content-Length: 1000000000\r\n\r\nxx`);
    expect(read(announced)).toEqual({ status: 413, problem: "body-too-large", whole: true });
    const endless = openRaw(port, `${head}Transfer-Encoding: chunked\r\n\r\n`);
    let sent = 0;
    const pour = () => {
      while (!endless.socket.destroyed && sent < 1e9 && endless.socket.write(`400\r\n${"x".repeat(1024)}\r\n`))
        sent += 1024;
    };
    endless.socket.on("drain", pour);
    pour();
    await endless.closed;
    expect(sent).toBeLessThan(50e6);
  });
});

describe("who takes his time", () => {
  test("with the headers, or with nothing at all, is shown out; the others are served meanwhile", async () => {
    const { port } = await serve({ requestTimeout: "2s" });
    const slow = Array.from({ length: 50 }, (_, i) => openRaw(port, i % 2 === 0 ? "GET /oper" : ""));
    const drip = setInterval(() => {
      for (const { socket } of slow.slice(0, 10)) if (!socket.destroyed) socket.write("a");
    }, 20);
    expect(read(await sendRaw(port, `${GET}${LAST}`)).status).toBe(200);
    await Promise.all(slow.map(({ closed }) => closed));
    clearInterval(drip);
    expect(read(slow[0]!.text())).toMatchObject({ status: 408, problem: "request-timeout" });
  });

  test("with the body too", async () => {
    const { port } = await serve({ requestTimeout: "600ms", token: "t", control: true });
    const head = `POST /operations/a/cancel HTTP/1.1\r\n${HOST}Authorization: Bearer t\r\nContent-Length: 100\r\n\r\n`;
    expect(await sendRaw(port, `${head}{`)).toMatch(/^HTTP\/1\.1 4\d\d |^$/);
  });

  test("to read an export is given up, and no more is read for him than he took", async () => {
    const { live, start } = createProgress();
    for (let i = 0; i < 9000; i++) start("import", { id: `o${i}` });
    // 180 MB: more than the system takes for a reader who does not.
    const message = "m".repeat(20_000);
    let given = 0;
    const source: OperationSource = {
      ...live,
      list(options) {
        const page = live.list(options);
        given += page.length;
        return page.map((snapshot) => ({ ...snapshot, message }));
      },
    };
    const { port } = await serve({ source, idleTimeout: "300ms", maxConnections: 1 });
    const reader = openRaw(port, `GET /export HTTP/1.1\r\n${HOST}\r\n`);
    reader.socket.pause();
    await until(() => given > 0);
    await eventually(async () => expect(read(await sendRaw(port, `${GET}${LAST}`)).status).toBe(200));
    expect(given).toBeLessThan(5000);
    reader.socket.resume();
    await reader.closed;
    expect(reader.text()).not.toContain("\r\n0\r\n\r\n");
  });
});

describe("connections", () => {
  test("over the limit are told, well over it are dropped, and there is room again when they have gone", async () => {
    const { port } = await serve({ maxConnections: 20 });
    const idle = Array.from({ length: 20 }, () => openRaw(port));
    await Promise.all(idle.map(({ socket }) => new Promise((resolve) => socket.once("connect", resolve))));
    expect(read(await sendRaw(port, `${GET}\r\n`))).toEqual({ status: 503, problem: "overloaded", whole: true });
    const crowd = Array.from({ length: 300 }, () => openRaw(port));
    await until(() => crowd.filter(({ socket }) => socket.destroyed).length >= 200);
    for (const { socket } of [...crowd, ...idle]) socket.destroy();
    await until(() => idle.every(({ socket }) => socket.destroyed));
    await eventually(async () => expect(read(await sendRaw(port, `${GET}${LAST}`)).status).toBe(200));
  });

  test("ten thousand of them: the work goes on, memory does not grow with them, and they are shown out", async () => {
    const { port, progress } = await serve({ requestTimeout: "3s" });
    const op = progress.start("import", { id: "a", total: 1e9 });
    const before = process.memoryUsage().rss;
    // From a process of its own: the crowd's memory and handles are not the server's.
    const crowd = spawn(process.execPath, [
      "-e",
      `const { connect } = require("node:net");
       let done = 0;
       const count = () => ++done === 10000 && console.log("done");
       for (let i = 0; i < 10000; i++) setTimeout(() => {
         const socket = connect(${port}, "127.0.0.1", () => socket.write("GET /events HTTP/1.1\\r\\nHost: loc"));
         socket.on("error", () => {}).once("close", count).resume();
       }, i / 10);`,
    ]);
    let told = "";
    crowd.stdout.on("data", (chunk: Buffer) => {
      told += chunk.toString();
    });
    const stop = setInterval(() => op.increment(), 1);
    await until(() => told.includes("done"), 60_000);
    clearInterval(stop);
    expect(process.memoryUsage().rss - before).toBeLessThan(150e6);
    expect(progress.live.get("a")!.current).toBeGreaterThan(100);
    expect(await sendRaw(port, `${GET}${LAST}`)).toContain('"id":"a"');
    crowd.kill();
  }, 90_000);
});

describe("the parts", () => {
  test("times: headers in two thirds, looked at often enough", () => {
    expect(timeLimits(15_000)).toEqual({
      maxHeaderSize: 16_384,
      requireHostHeader: false,
      requestTimeout: 15_000,
      headersTimeout: 10_000,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: 2_000,
    });
    expect(timeLimits(400).connectionsCheckingInterval).toBe(100);
  });

  test("times that are no whole milliseconds, or have no whole thirds, are rounded", () => {
    expect(timeLimits(2_000)).toMatchObject({ requestTimeout: 2_000, headersTimeout: 1_334 });
    expect(timeLimits(1.5)).toMatchObject({ requestTimeout: 2, headersTimeout: 2, connectionsCheckingInterval: 1 });
    expect(timeLimits(0.1)).toMatchObject({ requestTimeout: 1, headersTimeout: 1, connectionsCheckingInterval: 1 });
  });

  test("connections are counted as they come and go", () => {
    const server = createServer();
    const isFull = limitConnections(server, 1);
    const sockets = [1, 2].map(() => new Duplex());
    for (const socket of sockets)
      server.emit("connection", Object.assign(socket, { setTimeout: () => {}, on: socket.on }));
    expect(isFull()).toBe(true);
    sockets[0]!.emit("close");
    expect(isFull()).toBe(false);
    expect(server.maxConnections).toBe(101);
  });

  test("a connection that is gone is not answered", () => {
    for (const error of [{ code: "ECONNRESET" }, { code: "HPE_INVALID_METHOD" }]) {
      const socket = new Duplex({ read: () => {}, write: () => {} });
      if (error.code !== "ECONNRESET") socket.end();
      answerBadRequest(error as NodeJS.ErrnoException, socket);
      expect(socket.destroyed).toBe(true);
    }
  });
});
