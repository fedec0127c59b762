// Applications as users have them: processes of their own, with the built package and an OpenTelemetry SDK in node_modules.

import { type ChildProcess, execFile, execFileSync, fork } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const SDKS = { sdk2: "node_modules/@opentelemetry", sdk3: "compat/sdk3/node_modules/@opentelemetry" };
const CALL_MILLIS = 50_000;

export interface Installation extends Disposable {
  readonly folder: string;
}

/**
 * Builds the package into a folder of its own, so that nobody who builds in this checkout meanwhile is in the way, and puts
 * the applications of tests/applications beside it that are named.
 */
export function installPackage(applications: readonly string[], sdk: keyof typeof SDKS = "sdk2"): Installation {
  const folder = mkdtempSync(join(tmpdir(), "otel-progress-application-"));
  const home = join(folder, "node_modules/otel-progress");
  mkdirSync(home, { recursive: true });
  const tsc = join(root, "node_modules/typescript/bin/tsc");
  execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json", "--outDir", join(home, "dist")], { cwd: root });
  copyFileSync(join(root, "package.json"), join(home, "package.json"));
  symlinkSync(join(root, SDKS[sdk]), join(folder, "node_modules/@opentelemetry"));
  const { dependencies } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { dependencies: object };
  for (const name of [...Object.keys(dependencies), "redis", "ioredis", "bullmq"]) {
    symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name));
  }
  for (const name of applications) copyFileSync(join(root, "tests/applications", name), join(folder, name));
  return { folder, [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The environment without what this test run has in it for itself, and without where it runs. */
export function plainEnv(env: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  const own = /^(npm_|NODE_(OPTIONS|PATH|ENV)|VITEST|OTEL_|PROGRESS_|INIT_CWD|CI$|GITHUB_|GITLAB_|(FORCE|NO)_COLOR$)/i;
  const kept = Object.entries(process.env).filter(([name]) => !own.test(name));
  // Detectors of clouds ask the network who they are.
  return { ...Object.fromEntries(kept), OTEL_NODE_RESOURCE_DETECTORS: "env", ...env };
}

/** Runs an application to its end; throws when it fails, or takes over a minute. Returns what it printed. */
export function runApplication(
  { folder }: Installation,
  name: string,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  const options = { cwd: folder, env: plainEnv(env), timeout: 60_000, encoding: "utf8" as const };
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [name], options, (error, stdout, stderr) => {
      if (error === null && stderr === "") resolve(stdout);
      else reject(new Error(`${name}: ${error?.message ?? "it complained"}\n${stdout}\n${stderr}`));
    });
  });
}

/** A process that does what it is told: tests/applications/worker.mjs. */
export interface Worker extends AsyncDisposable {
  /** Has it do something; resolves when it is done. */
  call(command: string, ...args: readonly unknown[]): Promise<void>;
  readonly pid: number;
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>;
}

export interface WorkerOptions {
  readonly endpoint: string;
  readonly serviceName: string;
  /** `service.instance.id`. @default one that nobody else has */
  readonly instance?: string;
  readonly exportInterval: string;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export async function startWorker({ folder }: Installation, options: WorkerOptions): Promise<Worker> {
  const { instance, env: more, ...telemetry } = options;
  const named = instance === undefined ? {} : { OTEL_RESOURCE_ATTRIBUTES: `service.instance.id=${instance}` };
  const env = plainEnv({ ...named, ...more });
  const child = fork(join(folder, "worker.mjs"), [JSON.stringify(telemetry)], {
    cwd: folder,
    env,
    execArgv: [],
    silent: true,
  });
  const calls = new Calls(child);
  await calls.made(0, "start");
  const kill = () => end(child);
  return { call: (command, ...args) => calls.make(command, args), pid: child.pid!, kill, [Symbol.asyncDispose]: kill };
}

/** What a worker was told and has not answered yet. */
class Calls {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (error?: string) => void>();
  #output = "";
  #count = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        this.#output += chunk;
      });
    }
    child.on("message", ({ id, error }: { id: number; error?: string }) => this.#waiting.get(id)?.(error));
    child.on("exit", () => {
      for (const settle of this.#waiting.values()) settle("the worker has ended");
    });
  }

  make(command: string, args: readonly unknown[]): Promise<void> {
    const id = ++this.#count;
    const made = this.made(id, command);
    this.#child.send({ id, command, args });
    return made;
  }

  made(id: number, command: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (error?: string) => {
        clearTimeout(late);
        this.#waiting.delete(id);
        if (error === undefined) resolve();
        else reject(new Error(`${command}: ${error}\n${this.#output}`));
      };
      const late = setTimeout(() => settle("no answer"), CALL_MILLIS);
      this.#waiting.set(id, settle);
    });
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}
