// Over real connections: what readers get while the event loop is blocked, and when they do not read.

import { connect } from "node:net";
import { Worker } from "node:worker_threads";
import { expect, it } from "vitest";
import { createProgress } from "../../src/instrumentation/progress.js";
import { EventParser, type ServerEvent } from "../../src/query/event-parser.js";
import { serveProgress } from "../../src/query/node.js";
import { createTestProgress } from "../../src/testing.js";
import { eventually } from "../contracts/eventually.js";

/** Reads a stream on a thread of its own, and counts the events where a blocked thread can see it. */
const READER = `
  const { workerData: { address, shared } } = require("node:worker_threads");
  const seen = new Int32Array(shared);
  require("node:http").get(address, (response) => {
    response.setEncoding("utf8");
    response.on("data", (text) => {
      for (const _ of text.matchAll(/^event: /gm)) Atomics.add(seen, 0, 1);
    });
  });
`;

it("events leave while the event loop is blocked, at every tick", async () => {
  await using progress = createProgress();
  const op = progress.start("job", { id: "a" });
  await using server = await serveProgress({ source: progress.live, port: 0 });
  const shared = new SharedArrayBuffer(4);
  const seen = new Int32Array(shared);
  const reader = new Worker(READER, { eval: true, workerData: { address: `${server.url}/events`, shared } });
  await eventually(() => expect(Atomics.load(seen, 0)).toBe(1));
  const end = performance.now() + 20_000;
  // Until the reader has seen ten updates: this thread does not turn its loop before.
  while (Atomics.load(seen, 0) <= 10 && performance.now() < end) op.increment();
  const during = Atomics.load(seen, 0) - 1;
  await reader.terminate();
  expect(during).toBeGreaterThanOrEqual(10);
}, 30_000);

/** A connection that reads when it is told to. */
async function openRaw(port: number, path: string) {
  const socket = connect(port, "127.0.0.1");
  const parser = new EventParser();
  const events: ServerEvent[] = [];
  const decoder = new TextDecoder();
  let rest: Buffer = Buffer.alloc(0);
  let inBody = false;
  /** Of complete chunks the content. */
  const unchunk = (): string => {
    let text = "";
    for (;;) {
      const end = rest.indexOf("\r\n");
      const length = end < 0 ? Number.NaN : Number.parseInt(rest.toString("latin1", 0, end), 16);
      if (!(rest.length >= end + 4 + length)) return text;
      text += decoder.decode(rest.subarray(end + 2, end + 2 + length));
      rest = rest.subarray(end + 4 + length);
    }
  };
  socket.on("data", (data: Buffer) => {
    rest = Buffer.concat([rest, data]);
    if (!inBody) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      inBody = true;
      rest = rest.subarray(end + 4);
    }
    events.push(...parser.push(unchunk()));
  });
  socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
  await eventually(() => expect(events.length).toBe(1));
  return { socket, events };
}

it("who stops reading and goes on gets the latest of everything, and is told of every state that was left out", async () => {
  await using test = createTestProgress();
  const texts = Object.fromEntries(Array.from({ length: 10 }, (_, n) => [`text${n}`, "x".repeat(1_000)]));
  const ops = Array.from({ length: 10 }, (_, n) => test.progress.start("job", { id: `op${n}`, attributes: texts }));
  await using server = await serveProgress({ source: test.progress.live, port: 0 });
  const { socket, events } = await openRaw(server.port, "/events");
  socket.pause();
  const ticks = 300;
  for (let n = 0; n < ticks; n++) {
    for (const op of ops) op.increment();
    test.clock.advance(100);
    if (n % 10 === 0) await new Promise(setImmediate);
  }
  socket.resume();
  const updates = () =>
    events.slice(1).map(({ data }) => JSON.parse(data) as { changed: { current: number }[]; missed: number });
  const states = () => updates().reduce((sum, { changed, missed }) => sum + changed.length + missed, 0);
  await eventually(() => expect(states()).toBe(ticks * ops.length));
  expect(
    updates()
      .at(-1)!
      .changed.map(({ current }) => current),
  ).toEqual(ops.map(() => ticks));
  // Of 30 MB most were left out, not kept.
  expect(updates().length).toBeLessThan(ticks / 2);
  socket.destroy();
}, 30_000);
