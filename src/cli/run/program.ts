// The program that is run: started with our stdin, its output ours or through pipes, signals passed on, waited for.

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, fstatSync } from "node:fs";
import type { Readable } from "node:stream";
import type { Environment } from "../command.js";
import type { Exit } from "./ending.js";
import { needsPassing } from "./foreground.js";
import { makePipes, type Pipe } from "./pipes.js";

/** Also those that programs give meanings of their own. Stops and continuations concern the whole process group anyway. */
const PASSED: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2"];
/** Those that ask to end. */
const ENDING: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
/** From being asked to end because of us, by SIGTERM, to SIGKILL. */
const KILL_AFTER_MILLIS = 10_000;

/** An output of the program that comes through us. */
export interface Piped {
  readonly source: Readable;
  /** Ours that it goes on to. */
  readonly descriptor: 1 | 2;
}

export interface Program {
  /** Undefined when it could not be started. */
  readonly pid: number | undefined;
  readonly outputs: readonly Piped[];
  /** Never rejects. */
  readonly ended: Promise<Exit>;
  /** The last signal that asked us to end. */
  readonly asked: NodeJS.Signals | undefined;
  /** Asks it to end, and kills it ten seconds later. */
  stop(): void;
}

/** Starts `command`; the descriptors in `piped` come through us. `told` hears of signals that ask us to end. */
export function startProgram(
  command: readonly string[],
  env: Environment,
  piped: readonly (1 | 2)[],
  told: (signal: NodeJS.Signals) => void,
): Program {
  const plumbing = new Plumbing(piped);
  const child = spawned(command, env, plumbing);
  plumbing.handOver();
  if (child instanceof Error) return failed(child, plumbing);
  let asked: NodeJS.Signals | undefined;
  const stopPassing = passSignals(child, (signal) => {
    asked = signal;
    told(signal);
  });
  const ended = new Promise<Exit>((resolve) => {
    child.once("error", (error) => resolve({ error }));
    child.once("exit", (code, signal) => resolve({ code: code ?? undefined, signal: signal ?? undefined }));
  }).finally(stopPassing);
  return {
    pid: child.pid,
    outputs: plumbing.outputs(child),
    ended,
    get asked() {
      return asked;
    },
    stop: () => stop(child),
  };
}

/** What spawn throws at once, such as for a file that is no program, is what it tells later of others. */
function spawned([file, ...args]: readonly string[], env: Environment, { stdio }: Plumbing): ChildProcess | Error {
  try {
    return spawn(file!, args, { stdio: [...stdio], env: { ...env } });
  } catch (error) {
    return error as Error;
  }
}

const failed = (error: Error, plumbing: Plumbing): Program => ({
  pid: undefined,
  outputs: plumbing.outputs(undefined),
  ended: Promise.resolve({ error }),
  asked: undefined,
  stop() {},
});

function passSignals(child: ChildProcess, asked: (signal: NodeJS.Signals) => void): () => void {
  const pass = (signal: NodeJS.Signals): void => {
    if (needsPassing(signal)) child.kill(signal);
    if (ENDING.includes(signal)) asked(signal);
  };
  for (const signal of PASSED) process.on(signal, pass);
  return () => {
    for (const signal of PASSED) process.off(signal, pass);
  };
}

function stop(child: ChildProcess): void {
  child.kill("SIGTERM");
  const late = setTimeout(() => child.kill("SIGKILL"), KILL_AFTER_MILLIS);
  child.once("exit", () => clearTimeout(late));
}

/** Who has which end of which pipe. */
class Plumbing {
  readonly stdio: (number | "inherit" | "pipe")[] = ["inherit", "inherit", "inherit"];
  readonly #pipes: { readonly pipe: Pipe | undefined; readonly descriptor: 1 | 2 }[];

  constructor(piped: readonly (1 | 2)[]) {
    // stdout and stderr that go to the same place share a pipe, or their lines would change their order.
    const shared = piped.length === 2 && sameFile(1, 2);
    const own = shared ? piped.slice(0, 1) : piped;
    const made = makePipes(own.length);
    // Those of Node.js cannot be shared.
    const needed = made.length > 0 ? own : piped;
    this.#pipes = needed.map((descriptor, index) => ({ pipe: made[index], descriptor }));
    for (const descriptor of piped)
      this.stdio[descriptor] = made[shared ? 0 : piped.indexOf(descriptor)]?.input ?? "pipe";
  }

  /** The program has its ends now; with ours open, none would ever close. */
  handOver(): void {
    for (const { pipe } of this.#pipes) if (pipe !== undefined) closeSync(pipe.input);
  }

  outputs(child: ChildProcess | undefined): Piped[] {
    return this.#pipes.flatMap(({ pipe, descriptor }) => {
      const source = pipe?.output ?? child?.stdio[descriptor];
      return source === undefined || source === null ? [] : [{ source: source as Readable, descriptor }];
    });
  }
}

function sameFile(a: number, b: number): boolean {
  const [one, other] = [fstatSync(a), fstatSync(b)];
  return one.dev === other.dev && one.ino === other.ino;
}
