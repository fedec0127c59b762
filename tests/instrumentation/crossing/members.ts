// Real threads and processes that work for operations of this one: tests/applications/member.mjs, on the built package.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Installation } from "../../services/application.js";

export interface RealMember extends AsyncDisposable {
  /** Has it do something; resolves with what it gives, when it is done. */
  call<T = void>(command: string, ...args: readonly unknown[]): Promise<T>;
  /** Tells it something that it does not live to answer. */
  tell(command: string, ...args: readonly unknown[]): void;
  /** Ends it from outside, at once; resolves when it is gone. */
  kill(): Promise<void>;
  /** Resolves when it has ended by itself: with its exit code. */
  readonly ended: Promise<number | null>;
  readonly process: ChildProcess | undefined;
}

export async function startThread({ folder }: Installation): Promise<RealMember> {
  const worker = new Worker(join(folder, "member.mjs"), { execArgv: [], stderr: true });
  const calls = new Calls((message) => worker.postMessage(message));
  worker.on("message", (message) => calls.answered(message));
  worker.on("error", () => {});
  const ended = new Promise<number>((resolve) => worker.on("exit", resolve));
  worker.on("exit", () => calls.gone());
  await calls.started;
  const kill = async () => void (await worker.terminate());
  const { call, tell } = calls;
  return { call, tell, kill, ended, process: undefined, [Symbol.asyncDispose]: kill };
}

export async function startChild(
  { folder }: Installation,
  env: Readonly<Record<string, string>> = {},
): Promise<RealMember> {
  const own = /^(npm_|NODE_|VITEST|OTEL_|PROGRESS_)/i;
  const kept = Object.fromEntries(Object.entries(process.env).filter(([name]) => !own.test(name)));
  const options = { env: { ...kept, TMPDIR: folder, ...env }, execArgv: [], silent: true };
  const child = fork(join(folder, "member.mjs"), [], options);
  const calls = new Calls((message) => child.connected && child.send(message as object));
  child.on("message", (message) => calls.answered(message as never));
  child.stderr?.on("data", (text) => calls.complained(String(text)));
  const ended = once(child, "exit").then(([code]) => {
    calls.gone();
    return code as number | null;
  });
  await calls.started;
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  const { call, tell } = calls;
  return { call, tell, kill, ended, process: child, [Symbol.asyncDispose]: kill };
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: string;
}

class Calls {
  readonly #send: (message: unknown) => unknown;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #count = 0;
  #complaints = "";
  readonly started: Promise<unknown>;

  constructor(send: (message: unknown) => unknown) {
    this.#send = send;
    this.started = this.#answer(0, "start");
  }

  readonly call = <T>(command: string, ...args: readonly unknown[]): Promise<T> => {
    const answer = this.#answer(this.#count + 1, command);
    this.tell(command, ...args);
    return answer as Promise<T>;
  };

  readonly tell = (command: string, ...args: readonly unknown[]): void => {
    this.#send({ id: ++this.#count, command, args });
  };

  answered(answer: Answer): void {
    this.#waiting.get(answer.id)?.(answer);
    this.#waiting.delete(answer.id);
  }

  complained(text: string): void {
    this.#complaints += text;
  }

  gone(): void {
    for (const [id, settle] of this.#waiting) settle({ id, error: "it has ended" });
  }

  #answer(id: number, command: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result);
        else reject(new Error(`${command}: ${error}\n${this.#complaints}`));
      });
    });
  }
}
