// Logs what another process is doing, with pino, until Ctrl-C: one line when an operation starts, one when it ends, few between.
//
//   npm run demo -- --serve                          something to follow
//   node examples/logs.mjs http://127.0.0.1:4680     in another terminal

import { exportFrom, logLines } from "otel-progress/exporters";
import { createHttpSource } from "otel-progress/query";
import pino from "pino";

const [url = "http://127.0.0.1:4680"] = process.argv.slice(2);
const stop = new AbortController();
process.once("SIGINT", () => stop.abort());

// The source connects again by itself when the server goes away and comes back, but a source that waits keeps no process alive.
const alive = setInterval(() => {}, 60_000);
await exportFrom(createHttpSource({ url }), logLines({ logger: pino() }), { signal: stop.signal });
clearInterval(alive);
