// How long the command line takes from its start to its end, beside a bare `node -e 0`: what everybody waits for at every call.
// Whole processes, which take turns; `list` asks a real server in a process of its own.

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createProgress } from "otel-progress";
import { serveProgress } from "otel-progress/query/node";
import { figure, median, perRound, startContender } from "./measure.mjs";

const PROGRAM = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const ROUNDS = 25;
const OPERATIONS = 20;

export const contenders = {
  async server() {
    const progress = createProgress();
    for (let k = 0; k < OPERATIONS; k++) progress.start("bench.cli", { id: `job-${k}`, total: 100 }).increment(k);
    const { url } = await serveProgress({ source: progress.live, port: 0 });
    // Measures by itself: a parameter would be a number of rounds.
    return () => url;
  },
};

function millis(args, env) {
  const before = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { env, encoding: "utf8" });
  const after = performance.now();
  if (status !== 0) throw new Error(`${args.join(" ")} ended with ${status}: ${stderr}`);
  return after - before;
}

const budget = (bare) => 1.5 * bare + 100;

export async function measure() {
  const server = startContender(import.meta.url, "server");
  const env = { ...process.env, PROGRESS_URL: await server.call() };
  const commands = {
    "node -e 0": ["-e", "0"],
    "otel-progress --help": [PROGRAM, "--help"],
    "otel-progress list": [PROGRAM, "list"],
    "otel-progress get": [PROGRAM, "get", "job-1"],
    "otel-progress run true": [PROGRAM, "run", "--", "true"],
  };
  const times = Object.fromEntries(Object.keys(commands).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, args] of Object.entries(commands)) times[name].push(millis(args, env));
  server.stop();
  const share = (name) => perRound(times, (one) => one[name] / budget(one["node -e 0"]));
  const measured = Object.keys(commands).map((name) => figure(name, median(times[name]), "ms"));
  const judged = Object.keys(commands)
    .slice(1)
    .map((name) => figure(`${name} / (1.5 of node -e 0, and 100 ms)`, share(name), "x", { target: 1 }));
  const title = `The command line, from start to end, ${OPERATIONS} operations listed`;
  return [{ title, figures: [...measured, ...judged] }];
}
