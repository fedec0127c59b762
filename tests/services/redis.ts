// Real Redis servers: one alone, or three that are a cluster, in memory unless told otherwise.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { binary } from "./binaries.js";
import { until } from "./polling.js";
import { freePorts, Server } from "./server.js";

export interface RedisServer extends AsyncDisposable {
  readonly server: Server;
  readonly port: number;
  readonly url: string;
  /** Runs redis-cli, and returns what it prints. */
  cli(...args: string[]): string;
}
export interface RedisCluster extends AsyncDisposable {
  readonly nodes: readonly RedisServer[];
  readonly ports: readonly number[];
}

export interface RedisOptions {
  /** It writes every change to disk, and has it after a restart. @default false */
  readonly keep?: boolean;
  readonly args?: readonly string[];
}

export async function startRedis({ keep = false, args = [] }: RedisOptions = {}): Promise<RedisServer> {
  const { port } = await freePorts("port");
  const folder = mkdtempSync(join(tmpdir(), "otel-progress-redis-"));
  const persistence = keep ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--save", "", "--appendonly", "no"];
  const server = new Server({
    name: "Redis",
    program: binary("REDIS_SERVER_BIN"),
    args: ["--port", `${port}`, "--bind", "127.0.0.1", "--dir", folder, ...persistence, ...args],
    readyUrl: () => pong(port),
  });
  await server.start();
  return {
    server,
    port,
    url: `redis://127.0.0.1:${port}`,
    cli: (...given) => cli(port, given),
    async [Symbol.asyncDispose]() {
      server.kill("SIGCONT");
      await server[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function startRedisCluster(): Promise<RedisCluster> {
  const nodes: RedisServer[] = [];
  for (let node = 0; node < 3; node++) {
    const { bus } = await freePorts("bus");
    nodes.push(await startRedis({ args: ["--cluster-enabled", "yes", "--cluster-port", `${bus}`] }));
  }
  const addresses = nodes.map(({ port }) => `127.0.0.1:${port}`);
  cli(nodes[0]!.port, ["--cluster", "create", ...addresses, "--cluster-replicas", "0", "--cluster-yes"]);
  for (const { cli: ask } of nodes) {
    await until(
      "the cluster is whole",
      () => ask("cluster", "info"),
      (info) => info.includes("cluster_state:ok"),
    );
  }
  return {
    nodes,
    ports: nodes.map(({ port }) => port),
    async [Symbol.asyncDispose]() {
      for (const node of nodes) await node[Symbol.asyncDispose]();
    },
  };
}

/** Of the same installation as the server: redis-cli beside redis-server, valkey-cli beside valkey-server. */
function cli(port: number, args: readonly string[]): string {
  const server = binary("REDIS_SERVER_BIN");
  const program = join(dirname(server), basename(server).replace("server", "cli"));
  return execFileSync(program, ["-p", `${port}`, ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}

function pong(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.setTimeout(2_000, () => socket.destroy(new Error("no answer")));
    socket.once("data", (answer) => {
      socket.destroy();
      if (String(answer).startsWith("+PONG")) resolve();
      else reject(new Error(String(answer)));
    });
    socket.once("error", reject);
  });
}
