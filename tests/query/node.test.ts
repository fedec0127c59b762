import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { createProgress } from "../../src/index.js";
import type { OperationSource } from "../../src/model.js";
import { type ProgressServer, type ServeOptions, serveProgress } from "../../src/query/node.js";
import { createReadToken } from "../../src/query/read-tokens.js";
import { eventually } from "../contracts/eventually.js";
import { openRaw, sendRaw, until } from "./raw.js";

const servers: ProgressServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
async function serve(options: Partial<ServeOptions> = {}) {
  const progress = createProgress();
  const server = await serveProgress({ source: progress.live, port: 0, ...options });
  servers.push(server);
  return { progress, server, ask: (path: string, init?: RequestInit) => fetch(server.url + path, init) };
}

describe("a server", () => {
  test("listens on this machine alone, and says where", async () => {
    const { server, ask } = await serve();
    expect(server.url).toBe(`http://127.0.0.1:${server.port}`);
    expect(server.host).toBe("127.0.0.1");
    expect(await (await ask("/healthz")).json()).toEqual({ status: "ok" });
  });

  test("answers below a base path, and says so", async () => {
    const { server, ask } = await serve({ basePath: "/in/progress/" });
    expect(server.url).toBe(`http://127.0.0.1:${server.port}/in/progress`);
    expect((await ask("/operations")).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${server.port}/operations`)).status).toBe(404);
    expect(await (await ask("")).text()).toContain("<!doctype html>");
  });

  test("answers by the names of this machine, over IPv6 too", async () => {
    const { server } = await serve({ host: "::1" });
    expect(server.url).toBe(`http://[::1]:${server.port}`);
    expect((await fetch(`${server.url}/operations`)).status).toBe(200);
    expect(
      await sendRaw(server.port, "GET /operations HTTP/1.1\r\nConnection: close\r\nHost: localhost\r\n\r\n", "::1"),
    ).toMatch(/^HTTP\/1\.1 200 /);
  });

  test("can be reached from other machines only by those who show something", async () => {
    await expect(serveProgress({ source: createProgress().live, host: "0.0.0.0", port: 0 })).rejects.toThrow(
      "host: 0.0.0.0 can be reached from other machines; expected a token, authorize or readTokenSecret beside it. " +
        "To let everybody read, say authorize: () => true",
    );
    const { server } = await serve({ host: "0.0.0.0", token: "t", hosts: ["progress.example"] });
    const head = `GET /operations HTTP/1.1\r\nConnection: close\r\nHost: progress.example`;
    expect(await sendRaw(server.port, `${head}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 401 /);
    expect(await sendRaw(server.port, `${head}\r\nAuthorization: Bearer t\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
    const named = await serve({ host: "127.0.0.2" });
    expect((await named.ask("/operations")).status).toBe(200);
  });

  test("refuses options that are none, and a port that is taken", async () => {
    const { server, progress } = await serve();
    await expect(serveProgress({ source: progress.live, port: server.port })).rejects.toThrow("EADDRINUSE");
    for (const options of [
      { requestTimeout: "soon" as "1s" },
      { idleTimeout: 0 },
      { basePath: "x" },
      { control: true },
      { port: "4680" as unknown as number },
      { port: 70_000 },
      { source: {} as OperationSource },
      { authorise: () => false } as object,
      { hosts: ["https://progress.example"] },
      { hosts: "progress.example" as unknown as string[] },
      { origins: "https://progress.example" as unknown as string[] },
    ]) {
      await expect(serveProgress({ source: progress.live, port: 0, ...options })).rejects.toMatchObject({
        code: "INVALID_OPTION",
      });
    }
  });

  test("when it is closed ends its streams and connections, once", async () => {
    const { server, ask } = await serve();
    const stream = await ask("/events");
    const reader = stream.body!.getReader();
    await reader.read();
    await Promise.all([server.close(), server.close(), server[Symbol.asyncDispose]()]);
    expect(
      await reader.read().then(
        ({ done }) => done,
        () => true,
      ),
    ).toBe(true);
    await expect(ask("/healthz")).rejects.toThrow();
  });

  test("does not keep a process from ending, not even with somebody following, unless told to", async () => {
    /** What would keep this process from ending. */
    const holding = () => process.getActiveResourcesInfo().filter((name) => /^TCP/.test(name)).length;
    // What the tests before this one opened.
    await until(() => holding() === 0);
    const open = async (keepAlive: boolean | undefined) => {
      const { server } = await serve({ ...(keepAlive !== undefined && { keepAlive }) });
      const raw = openRaw(server.port, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
      raw.socket.unref();
      await until(() => raw.text().includes("event: snapshot"));
    };
    await open(undefined);
    expect(holding()).toBe(0);
    await open(true);
    expect(holding()).toBe(2);
  });
});

describe("following", () => {
  test("over sockets is the text of an event stream, in chunks that are whole", async () => {
    const { server, progress } = await serve({ heartbeatMillis: 200 });
    const op = progress.start("import", { id: "a", name: "é".repeat(50), total: 3 });
    const stream = await fetch(`${server.url}/operations/a/events`);
    const decoder = new TextDecoder();
    let text = "";
    const reader = stream.body!.getReader();
    const read = async (what: string) => {
      while (!text.includes(what)) text += decoder.decode((await reader.read()).value, { stream: true });
    };
    await read("event: snapshot");
    op.increment();
    await read('"current":1');
    await read(":\n\n");
    op.complete();
    await read('"completed"');
    expect(text).toContain(`"name":"${"é".repeat(50)}"`);
    await reader.cancel();
  });

  test("ends for the server when the follower has gone", async () => {
    const { server, ask } = await serve();
    const raw = openRaw(server.port, "GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n");
    await until(() => raw.text().includes("event: snapshot"));
    const subscribers = async () => ((await (await ask("/stats")).json()) as { subscribers: number }).subscribers;
    expect(await subscribers()).toBe(1);
    raw.socket.destroy();
    await raw.closed;
    await eventually(async () => expect(await subscribers()).toBe(0));
  });

  test("over a WebSocket is the same, for those who may", async () => {
    const { WebSocket } = await import("ws");
    const { server, progress } = await serve({ token: "t" });
    progress.start("import", { id: "a" });
    const address = `ws://127.0.0.1:${server.port}/socket`;
    const outcome = (headers: Record<string, string>) =>
      new Promise<string>((resolve) => {
        const socket = new WebSocket(address, { headers });
        socket.once("message", (data) => resolve(String(data)));
        socket.once("error", ({ message }) => resolve(message));
      });
    const frame = JSON.parse(await outcome({ authorization: "Bearer t" })) as { event: string; data: unknown };
    expect(frame).toMatchObject({ event: "snapshot", data: { operations: [{ id: "a" }] } });
    expect(await outcome({})).toBe("Unexpected server response: 401");
    expect(await outcome({ authorization: "Bearer t", host: "evil.example" })).toBe("Unexpected server response: 421");
    const foreign = { authorization: "Bearer t", origin: "https://evil.example" };
    expect(await outcome(foreign)).toBe("Unexpected server response: 403");
    await server.close();
  });

  test("with a token for one operation sees it, and nothing else", async () => {
    const readTokenSecret = "a secret of some length";
    const { progress, ask } = await serve({ readTokenSecret, token: "t" });
    progress.start("import", { id: "mine" });
    progress.start("import", { id: "other" });
    const token = await createReadToken(readTokenSecret, "mine");
    const stream = await ask(`/operations/mine/events?token=${token}`);
    const first = new TextDecoder().decode((await stream.body!.getReader().read()).value);
    expect(first).toContain('"id":"mine"');
    expect(first).not.toContain("other");
    const status = async (path: string) => (await ask(`${path}token=${token}`)).status;
    for (const path of ["/status/mine?", "/operations/mine?", "/operations?id=mine&", "/export?id=mine&"]) {
      expect(await status(path)).toBe(200);
    }
    for (const path of ["/status/other?", "/operations/other?", "/operations?", "/operations?id=other&", "/stats?"]) {
      expect(await status(path)).toBe(403);
    }
    expect(await status("/operations?id=mine&id=other&")).toBe(400);
    expect((await ask("/events")).status).toBe(401);
  });
});

test("the handler is mounted in a server of somebody else's just as well", async () => {
  const { createProgressHandler } = await import("../../src/query/handler.js");
  const { sendResponse, toRequest } = await import("../../src/query/node-messages.js");
  const progress = createProgress();
  progress.start("import", { id: "a" });
  const handler = createProgressHandler(progress.live, { basePath: "/progress" });
  const server: Server = createServer(async (incoming, outgoing) => {
    await sendResponse(await handler(toRequest(incoming) as Request), outgoing, { idleMillis: 1000 });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}/progress/status/a`);
  expect(await answer.json()).toEqual({ id: "a", status: "running", attributes: {} });
  server.closeAllConnections();
  server.close();
});
