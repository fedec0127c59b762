// The program as a function: words in, exit code and what was written out.

import { PassThrough, Writable } from "node:stream";
import type { Environment, Io, Output } from "../../src/cli/command.js";
import { dispatch } from "../../src/cli/dispatch.js";
import type { ProgressServer } from "../../src/query/node.js";
import { type ServeOptions, serveProgress } from "../../src/query/node.js";
import { createTestProgress, type TestProgress } from "../../src/testing.js";
import { ownPort } from "../services/own-port.js";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}
export interface Surroundings {
  readonly env?: Environment;
  /** Width of the window that stdout is; undefined: it is none. */
  readonly columns?: number;
}

/** A stream that keeps what is written to it; a terminal when it has a width. */
export class Kept extends Writable {
  text = "";
  readonly isTTY: boolean;
  readonly columns: number | undefined;
  readonly rows = 40;

  constructor(columns?: number) {
    super({ decodeStrings: false });
    this.isTTY = columns !== undefined;
    this.columns = columns;
  }

  hasColors(env: Environment): boolean {
    return this.isTTY && !("NO_COLOR" in env);
  }

  override _write(chunk: string | Uint8Array, _encoding: string, done: () => void): void {
    this.text += typeof chunk === "string" ? chunk : new TextDecoder().decode(chunk);
    done();
  }
}

export interface Running {
  readonly stdout: Kept;
  readonly stderr: Kept;
  readonly ended: Promise<Ended>;
}

/** Starts a command. Nothing of the environment of this test run reaches it. */
export function begin(words: readonly string[], { env = {}, columns }: Surroundings = {}): Running {
  const [stdout, stderr] = [new Kept(columns), new Kept()];
  const io: Io = { stdin: new PassThrough(), stdout: stdout as Output, stderr, env };
  const ended = dispatch(words, io).then((code) => ({ code, stdout: stdout.text, stderr: stderr.text }));
  return { stdout, stderr, ended };
}

/** Runs a command to its end. */
export function invoke(words: readonly string[], surroundings?: Surroundings): Promise<Ended> {
  return begin(words, surroundings).ended;
}

export interface Served extends AsyncDisposable {
  readonly test: TestProgress;
  readonly server: ProgressServer;
  /** The environment of commands that ask it. */
  readonly env: Environment;
}

/** A server over an instance whose clock is turned by hand. */
export async function serve(options: Partial<ServeOptions> = {}): Promise<Served> {
  const test = createTestProgress();
  const server = await serveProgress({ source: test.progress.live, port: 0, ...options });
  return {
    test,
    server,
    env: { PROGRESS_URL: server.url },
    async [Symbol.asyncDispose]() {
      await server.close();
      await test.progress.shutdown();
    },
  };
}

/** Where nothing listens. */
export async function deserted(): Promise<string> {
  return `http://127.0.0.1:${await ownPort()}`;
}
