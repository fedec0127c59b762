// A window of a real terminal: tmux, with a server of its own that nobody else talks to.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { binary } from "../services/binaries.js";
import { until } from "../services/polling.js";

export interface WindowOptions {
  readonly columns: number;
  readonly rows: number;
  /** Where the command runs. */
  readonly folder: string;
  /** More of its environment. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs a shell command in a window; behind it the window says "status N", and stays. */
export class Window implements Disposable {
  readonly #directory = mkdtempSync(join(tmpdir(), "otel-progress-tmux-"));

  constructor(command: string, { columns, rows, folder, env = {} }: WindowOptions) {
    const variables = Object.entries({ LC_ALL: "C.UTF-8", ...env }).map(([name, value]) => `${name}=${value}`);
    // The shell must outlive a Ctrl-C, and what it starts must not.
    const script = `trap : INT; env -u CI -u NO_COLOR -u FORCE_COLOR ${variables.join(" ")} ${command}; echo "status $?"; exec cat`;
    const size = ["-x", String(columns), "-y", String(rows)];
    this.#tmux("-f", "/dev/null", "new-session", "-d", ...size, "-c", folder, "sh", "-c", script);
    this.#tmux("set-option", "-g", "history-limit", "10000");
  }

  /** What it shows, row by row, without the empty ones at its end. */
  get shown(): string[] {
    return linesOf(this.#tmux("capture-pane", "-p"));
  }

  /** The same with everything that has scrolled out of it; what the terminal wrapped is one line again. */
  get all(): string[] {
    return linesOf(this.#tmux("capture-pane", "-p", "-J", "-S", "-"));
  }

  get cursorIsVisible(): boolean {
    return this.#tmux("display-message", "-p", "#{cursor_flag}").trim() === "1";
  }

  get text(): string {
    return this.shown.join("\n");
  }

  /** Waits until it shows something that `pattern` fits. */
  until(pattern: RegExp): Promise<string> {
    return until(
      `the window shows ${pattern}`,
      () => this.text,
      (text) => pattern.test(text),
    );
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-x", String(columns), "-y", String(rows));
  }

  /** Keys by their names: "C-c". */
  press(key: string): void {
    this.#tmux("send-keys", key);
  }

  /** Process ids of what runs in it. */
  get processes(): number[] {
    const shell = this.#tmux("display-message", "-p", "#{pane_pid}").trim();
    return linesOf(execFileSync("ps", ["-o", "pid=", "--ppid", shell], { encoding: "utf8" })).map(Number);
  }

  [Symbol.dispose](): void {
    this.#tmux("kill-server");
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #tmux(...args: readonly string[]): string {
    const socket = join(this.#directory, "socket");
    const env = { ...process.env, LC_ALL: "C.UTF-8" };
    return execFileSync(binary("TMUX_BIN"), ["-u", "-S", socket, ...args], { encoding: "utf8", env });
  }
}

function linesOf(text: string): string[] {
  const lines = text.split("\n").map((line) => line.trimEnd());
  while (lines.at(-1) === "") lines.pop();
  return lines;
}
