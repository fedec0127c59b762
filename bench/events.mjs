// Event streams to 1,000 readers over loopback: ten updates a second of 100 operations each, beside a plain node:http server
// that writes the same number of the same bytes. The readers are a process of their own; they look at the head of each frame,
// so that they keep up, and see when a state is left out.

import { createServer } from "node:http";
import { connect } from "node:net";
import { createProgress } from "otel-progress";
import { serveProgress } from "otel-progress/query/node";
import { figure, median, startContender } from "./measure.mjs";

const OPERATIONS = 100;
const READERS = 1_000;
const STALLED = 50;
const INTERVAL_MILLIS = 100;
const WARM_UP_MILLIS = 1_000;
const RUN_MILLIS = 4_000;
const ROUNDS = 3;
/** What a chunk adds to a frame: five digits and two line ends. */
const CHUNK_BYTES = 9;
const sleep = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** CPU time, and the most memory, while time passes. */
async function watched(millis) {
  const rss = [];
  const timer = setInterval(() => rss.push(process.memoryUsage.rss()), INTERVAL_MILLIS);
  const [cpu, before] = [process.cpuUsage(), performance.now()];
  await sleep(millis);
  const { user, system } = process.cpuUsage(cpu);
  clearInterval(timer);
  return {
    userMillis: user / 1000,
    cpuMillis: (user + system) / 1000,
    millis: performance.now() - before,
    rss: Math.max(...rss),
  };
}

/** What a server process is asked: to listen, to work without readers and with them. */
function serving(start) {
  let started;
  return async (...[{ step }]) => {
    if (step === "start") {
      started = await start();
      return { port: started.port };
    }
    await sleep(WARM_UP_MILLIS);
    globalThis.gc();
    return watched(RUN_MILLIS);
  };
}

export const contenders = {
  ours: () =>
    serving(async () => {
      const progress = createProgress();
      const ops = Array.from({ length: OPERATIONS }, (_, n) =>
        progress.start("bench.events", { id: `operation-${n}`, name: `Import ${n}`, total: 1_000_000, unit: "row" }),
      );
      setInterval(() => {
        for (const op of ops) op.increment(3);
      }, INTERVAL_MILLIS);
      return serveProgress({ source: progress.live, port: 0, keepAlive: true });
    }),

  /** Frames of the same length, made once. */
  raw: (bytes) => serving(() => plainServer((response, frame) => response.write(frame), bytes)),

  readers() {
    const readers = [];
    let since = performance.now();
    return async (...[{ step, port, path, count, stalled = false }]) => {
      if (step === "connect") {
        const opened = Array.from({ length: count }, () => openReader(port, path, stalled));
        readers.push(...opened);
        await Promise.all(opened.map(({ ready }) => ready));
        return { connected: readers.length };
      }
      const reading = readers.filter((reader) => !reader.stalled);
      const sum = (of) => reading.reduce((total, reader) => total + of(reader), 0);
      const seconds = (performance.now() - since) / 1000;
      const result = { perSecond: sum(({ frames }) => frames) / seconds, gaps: sum(({ gaps }) => gaps) };
      result.bytes = sum(({ bytes }) => bytes) / sum(({ frames }) => frames);
      for (const reader of reading) Object.assign(reader, { frames: 0, gaps: 0, bytes: 0 });
      since = performance.now();
      return result;
    };
  },
};

function plainServer(write, bytes) {
  const responses = new Set();
  const server = createServer((request, response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.flushHeaders();
    responses.add(response);
    request.on("close", () => responses.delete(response));
    response.write(frameOf(0, bytes));
  });
  let sequence = 0;
  setInterval(() => {
    const frame = frameOf(++sequence, bytes);
    for (const response of responses) write(response, frame);
  }, INTERVAL_MILLIS);
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address())));
}

function frameOf(sequence, bytes) {
  const head = `event: update\nid: 0123456789abcdef-${sequence}\ndata: `;
  return Buffer.from(`${head}${"x".repeat(Math.max(0, bytes - head.length - 2))}\n\n`);
}

/** Reads chunk by chunk: of each the head, by which it sees whether a state is missing; the rest is only counted. */
function openReader(port, path, stalled) {
  const reader = { frames: 0, gaps: 0, bytes: 0, stalled, ready: undefined };
  let [head, left, sequence] = ["", -1, undefined];
  reader.ready = new Promise((resolve, reject) => {
    const onread = {
      buffer: Buffer.allocUnsafe(256 * 1024),
      callback(length, buffer) {
        reader.bytes += length;
        let at = left === -1 ? endOfHeaders(buffer, length) : 0;
        while (at < length) {
          if (left > head.length) {
            const step = Math.min(left, length - at);
            left -= step;
            at += step;
            continue;
          }
          // A chunk begins: its length, and the frame's first lines.
          const more = buffer.latin1Slice(at, Math.min(length, at + 80 - head.length));
          head += more;
          const match =
            /^([0-9a-f]+)\r\nevent: \w+\nid: [0-9a-f]+-(\d+)\n/.exec(head) ?? /^(3)\r\n:\n\n\r\n/.exec(head);
          if (match === null) {
            if (head.length >= 80) throw new Error(`no frame: ${JSON.stringify(head)}`);
            break;
          }
          const before = head.length - more.length;
          left = match[1].length + 2 + Number.parseInt(match[1], 16) + 2 - before;
          if (match[2] !== undefined) {
            if (sequence !== undefined && Number(match[2]) !== sequence + 1) reader.gaps++;
            sequence = Number(match[2]);
            reader.frames++;
          }
          head = "";
          resolve();
          if (stalled) return false;
        }
        return true;
      },
    };
    const socket = connect({ port, host: "127.0.0.1", onread });
    socket.on("error", reject);
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
    const endOfHeaders = (buffer, length) => {
      const end = buffer.subarray(0, length).indexOf("\r\n\r\n");
      left = 0;
      return end + 4;
    };
  });
  return reader;
}

async function run(contender, stalled, ...args) {
  const server = startContender(import.meta.url, contender, ...args);
  const readers = startContender(import.meta.url, "readers");
  try {
    const { port } = await server.call({ step: "start" });
    const path = contender === "ours" ? "/events" : "/";
    const alone = await server.call({ step: "run" });
    await readers.call({ step: "connect", port, path, count: READERS - stalled });
    if (stalled > 0) await readers.call({ step: "connect", port, path, count: stalled, stalled: true });
    await sleep(WARM_UP_MILLIS);
    await readers.call({ step: "count" });
    const busy = await server.call({ step: "run" });
    const counted = await readers.call({ step: "count" });
    return { alone, busy, ...counted };
  } finally {
    server.stop();
    readers.stop();
  }
}

/** Microseconds of CPU for one update to one reader. */
const perDelivery = ({ busy, perSecond }, of = "cpuMillis") => (busy[of] / busy.millis / perSecond) * 1e6;
const growth = ({ alone, busy }) => (busy.rss - alone.rss) / 1e6;

export async function measure() {
  const rounds = [];
  for (let round = 0; round < ROUNDS; round++) {
    const ours = await run("ours", 0);
    const bytes = Math.round(ours.bytes) - CHUNK_BYTES;
    rounds.push({ ours, bytes, raw: await run("raw", 0, bytes) });
  }
  const stalled = await run("ours", STALLED);
  const over = (of) => median(rounds.map(of));
  const ratio = (of) => over(({ ours, raw }) => perDelivery(ours, of) / perDelivery(raw, of));
  return [
    {
      title: `Event streams, ${READERS.toLocaleString("en")} readers, 10 updates a second of ${OPERATIONS} operations`,
      note: "Loopback, the readers in another process on the same cores. CPU is that of the serving process; nearly all is the kernel, copying.",
      figures: [
        figure(
          "bytes of one update",
          over(({ bytes }) => bytes),
          "B",
        ),
        figure(
          "updates delivered a second",
          over(({ ours }) => ours.perSecond),
          "/s",
        ),
        figure("  left out for a reader", Math.max(...rounds.map(({ ours }) => ours.gaps)), "times", { target: 0 }),
        figure(
          "CPU per delivery",
          over(({ ours }) => perDelivery(ours)),
          "us",
        ),
        figure(
          "  outside of the kernel",
          over(({ ours }) => perDelivery(ours, "userMillis")),
          "us",
        ),
        figure(
          "CPU of the process, of one core",
          over(({ ours: { busy } }) => (busy.cpuMillis / busy.millis) * 100),
          "%",
        ),
        figure(
          "  without readers",
          over(({ ours: { alone } }) => (alone.cpuMillis / alone.millis) * 100),
          "%",
        ),
        figure(
          "plain node:http, the same bytes: updates delivered a second",
          over(({ raw }) => raw.perSecond),
          "/s",
        ),
        figure(
          "  CPU per delivery",
          over(({ raw }) => perDelivery(raw)),
          "us",
        ),
        figure(
          "  outside of the kernel",
          over(({ raw }) => perDelivery(raw, "userMillis")),
          "us",
        ),
        figure("ours / plain node:http, CPU per delivery", ratio("cpuMillis"), "x"),
        figure("  outside of the kernel", ratio("userMillis"), "x"),
        figure(
          "memory of the process, most: more than without readers",
          over(({ ours }) => growth(ours)),
          "MB",
        ),
        figure(
          "  plain node:http",
          over(({ raw }) => growth(raw)),
          "MB",
        ),
        figure(`  ${STALLED} of the readers take nothing`, growth(stalled), "MB"),
        figure(`  left out for the others while ${STALLED} take nothing`, stalled.gaps, "times"),
      ],
    },
  ];
}
