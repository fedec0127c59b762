// Directories of sockets whose processes were killed, and so could not remove them. Swept by process-transport.ts before it makes
// one more.

import { lstat, readdir, rmdir, unlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";

const NAME = /^otel-progress-[A-Za-z0-9]{6}$/;
/** A younger one may be about to listen. */
const YOUNG_MILLIS = 60_000;
/** Looked at in one sweep; from a random one on, so that many that live do not hide the dead. */
const LOOKS = 64;

/**
 * Removes those of this user below `parent` that nobody listens in. Only on Linux, where a refusal says that for certain: elsewhere
 * a busy process refuses, too. Never rejects: what cannot be removed stays.
 */
export async function sweepDeadSockets(parent: string, uid: number | undefined = process.getuid?.()): Promise<void> {
  if (process.platform !== "linux") return;
  const names = (await readdir(parent).catch(() => [])).filter((name) => NAME.test(name));
  const from = Math.floor(Math.random() * names.length);
  for (const name of [...names.slice(from), ...names.slice(0, from)].slice(0, LOOKS))
    await sweep(join(parent, name), uid).catch(() => {});
}

async function sweep(directory: string, uid: number | undefined): Promise<void> {
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== uid || Date.now() - found.mtimeMs < YOUNG_MILLIS) return;
  const path = join(directory, "s");
  if (!(await isDead(path))) return;
  await unlink(path);
  await rmdir(directory);
}

function isDead(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path).unref();
    socket.on("connect", () => {
      resolve(false);
      socket.destroy();
    });
    socket.on("error", ({ code }: NodeJS.ErrnoException) => resolve(code === "ECONNREFUSED"));
  });
}
