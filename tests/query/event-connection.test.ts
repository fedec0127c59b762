import { describe, expect, it, vi } from "vitest";
import { type ConnectionOptions, followEvents } from "../../src/query/event-connection.js";
import { HttpSourceError } from "../../src/query/http-error.js";
import { ManualClock } from "../../src/testing.js";

const encoder = new TextEncoder();
const turn = () => new Promise(setImmediate);
const refusal = (status: number, headers: Record<string, string> = {}) =>
  new HttpSourceError({ status, headers: new Headers(headers) }, `${status}`);

/** A server whose every connection is in the hands of the test. */
function start(options: Partial<ConnectionOptions> = {}) {
  const clock = new ManualClock();
  const stop = new AbortController();
  const connections: {
    readonly lastEventId: string | undefined;
    readonly signal: AbortSignal;
    answer(headers?: Record<string, string>): Promise<void>;
    refuse(error: unknown): Promise<void>;
    send(text: string | Uint8Array): Promise<void>;
    end(error?: unknown): Promise<void>;
    cancelled: readonly unknown[] | undefined;
  }[] = [];
  const open: ConnectionOptions["open"] = (lastEventId, signal) =>
    new Promise((resolve, reject) => {
      let body!: ReadableStreamDefaultController<Uint8Array>;
      const stream = new ReadableStream<Uint8Array>({
        start: (controller) => {
          body = controller;
        },
        cancel: (reason) => {
          connection.cancelled = [reason];
        },
      });
      const then = async (fn: () => void) => {
        fn();
        await turn();
      };
      const connection: (typeof connections)[number] = {
        lastEventId,
        signal,
        answer: (headers = { "content-type": "text/event-stream" }) =>
          then(() => resolve(new Response(stream, { headers }))),
        refuse: (error) => then(() => reject(error)),
        send: (text) => then(() => body.enqueue(typeof text === "string" ? encoder.encode(text) : text)),
        end: (error) => then(() => (error === undefined ? body.close() : body.error(error))),
        cancelled: undefined,
      };
      signal.addEventListener("abort", () => reject(signal.reason));
      connections.push(connection);
    });
  const events: string[] = [];
  const states: string[] = [];
  const ended = followEvents(
    {
      open,
      event: ({ event, data }) => void events.push(`${event} ${data}`),
      state: (state, error) => states.push(error === undefined ? state : `${state}: ${(error as Error).message}`),
      silenceMillis: 40_000,
      retryMillis: 500,
      maxRetryMillis: 8_000,
      clock,
      random: () => 1,
      ...options,
    },
    stop.signal,
  );
  // Some tests look at it later.
  ended.catch(() => {});
  const advance = async (millis: number) => {
    clock.advance(millis);
    await turn();
  };
  return { connections, events, states, ended, stop, advance };
}

describe("an event stream", () => {
  it("is read as it comes, also when a frame and a character are cut", async () => {
    const { connections, events, states, stop } = start();
    await connections[0]!.answer();
    const bytes = encoder.encode("event: update\nid: e-1\ndata: ü\u{1f600}\n\n");
    for (const byte of bytes) await connections[0]!.send(Uint8Array.of(byte));
    expect([events, states]).toEqual([["update ü\u{1f600}"], ["open"]]);
    stop.abort();
  });

  it("that ends in the middle of a frame is opened again behind the last whole one", async () => {
    const { connections, events, states, stop, advance } = start();
    await connections[0]!.answer();
    await connections[0]!.send("id: e-1\ndata: a\n\nid: e-2\ndata: b");
    await connections[0]!.end(new Error("connection reset"));
    expect(states).toEqual(["open", "broken: connection reset"]);
    await advance(500);
    expect(connections.map(({ lastEventId }) => lastEventId)).toEqual([undefined, "e-1"]);
    await connections[1]!.answer();
    await connections[1]!.send("id: e-3\ndata: c\n\n");
    expect([events, states.at(-1)]).toEqual([["message a", "message c"], "open"]);
    stop.abort();
  });

  it("that ends cleanly is opened again too", async () => {
    const { connections, states, stop, advance } = start();
    await connections[0]!.answer();
    await connections[0]!.end();
    await advance(500);
    expect([connections.length, states]).toEqual([2, ["open", "broken"]]);
    stop.abort();
  });

  it("that is silent for too long is given up; comments are a sign of life", async () => {
    const { connections, states, stop, advance } = start();
    await connections[0]!.answer();
    for (let n = 0; n < 3; n++) {
      await advance(30_000);
      await connections[0]!.send(":\n\n");
    }
    await advance(30_000);
    expect(connections[0]!.signal.aborted).toBe(false);
    await advance(10_000);
    expect(connections[0]!.cancelled).toEqual([expect.any(Error)]);
    expect(states).toEqual(["open", "broken: the server was silent for 40 s"]);
    stop.abort();
  });

  it("that is never answered is given up as well", async () => {
    const { connections, states, stop, advance } = start();
    await advance(40_000);
    expect([connections[0]!.signal.aborted, states]).toEqual([true, ["broken: the server was silent for 40 s"]]);
    stop.abort();
  });

  it("whose event cannot be understood begins anew, from the whole state", async () => {
    const event = vi.fn(() => {
      if (event.mock.calls.length === 2) throw new SyntaxError("no JSON");
    });
    const { connections, states, stop, advance } = start({ event });
    await connections[0]!.answer();
    await connections[0]!.send("id: e-1\ndata: a\n\nid: e-2\ndata: {\n\nid: e-3\ndata: c\n\n");
    expect([event.mock.calls.length, states, connections[0]!.cancelled !== undefined]).toEqual([
      2,
      ["open", "broken: no JSON"],
      true,
    ]);
    await advance(500);
    expect(connections[1]!.lastEventId).toBe(undefined);
    stop.abort();
  });
});

describe("the wait before the next try", () => {
  it("doubles up to its most, and begins anew after an event", async () => {
    const { connections, stop, advance } = start();
    const waits: number[] = [];
    for (let n = 0; n < 8; n++) {
      await connections.at(-1)!.refuse(new TypeError("fetch failed"));
      const before = connections.length;
      for (waits[n] = 0; connections.length === before; waits[n]! += 100) await advance(100);
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000]);
    await connections.at(-1)!.answer();
    await connections.at(-1)!.send("data: a\n\n");
    await connections.at(-1)!.end();
    const before = connections.length;
    await advance(500);
    expect(connections.length).toBe(before + 1);
    stop.abort();
  });

  it("is spread over time, by half of it at most", async () => {
    const { connections, stop, advance } = start({ random: () => 0 });
    await connections[0]!.refuse(new Error("gone"));
    await advance(249);
    expect(connections.length).toBe(1);
    await advance(1);
    expect(connections.length).toBe(2);
    stop.abort();
  });

  it("is as long as the server asks for: in its stream, and with a refusal, within bounds", async () => {
    const { connections, stop, advance } = start();
    await connections[0]!.answer();
    await connections[0]!.send("retry: 3000\n\n");
    await connections[0]!.end();
    await advance(2_900);
    expect(connections.length).toBe(1);
    await advance(100);
    await connections[1]!.refuse(refusal(503, { "retry-after": "20" }));
    await advance(19_900);
    expect(connections.length).toBe(2);
    await advance(100);
    await connections[2]!.refuse(refusal(503, { "retry-after": "86400" }));
    await advance(60_000);
    expect(connections.length).toBe(4);
    stop.abort();
  });
});

describe("a refusal", () => {
  it("that stays ends it; one that may pass does not", async () => {
    const { connections, ended, advance } = start();
    await connections[0]!.refuse(refusal(500));
    await advance(500);
    await connections[1]!.refuse(refusal(429));
    await advance(1_000);
    await connections[2]!.refuse(refusal(401));
    await expect(ended).rejects.toThrow("401");
  });

  it("because nothing is there ends it, unless it was there before", async () => {
    const never = start();
    await never.connections[0]!.refuse(refusal(404));
    await expect(never.ended).rejects.toThrow("404");
    const { connections, states, stop, advance } = start();
    await connections[0]!.answer();
    await connections[0]!.end();
    await advance(500);
    await connections[1]!.refuse(refusal(404));
    await advance(1_000);
    expect([connections.length, states]).toEqual([3, ["open", "broken", "broken: 404"]]);
    stop.abort();
  });

  it("is also what is no event stream", async () => {
    const { connections, ended } = start();
    await connections[0]!.answer({ "content-type": "text/html; charset=utf-8" });
    await expect(ended).rejects.toThrow("expected an event stream, received text/html");
  });
});

it("ends with its signal, at once: while it connects, reads or waits", async () => {
  const [connecting, reading, waiting] = [start(), start(), start()];
  await reading.connections[0]!.answer();
  await waiting.connections[0]!.refuse(new Error("gone"));
  for (const { stop, ended, connections } of [connecting, reading, waiting]) {
    stop.abort();
    expect(await ended).toBe(undefined);
    expect([connections.length, connections[0]!.signal.aborted]).toEqual([1, true]);
  }
  expect(reading.states).toEqual(["open"]);
  expect(reading.connections[0]!.cancelled).toBeDefined();
});
