// A window of a real terminal: tmux, with a server of its own that nobody else talks to. Keys in, what stands on its screen out.

import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { binary, run } from "../services/binaries.js";
import { until } from "../services/polling.js";

/** On a busy machine programs that take a few seconds take their time. */
const SHOWN_MILLIS = 60_000;

export interface WindowOptions {
  readonly columns: number;
  readonly rows: number;
  /** Where the program runs. @default the root of the repository */
  readonly folder?: string;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

export class Window implements Disposable {
  readonly #server = ["-u", "-L", `otel-progress-${randomUUID()}`, "-f", "/dev/null"];

  /** `program`: its path and arguments. */
  constructor(program: readonly string[], { columns, rows, folder, env = {} }: WindowOptions) {
    // By env, and not by tmux, which takes PATH from elsewhere.
    const variables = Object.entries({ LC_ALL: "C.UTF-8", ...env }).map(([name, value]) => `${name}=${value}`);
    const without = ["CI", "NO_COLOR", "FORCE_COLOR"].flatMap((name) => ["-u", name]);
    const place = ["-x", String(columns), "-y", String(rows), ...(folder === undefined ? [] : ["-c", folder])];
    this.#tmux("new-session", "-d", ...place, "env", ...without, ...variables, ...program);
    this.#tmux("set-option", "-g", "history-limit", "10000");
  }

  /** Text, or names of keys: "Enter", "Tab", "C-c". */
  keys(...keys: readonly string[]): void {
    this.#tmux("send-keys", ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** What it shows, row by row, without the empty ones at its end. */
  get shown(): string[] {
    return linesOf(this.#tmux("capture-pane", "-p"));
  }

  /** The same with everything that has scrolled out of it; what the terminal wrapped is one line again. */
  get all(): string[] {
    return linesOf(this.#tmux("capture-pane", "-p", "-J", "-S", "-"));
  }

  get screen(): string {
    return this.shown.join("\n");
  }

  get cursorIsVisible(): boolean {
    return this.#tmux("display-message", "-p", "#{cursor_flag}").trim() === "1";
  }

  /** Resolves with the screen once it shows this. */
  shows(expected: RegExp): Promise<string> {
    return until(
      `the screen shows ${expected}`,
      () => this.screen,
      (screen) => expected.test(screen),
      { within: SHOWN_MILLIS },
    );
  }

  /** Process ids of what runs in it. */
  get processes(): number[] {
    const shell = this.#tmux("display-message", "-p", "#{pane_pid}").trim();
    return linesOf(execFileSync("ps", ["-o", "pid=", "--ppid", shell], { encoding: "utf8" })).map(Number);
  }

  [Symbol.dispose](): void {
    this.#tmux("kill-server");
  }

  #tmux(...args: readonly string[]): string {
    return run("TMUX_BIN", [...this.#server, ...args]);
  }
}

/** A shell of which nothing of this user's own configuration is read. */
export function shellOf(name: "bash" | "zsh" | "fish"): readonly string[] {
  if (name === "bash") return ["bash", "--noprofile", "--norc"];
  return name === "zsh" ? [binary("ZSH_BIN"), "-f"] : [binary("FISH_BIN"), "--no-config"];
}

/** Runs a shell command; behind it the window says "status N", and stays. */
export function commandOf(command: string): readonly string[] {
  // The shell must outlive a Ctrl-C, and what it starts must not.
  return ["sh", "-c", `trap : INT; ${command}; echo "status $?"; exec cat`];
}

function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return lines;
}
