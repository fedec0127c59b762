import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import type { EventHub, EventSink } from "../../src/query/event-stream.js";
import { sendEvents, sendResponse, toRequest } from "../../src/query/node-messages.js";
import { openRaw, sendRaw, until } from "./raw.js";

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

async function answering(answer: (incoming: IncomingMessage, outgoing: ServerResponse) => void): Promise<number> {
  server = createServer(answer);
  await new Promise<void>((resolve) => server!.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}
/** Longer than any machine is held up. */
const IDLE = { idleMillis: 60_000 };
const GET = "GET /a/b?c=d HTTP/1.1\r\nHost: localhost:1\r\n";
const LAST = "Connection: close\r\n\r\n";

describe("a request", () => {
  test("is what came: address, headers also when they come twice, body", async () => {
    const seen: unknown[] = [];
    const port = await answering(async (incoming, outgoing) => {
      const request = toRequest(incoming) as Request;
      seen.push([request.method, request.url, request.headers.get("x-a"), await request.text()]);
      outgoing.end();
    });
    await sendRaw(port, `${GET}X-A: 1\r\nX-A: 2\r\n${LAST}`);
    await sendRaw(port, `POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n${LAST}abc`);
    expect(seen).toEqual([
      ["GET", "http://localhost:1/a/b?c=d", "1, 2", ""],
      ["POST", "http://h/", null, "abc"],
    ]);
  });

  test("whose body breaks off is an error for who reads it, and for nobody else", async () => {
    let outcome: unknown;
    const port = await answering((incoming) => {
      (toRequest(incoming) as Request).text().catch((error: unknown) => {
        outcome = error;
      });
      raw.socket.destroy();
    });
    const raw = openRaw(port, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\nabc");
    await until(() => outcome !== undefined);
    expect(outcome).toBeInstanceOf(Error);
  });
});

function pieces(...texts: string[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const text of texts) controller.enqueue(Buffer.from(text));
      controller.close();
    },
  });
}

describe("a response", () => {
  test("in one piece has its length, in several comes in chunks", async () => {
    const bodies = ["one", pieces("1", "2"), null];
    const port = await answering((_, outgoing) => {
      void sendResponse(
        new Response(bodies.shift() as BodyInit, { status: 201, headers: { "x-a": "b" } }),
        outgoing,
        IDLE,
      );
    });
    expect(await sendRaw(port, `${GET}${LAST}`)).toMatch(
      /^HTTP\/1\.1 201 Created\r\n[\s\S]*x-a: b\r\n[\s\S]*content-length: 3\r\n[\s\S]*\r\n\r\none$/i,
    );
    expect(await sendRaw(port, `${GET}${LAST}`)).toMatch(
      /transfer-encoding: chunked\r\n\r\n1\r\n1\r\n1\r\n2\r\n0\r\n\r\n$/i,
    );
    expect(await sendRaw(port, `${GET}${LAST}`)).toMatch(/\r\n\r\n(0\r\n\r\n)?$/);
  });

  test("that breaks off does not look whole", async () => {
    const port = await answering((_, outgoing) => {
      const body = new ReadableStream(
        {
          pull(controller) {
            controller.enqueue(Buffer.from("first"));
            controller.error(new Error("away"));
          },
        },
        { highWaterMark: 0 },
      );
      void sendResponse(new Response(body), outgoing, IDLE);
    });
    const text = await sendRaw(port, `${GET}${LAST}`);
    expect(text).not.toContain("\r\n0\r\n\r\n");
  });

  test("whose reader goes is read no further", async () => {
    let cancelled = false;
    const port = await answering((_, outgoing) => {
      const body = new ReadableStream({
        pull: (controller) => controller.enqueue(new Uint8Array(100_000)),
        cancel: () => {
          cancelled = true;
        },
      });
      void sendResponse(new Response(body), outgoing, IDLE);
    });
    const raw = openRaw(port, `${GET}\r\n`);
    await until(() => raw.text().length > 0);
    raw.socket.destroy();
    await until(() => cancelled);
  });
});

describe("an event stream", () => {
  const bytes = Buffer.from(":\n\n");
  const chunk = Buffer.from("3\r\n:\n\n\r\n");

  /** A hub of one sink, and what was asked of it. */
  async function streaming() {
    const seen: { sinks: EventSink[]; left: number; asked: unknown[] } = { sinks: [], left: 0, asked: [] };
    const hub = {
      open(filter: unknown, sink: EventSink, id: string | undefined) {
        seen.asked.push([filter, id]);
        seen.sinks.push(sink);
        return () => void seen.left++;
      },
    } as unknown as EventHub;
    const headers = { "content-type": "text/event-stream" };
    const port = await answering((incoming, outgoing) => {
      sendEvents(hub, { events: { type: "a" }, lastEventId: "e-1", headers }, incoming, outgoing);
    });
    return { seen, port };
  }

  test("leaves as chunks that were made before, and ends as a body does", async () => {
    const { seen, port } = await streaming();
    const raw = openRaw(port, `${GET}\r\n`);
    await until(() => raw.text().includes("\r\n\r\n"));
    expect(seen.asked).toEqual([[{ type: "a" }, "e-1"]]);
    const sink = seen.sinks[0]!;
    expect([sink.framing, sink.waiting]).toEqual(["chunked", 0]);
    sink.write(chunk);
    sink.close();
    await raw.closed;
    expect(raw.text()).toMatch(/connection: close\r\n/i);
    expect(raw.text().split("\r\n\r\n").slice(1).join("\r\n\r\n")).toBe("3\r\n:\n\n\r\n0\r\n\r\n");
    await until(() => seen.left === 1);
    sink.write(chunk);
    sink.close();
  });

  test("for who speaks HTTP/1.0 leaves as it is", async () => {
    const { seen, port } = await streaming();
    const raw = openRaw(port, "GET / HTTP/1.0\r\nHost: h\r\n\r\n");
    await until(() => seen.sinks.length === 1);
    expect(seen.sinks[0]!.framing).toBe("stream");
    seen.sinks[0]!.write(bytes);
    seen.sinks[0]!.close();
    await raw.closed;
    expect(raw.text().split("\r\n\r\n")[1]).toBe(":\n\n");
  });

  test("asked for with HEAD opens nothing", async () => {
    const { seen, port } = await streaming();
    expect(await sendRaw(port, "HEAD / HTTP/1.1\r\nHost: h\r\n\r\n")).toMatch(/^HTTP\/1\.1 200 /);
    expect(seen.sinks).toEqual([]);
  });

  test("of who takes nothing says how much waits, and is cut off at the end", async () => {
    const { seen, port } = await streaming();
    const raw = openRaw(port, `${GET}\r\n`);
    await until(() => seen.sinks.length === 1);
    raw.socket.pause();
    const sink = seen.sinks[0]!;
    const big = Buffer.alloc(1_000_000);
    for (let i = 0; i < 100 && sink.waiting === 0; i++) sink.write(big);
    expect(sink.waiting).toBeGreaterThan(0);
    sink.close();
    await until(() => seen.left === 1);
    raw.socket.destroy();
  });

  test("behind an answer that is not through yet waits for it", async () => {
    let finish = () => {};
    const sinks: EventSink[] = [];
    const open = (_: unknown, sink: EventSink) => {
      sinks.push(sink);
      return () => {};
    };
    const hub = { open } as unknown as EventHub;
    const port = await answering((incoming, outgoing) => {
      if (incoming.url === "/first") finish = () => void outgoing.end("one");
      else sendEvents(hub, { events: {}, headers: {} }, incoming, outgoing);
    });
    const raw = openRaw(port, "GET /first HTTP/1.1\r\nHost: h\r\n\r\nGET /events HTTP/1.1\r\nHost: h\r\n\r\n");
    await until(() => sinks.length === 1);
    expect(sinks[0]!.framing ?? "stream").toBe("stream");
    sinks[0]!.write(bytes);
    expect(sinks[0]!.waiting).toBeGreaterThan(0);
    expect(raw.text()).toBe("");
    finish();
    await until(() => raw.text().includes(":\n\n"));
    expect(raw.text().indexOf("one")).toBeLessThan(raw.text().indexOf(":\n\n"));
    sinks[0]!.close();
    await raw.closed;
  });
});
