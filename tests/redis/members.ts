// Processes of a fleet, each with the built package, that do what a test says.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Installation } from "../services/application.js";

const CALL_MILLIS = 30_000;

export interface MemberOptions {
  readonly port: number;
  readonly prefix: string;
  readonly lease: string;
  /** A file for the spans that it ends; without one there are no spans. */
  readonly spans?: string | undefined;
  readonly levels?: number;
  readonly handover?: string;
}

export class Member implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (answer: { result?: unknown; error?: string }) => void>();
  #output = "";
  #count = 0;

  private constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk) => {
        this.#output += chunk;
      });
    }
    child.on("message", ({ id, ...answer }: { id: number }) => this.#waiting.get(id)?.(answer));
    child.on("exit", () => {
      for (const settle of this.#waiting.values()) settle({ error: "the member has ended" });
    });
  }

  static async start({ folder }: Installation, options: MemberOptions): Promise<Member> {
    const child = fork(join(folder, "fleet-worker.mjs"), [JSON.stringify(options)], {
      cwd: folder,
      env: { PATH: process.env["PATH"] },
      execArgv: [],
      silent: true,
    });
    const member = new Member(child);
    await member.#answer(0, "start");
    return member;
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Has it do something; resolves with what comes of it. */
  ask<T = void>(command: string, ...args: readonly unknown[]): Promise<T> {
    const id = ++this.#count;
    const answer = this.#answer(id, command);
    this.#child.send({ id, command, args });
    return answer as Promise<T>;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves when it has ended, by SIGKILL if need be. */
  async end(signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill(signal);
    await ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.end();
  }

  #answer(id: number, command: string): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const settle = ({ result, error }: { result?: unknown; error?: string }) => {
        clearTimeout(late);
        this.#waiting.delete(id);
        if (error === undefined) resolve(result);
        else reject(new Error(`${command}: ${error}\n${this.#output}`));
      };
      const late = setTimeout(() => settle({ error: "no answer" }), CALL_MILLIS);
      this.#waiting.set(id, settle);
    });
  }
}

export interface EndedSpan {
  readonly pid: number;
  readonly spanId: string;
  readonly id: string;
  readonly status: string;
}

/** What members wrote there. */
export function spansIn(file: string): EndedSpan[] {
  const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EndedSpan);
}
