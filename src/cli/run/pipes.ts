// Pipes between the program and us. Those that Node.js makes are sockets on Unix, and a program that opens /dev/stdout, as shell
// scripts do, fails on them. So a named pipe is made, opened at both ends and removed at once; where that cannot be done, Node's
// are used.

import { execFileSync } from "node:child_process";
import { constants, mkdtempSync, openSync, rmSync } from "node:fs";
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

/** `count` of them; none where there are no named pipes. */
export function makePipes(count: number): Pipe[] {
  if (process.platform === "win32" || count === 0) return [];
  try {
    // Nobody else may open them: the folder is ours alone.
    const folder = mkdtempSync(join(tmpdir(), "otel-progress-"));
    try {
      const paths = Array.from({ length: count }, (_, index) => join(folder, `pipe-${index}`));
      execFileSync("mkfifo", ["-m", "600", ...paths], { stdio: "ignore" });
      return paths.map(opened);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  } catch {
    return [];
  }
}

function opened(path: string): Pipe {
  // Reading first and without waiting: the other order would wait for each other.
  const end = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  const input = openSync(path, constants.O_WRONLY);
  return { output: new Socket({ fd: end, readable: true, writable: false }), input };
}
