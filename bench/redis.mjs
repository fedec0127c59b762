// What the fleet costs, beside BullMQ's job.updateProgress with the same fields, on a Redis of its own: commands, bytes and CPU per
// update; what one instance costs that is idle; and what operations take of the memory of Redis. Needs redis-server.
// `npm run bench:redis [-- --json]`

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { Queue } from "bullmq";
import { Redis } from "ioredis";
import { createProgress } from "otel-progress";
import { createRedisExporter, createRedisSource } from "otel-progress/redis";
import { figure, median, startContender } from "./measure.mjs";
import { environment, text } from "./report.mjs";

const OPERATIONS = 200;
const PER_SECOND = 10;
const MILLIS = 6_000;
const ROUNDS = 3;

/** A client that counts what it is asked to send. */
function counting(port) {
  const client = new Redis(port, { maxRetriesPerRequest: null });
  const send = client.sendCommand.bind(client);
  let commands = 0;
  client.sendCommand = (command, ...rest) => {
    commands++;
    return send(command, ...rest);
  };
  return { client, commands: () => commands };
}

/** What `work` costs in this process and in Redis, while it is called `PER_SECOND` times a second. */
async function cost(port, commands, work, rest = () => {}) {
  const redis = new Redis(port);
  const counters = async () => {
    const info = (await redis.info("stats")) + (await redis.info("cpu"));
    const of = (name) => Number(new RegExp(`^${name}:(.*)$`, "m").exec(info)[1]);
    const bytes = of("total_net_input_bytes") + of("total_net_output_bytes");
    return { bytes, redisCpu: of("used_cpu_user") + of("used_cpu_sys"), commands: commands() };
  };
  await sleep(500);
  const [before, cpu] = [await counters(), process.cpuUsage()];
  const timer = setInterval(work, 1_000 / PER_SECOND);
  await sleep(MILLIS);
  clearInterval(timer);
  await rest();
  const [after, used] = [await counters(), process.cpuUsage(cpu)];
  redis.disconnect();
  return {
    commands: after.commands - before.commands,
    bytes: after.bytes - before.bytes,
    redisMicros: (after.redisCpu - before.redisCpu) * 1e6,
    ownMicros: used.user + used.system,
  };
}

/** Of an instance with so many operations that all move. */
async function ours(port, operations, moving = true) {
  const { client, commands } = counting(port);
  const progress = createProgress();
  progress.addExporter(createRedisExporter({ client, prefix: `bench-${process.pid}`, historyCount: 160_000 }));
  const ops = Array.from({ length: operations }, (_, n) =>
    progress.start("bench.job", { name: `Job ${n}`, total: 1e6 }),
  );
  const work = () => {
    if (moving) for (const op of ops) op.increment();
  };
  return (...[{ memory: many }]) =>
    many === undefined ? cost(port, commands, work, () => progress.forceFlush()) : memory(port, progress, many);
}

/** Bytes of Redis per ended operation, of so many. */
async function memory(port, progress, many) {
  const redis = new Redis(port);
  const used = async () => Number(/used_memory:(\d+)/.exec(await redis.info("memory"))[1]);
  await progress.forceFlush();
  const before = await used();
  for (let n = 0; n < many; n++) {
    progress.start("bench.short", { name: `Job ${n}`, total: 10 }).complete();
    if (n % 500 === 499) await progress.forceFlush();
  }
  await progress.forceFlush();
  const bytes = (await used()) - before;
  redis.disconnect();
  return bytes / many;
}

async function bullmq(port, jobs) {
  const { client, commands } = counting(port);
  const queue = new Queue(`bench-${process.pid}`, { connection: client });
  const all = await Promise.all(Array.from({ length: jobs }, (_, n) => queue.add("job", { n })));
  let current = 0;
  const under = new Set();
  const work = () => {
    current++;
    for (const job of all) {
      const update = job.updateProgress({ current, total: 1e6, percentage: current / 1e4, status: "running" });
      under.add(update);
      update.finally(() => under.delete(update));
    }
  };
  return () => cost(port, commands, work, () => Promise.all(under));
}

/** A reader that watches everything. */
async function reader(port, prefix) {
  const { client, commands } = counting(port);
  const source = createRedisSource({ client, prefix });
  (async () => {
    for await (const _ of source.watch());
  })();
  return () => cost(port, commands, () => {});
}

/** What Redis does for a connection that says nothing. */
function nothing(port) {
  const { commands } = counting(port);
  return () => cost(port, commands, () => {});
}

export const contenders = {
  nothing,
  ours: (port, operations) => ours(port, operations),
  idle: (port) => ours(port, 1, false),
  bullmq: (port, jobs) => bullmq(port, jobs),
  reader: (port, prefix) => reader(port, prefix),
};

async function startRedis() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  await new Promise((resolve) => probe.close(resolve));
  const program = process.env.REDIS_SERVER_BIN ?? "redis-server";
  const server = spawn(program, ["--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"], {
    stdio: "ignore",
  });
  server.on("error", () => {
    throw new Error(`${program} cannot be started: install Redis 7, or name it in REDIS_SERVER_BIN`);
  });
  await sleep(500);
  return { port, stop: () => server.kill() };
}

const perUpdate = (sum, updates) =>
  Object.fromEntries(Object.entries(sum).map(([name, value]) => [name, value / updates]));

/** Rounds in which both take turns, and what each costs per update, apart from what Redis does anyway. */
async function compare(port, many, idle) {
  const mine = startContender(import.meta.url, "ours", port, many);
  const other = startContender(import.meta.url, "bullmq", port, many);
  const [a, b] = [[], []];
  const updates = (many * PER_SECOND * MILLIS) / 1_000;
  const net = ({ redisMicros, ...rest }) => ({ ...rest, redisMicros: redisMicros - (idle * MILLIS) / 1_000 });
  for (let round = 0; round < ROUNDS; round++) {
    a.push(perUpdate(net(await mine.call()), updates));
    b.push(perUpdate(net(await other.call()), updates));
  }
  const bytes = many === OPERATIONS ? await mine.call({ memory: 1_000 }) : undefined;
  mine.stop();
  other.stop();
  const of = (rounds, name) => median(rounds.map((round) => round[name]));
  const ratio = (name) => median(a.map((round, at) => b[at][name] / round[name]));
  return {
    bytes,
    figures: figuresOf(
      many,
      (name) => of(a, name),
      (name) => of(b, name),
      ratio,
    ),
  };
}

function figuresOf(many, ours, theirs, ratio) {
  const rows = [
    ["commands", "Redis commands", "commands"],
    ["bytes", "bytes, to Redis and back", "B"],
    ["redisMicros", "CPU of Redis", "µs"],
    ["ownMicros", "CPU of the process", "µs"],
  ];
  return rows.flatMap(([key, name, unit]) => [
    figure(`${name} per update`, ours(key), unit),
    figure(`  with job.updateProgress`, theirs(key), unit),
    key === "commands" && many === OPERATIONS
      ? figure("  so many times fewer", ratio(key), "x", { target: 20, atLeast: true })
      : figure("  so many times fewer", ratio(key), "x"),
  ]);
}

async function one(port, name, ...args) {
  const contender = startContender(import.meta.url, name, port, ...args);
  const sum = await contender.call({});
  contender.stop();
  return perUpdate(sum, MILLIS / 1_000);
}

async function measure() {
  const { port, stop } = await startRedis();
  try {
    const { redisMicros } = await one(port, "nothing");
    const many = await compare(port, OPERATIONS, redisMicros);
    const single = await compare(port, 1, redisMicros);
    const idle = await one(port, "idle");
    const watching = await one(port, "reader", "bench-nobody");
    return [
      { title: `${OPERATIONS} operations of one instance, ${PER_SECOND} updates a second each`, figures: many.figures },
      { title: `One operation, ${PER_SECOND} updates a second`, figures: single.figures },
      {
        title: "Per second, and what stays",
        figures: [
          figure("an instance with one open operation that does not move", idle.commands, "commands/s"),
          figure("  bytes", idle.bytes, "B/s"),
          figure("a reader that watches a fleet in which nothing happens", watching.commands, "commands/s"),
          figure("  bytes", watching.bytes, "B/s"),
          figure("memory of Redis per ended operation", many.bytes, "B"),
        ],
      },
    ];
  } finally {
    stop();
  }
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  const { values } = parseArgs({ options: { json: { type: "boolean" } } });
  const sections = await measure();
  const shown = values.json
    ? JSON.stringify({ environment: environment(), sections }, undefined, 2)
    : text({ sections });
  process.stdout.write(`${shown}\n`);
  process.exit();
}
