// A real server as a child of the test: started until it answers, its output kept for when something fails, ended by its id.

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { get, until } from "./polling.js";

/** Characters of output kept per server: the last ones. */
const OUTPUT_KEPT = 20_000;
const STOP_MILLIS = 10_000;
const READY_MILLIS = 30_000;

export interface ServerOptions {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** Answers 2xx when the server is ready; or what resolves then. */
  readonly readyUrl: string | (() => Promise<unknown>);
}

/** All that this process started, so that none outlives it and a failed test can show what they said. */
const started = new Set<Server>();
process.once("exit", () => {
  for (const server of started) server.kill("SIGKILL");
});

export class Server implements AsyncDisposable {
  readonly #options: ServerOptions;
  #child: ChildProcess | undefined;
  #output = "";

  constructor(options: ServerOptions) {
    this.#options = options;
    started.add(this);
  }

  get name(): string {
    return this.#options.name;
  }

  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** What it wrote to both of its outputs. */
  get output(): string {
    return this.#output;
  }

  /** Starts it, again after `stop`, with the same ports and files; returns when it answers. */
  async start(): Promise<void> {
    const { name, program, args, env, cwd, readyUrl } = this.#options;
    const child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
      ...(cwd !== undefined && { cwd }),
    });
    this.#child = child;
    child.stdout.on("data", (chunk) => this.#keep(chunk));
    child.stderr.on("data", (chunk) => this.#keep(chunk));
    child.on("error", (error) => this.#keep(`${error}\n`));
    try {
      await until(
        `${name} is ready`,
        async () => {
          if (!isRunning(child)) return "ended";
          await (typeof readyUrl === "string" ? get(readyUrl) : readyUrl());
          return "ready";
        },
        (state) => state === "ready" || state === "ended",
        { within: READY_MILLIS, every: 50 },
      );
      if (!isRunning(child))
        throw new Error(`${name} ended with ${child.exitCode ?? child.signalCode} instead of starting`);
    } catch (error) {
      await this.stop();
      throw new Error(`${(error as Error).message}\n${this.#output}`);
    }
  }

  /** Asks it to end, and makes it after ten seconds; returns when it has ended. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child === undefined || !isRunning(child)) return;
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    const killing = setTimeout(() => child.kill("SIGKILL"), STOP_MILLIS);
    await ended;
    clearTimeout(killing);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#child !== undefined && isRunning(this.#child)) this.#child.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    started.delete(this);
  }

  #keep(chunk: unknown): void {
    this.#output = (this.#output + String(chunk)).slice(-OUTPUT_KEPT);
  }
}

function isRunning(child: ChildProcess): boolean {
  return child.pid !== undefined && child.exitCode === null && child.signalCode === null;
}

/** For `afterEach`: what the servers said last, when the test failed. */
export function showOutputOnFailure({
  task,
}: {
  readonly task: { readonly result?: { readonly state: string } };
}): void {
  if (task.result?.state !== "fail") return;
  for (const { name, output } of started) console.error(`--- ${name}\n${output.slice(-4_000)}`);
}

/** Ports of 127.0.0.1 that nobody listens on, all different. */
export async function freePorts<const Name extends string>(...names: Name[]): Promise<Record<Name, number>> {
  const servers = await Promise.all(
    names.map(async () => {
      const server = createServer();
      server.listen(0, "127.0.0.1");
      await once(server, "listening");
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return Object.fromEntries(names.map((name, index) => [name, ports[index]!])) as Record<Name, number>;
}
