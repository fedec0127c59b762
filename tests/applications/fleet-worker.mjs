// A member of a fleet that does what the process that forked it says, so that a test can tell its story step by step. Every span
// it ends is a line in a file at once, also when the process is killed after it.

import { appendFileSync } from "node:fs";
import { trace } from "@opentelemetry/api";
import { TracerProvider } from "@opentelemetry/sdk-trace";
import { createProgress } from "otel-progress";
import { createRedisExporter, createRedisSource } from "otel-progress/redis";
import { ProgressSpanProcessor } from "otel-progress/sdk";
import { createClient } from "redis";

const { port, prefix, lease, spans, handover, levels = 0 } = JSON.parse(process.argv[2]);
const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 50 } });
client.on("error", () => {});
await client.connect();
const progress = createProgress({ limits: { finished: 20_000 } });
progress.addExporter(createRedisExporter({ client, prefix, lease, historyCount: 320_000, handover }));
const exporting = {
  onStart() {},
  onEnd(span) {
    const { "progress.operation.id": id, "progress.status": status } = span.attributes;
    appendFileSync(spans, `${JSON.stringify({ pid: process.pid, spanId: span.spanContext().spanId, id, status })}\n`);
  },
  async forceFlush() {},
  async shutdown() {},
};
const adopting = new ProgressSpanProcessor({ progress, exporting: [exporting] });
if (spans !== undefined) trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [adopting, exporting] }));

const told = [];
progress.subscribe(({ operation }) => told.push(operation.id), { events: ["lost"] });
let source;

const commands = {
  start: (id, options) => void progress.start("job", { id, ...options }),
  /** So many operations at once, which then move all the time, until they `rest`. */
  begin(name, many, perSecond) {
    const ops = Array.from({ length: many }, (_, n) => progress.start("job", { id: `${name}-${n}`, total: 1_000_000 }));
    for (const op of ops) for (let n = 0; n < levels; n++) op.startLevel("part", { id: `p${n}`, total: 100 });
    commands.ops = ops;
    commands.timer = setInterval(() => {
      for (const op of ops) op.increment();
    }, 1_000 / perSecond);
  },
  rest: () => clearInterval(commands.timer),
  complete() {
    for (const op of commands.ops) op.complete({ rows: op.snapshot().current });
  },
  /** Any method of a handle. */
  tell: (id, method, ...args) => void progress.handle(id)[method](...args),
  aborted: (id) => progress.handle(id).signal.aborted,
  carrier: (id) => progress.handle(id).carrier(),
  /** Works for an operation of another, until told to `leave`. */
  join(carrier, items) {
    progress.join(carrier, (scope) => {
      scope.increment(items);
      commands.joined = scope;
      return new Promise((resolve) => {
        commands.leave = () => resolve();
      });
    });
  },
  stopped: () => commands.joined.signal.aborted,
  count: (items) => commands.joined.increment(items),
  left: () => commands.leave(),
  states: () => progress.live.list({ limit: 100_000 }),
  lost: () => told,
  losses: () => progress.live.stats().losses,
  usage: () => ({ cpu: process.cpuUsage(), rss: process.memoryUsage().rss }),
  /** Looks at the fleet as a dashboard does. */
  async look() {
    source = createRedisSource({ client, prefix, lease });
    for await (const _ of source.watch()) if (commands.looking === undefined) commands.looking = true;
  },
  async flush() {
    await progress.forceFlush();
  },
  async quit() {
    await progress.shutdown();
    setImmediate(() => process.exit());
  },
};

process.on("message", async ({ id, command, args }) => {
  try {
    const result = command === "look" ? void commands.look() : await commands[command](...args);
    process.send({ id, result });
  } catch (error) {
    process.send({ id, error: error.stack });
  }
});
process.on("disconnect", () => process.exit());
process.send({ id: 0 });
