// A terminal window in tmux, in which a shell or a program runs: keys in, what stands on its screen out.

import { randomUUID } from "node:crypto";
import { binary, run } from "../services/binaries.js";
import { until } from "../services/polling.js";

export interface WindowOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
}

export class Window implements Disposable {
  /** A server of its own: windows of others are left alone. */
  readonly #server = ["-L", `otel-progress-${randomUUID()}`, "-f", "/dev/null"];

  /** `program`: its path and arguments. */
  constructor(program: readonly string[], { columns, rows, env = {} }: WindowOptions) {
    // By env, and not by tmux, which takes PATH from elsewhere.
    const variables = Object.entries({ LC_ALL: "C.UTF-8", ...env }).map(([name, value]) => `${name}=${value}`);
    const size = ["-x", String(columns), "-y", String(rows)];
    this.#tmux("new-session", "-d", ...size, "-s", "window", "env", "-u", "CI", ...variables, ...program);
  }

  /** Text, or names of keys: "Enter", "Tab", "C-c". */
  keys(...keys: readonly string[]): void {
    this.#tmux("send-keys", "-t", "window", ...keys);
  }

  resize(columns: number, rows: number): void {
    this.#tmux("resize-window", "-t", "window", "-x", String(columns), "-y", String(rows));
  }

  get screen(): string {
    return this.#tmux("capture-pane", "-p", "-t", "window").trimEnd();
  }

  /** Resolves with the screen once it shows this. */
  shows(expected: RegExp): Promise<string> {
    return until(
      `the screen shows ${expected}`,
      () => this.screen,
      (screen) => expected.test(screen),
      { within: 10_000 },
    );
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
