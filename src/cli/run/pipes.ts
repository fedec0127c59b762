// Pipes between the program and us. Those that Node.js makes are sockets on Unix, and a program that opens /dev/stdout, as shell
// scripts do, fails on them. So a named pipe is made, opened at both ends and removed at once; where that cannot be done, Node's
// are used.

import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdtempSync, openSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

export interface Pipe {
  /** What the program writes comes out here. */
  readonly output: Readable;
  /** For the stdio of the program; our copy is to be closed when it has its own. */
  readonly input: number;
}

/** Undefined where there are no named pipes. */
export function makePipe(): Pipe | undefined {
  if (process.platform === "win32") return undefined;
  try {
    // Nobody else may open it: the folder is ours alone.
    const folder = mkdtempSync(join(tmpdir(), "otel-progress-"));
    try {
      return opened(join(folder, "pipe"));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    return undefined;
  }
}

function opened(path: string): Pipe {
  execFileSync("mkfifo", ["-m", "600", path], { stdio: "ignore" });
  // Reading first and without waiting: the other order would wait for each other.
  const end = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return {
      output: new Socket({ fd: end, readable: true, writable: false }),
      input: openSync(path, constants.O_WRONLY),
    };
  } catch (error) {
    closeSync(end);
    throw error;
  }
}
